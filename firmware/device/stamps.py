"""What left the board, stamped by PIO block 1 and DMA: the processor is not in the path and may stand still.

Two machines watch TRIG_SENSE and FIRED. Each edge pushes a word; its DREQ runs a chain of three one-word transfers:
the word away, TIMERAWL (us) into a ring, a free-running PWM counter (ticks, 16 bits) into a ring. A third machine
watches BLANK: the word it pushes is the ADC's control word, its transfer starts a conversion of the bank's voltage,
and the next takes the result from the ADC's FIFO into a ring.
"""

from array import array

import micropython
import rp2
from contract import pins
from machine import mem16, mem32
from uctypes import addressof

from . import pio, programs, regs

_CAPACITY_BITS = 10
CAPACITY = 1 << _CAPACITY_BITS  # entries a ring: at 10 reads a second, 10,000 edges a second
_COUNTER_SLICE = 3  # its pins carry other functions
_DREQ_RX0 = 12  # DREQ_PIO1_RX0 [2.5.3.1]
_DREQ_ADC = 36
_HALF = 1
_SINK = array("I", [0])


class Ring:
    """A ring in RAM that a DMA channel writes, aligned to its size."""

    def __init__(self, entry_bytes):
        self.entry_bytes = entry_bytes
        size = CAPACITY * entry_bytes
        self._memory = bytearray(2 * size)
        self.base = (addressof(self._memory) + size - 1) & ~(size - 1)
        self.size = size
        self.bits = _CAPACITY_BITS + entry_bytes // 2  # entries of 2 or 4 bytes


class Channel:
    """A ring's DMA channel and how much it has written in all."""

    def __init__(self, dma, ring):
        self.dma = dma
        self.ring = ring
        self.write_at = regs.DMA + dma.channel * regs.DMA_STRIDE + regs.DMA_WRITE_ADDR
        self._last = ring.base
        self.total = 0

    def count(self):
        """Entries since the start; to be called more often than the ring fills."""
        at = mem32[self.write_at]
        if at != self._last:
            self.total += (at - self._last) % self.ring.size // self.ring.entry_bytes
            self._last = at
        return self.total

    def place(self):
        """(address, mask) of where it writes, but for the place in its ring."""
        return self.write_at, regs.ALL ^ (self.ring.size - 1)


def _still(dma):
    """(address, mask) of a channel's settings and of where it reads: none of these reads from more than one place."""
    at = regs.DMA + dma.channel * regs.DMA_STRIDE
    yield at + regs.DMA_READ_ADDR, regs.ALL
    yield at + regs.DMA_CTRL, regs.DMA_SETTINGS


def _edge_chain(machine, dreq):
    """Stamp rings of one machine: (channel of times in us, channel of counters, what empties the machine)."""
    take, times, counts = rp2.DMA(), rp2.DMA(), rp2.DMA()
    time_ring, count_ring = Ring(4), Ring(2)
    counter = regs.PWM + _COUNTER_SLICE * regs.PWM_SLICE_STRIDE + regs.PWM_CTR
    times.config(
        read=regs.TIMERAWL,
        write=time_ring.base,
        count=1,
        ctrl=times.pack_ctrl(inc_read=False, ring_sel=True, ring_size=time_ring.bits, chain_to=counts.channel),
    )
    counts.config(
        read=counter,
        write=count_ring.base,
        count=1,
        ctrl=counts.pack_ctrl(
            size=_HALF, inc_read=False, ring_sel=True, ring_size=count_ring.bits, chain_to=take.channel
        ),
    )
    take.config(
        read=machine.received,
        write=_SINK,
        count=1,
        trigger=True,
        ctrl=take.pack_ctrl(inc_read=False, inc_write=False, treq_sel=dreq, chain_to=times.channel),
    )
    return Channel(times, time_ring), Channel(counts, count_ring), take


def _sample_chain(machine, dreq):
    """The ring of samples at the edges of BLANK: (its channel, what starts a conversion)."""
    start, take = rp2.DMA(), rp2.DMA()
    ring = Ring(2)
    take.config(
        read=regs.ADC_FIFO,
        write=ring.base,
        count=1,
        ctrl=take.pack_ctrl(
            size=_HALF, inc_read=False, ring_sel=True, ring_size=ring.bits, treq_sel=_DREQ_ADC, chain_to=start.channel
        ),
    )
    start.config(
        read=machine.received,
        write=regs.ADC_CS,
        count=1,
        trigger=True,
        ctrl=start.pack_ctrl(inc_read=False, inc_write=False, treq_sel=dreq, chain_to=take.channel),
    )
    return Channel(take, ring), start


@micropython.viper
def _written(first: int, second: int, third: int) -> int:
    """A number that changes when any of three rings has been written to (addresses of the channels' write pointers)."""
    return (ptr32(first)[0] + 3 * ptr32(second)[0] + 5 * ptr32(third)[0]) & 0x3FFFFFFF


@micropython.viper
def _copy_samples(ring: ptr16, slot: int, count: int, target: ptr8, at: int):
    end = slot + count
    while slot < end:
        value = ring[slot & (int(CAPACITY) - 1)]
        target[at] = value & 0xFF
        target[at + 1] = value >> 8
        slot += 1
        at += 2


@micropython.viper
def _copy_stamps(times: ptr32, counts: ptr16, slot: int, count: int, target: ptr8, at: int):
    end = slot + count
    while slot < end:
        index = slot & (int(CAPACITY) - 1)
        us = times[index]
        ticks = counts[index]
        byte = 0
        while byte < 4:
            target[at + byte] = us & 0xFF
            us = us >> 8
            byte += 1
        target[at + 4] = ticks & 0xFF
        target[at + 5] = ticks >> 8
        slot += 1
        at += 6


class Stamps:
    """The three rings; `begin` forgets what was before."""

    def __init__(self, sample_word):
        slice_base = regs.PWM + _COUNTER_SLICE * regs.PWM_SLICE_STRIDE
        mem32[slice_base + regs.PWM_TOP] = 0xFFFF
        mem32[slice_base + regs.PWM_DIV] = 1 << 4
        mem32[slice_base + regs.PWM_CSR] = 1
        self.free = pio.load(regs.PIO1, programs.edges, 0)  # the next place in the block's instruction memory
        self._machines = []
        for index, gpio in enumerate((pins.TRIG_SENSE, pins.FIRED, pins.BLANK)):
            machine = pio.Machine(regs.PIO1, index, programs.edges, 0, in_base=gpio)
            machine.prepare()
            machine.put(sample_word if gpio == pins.BLANK else 0)
            machine.execute(0x80A0)  # pull block: the word is there
            machine.execute(0xA027)  # mov x, osr
            self._machines.append(machine)
        triggers, fired, blank = self._machines
        self._edges = (_edge_chain(triggers, _DREQ_RX0), _edge_chain(fired, _DREQ_RX0 + 1))
        self._samples, self._start = _sample_chain(blank, _DREQ_RX0 + 2)
        self.samples_at = self._samples.write_at
        self._triggers_at, self._fired_at = self._edges[0][1].write_at, self._edges[1][1].write_at
        self._written = 0
        self._first = [0, 0, 0]
        for machine in self._machines:
            machine.enable(True)

    def settings(self):
        """(address, mask) of the registers that stay as they are from here on."""
        enabled = 0
        for machine in self._machines:
            enabled |= machine.bit
            yield from machine.settings()
        yield regs.PIO1 + regs.PIO_CTRL, enabled
        for times, counts, take in self._edges:
            for dma in (times.dma, counts.dma, take):
                yield from _still(dma)
            yield times.place()
            yield counts.place()
            yield regs.DMA + take.channel * regs.DMA_STRIDE + regs.DMA_WRITE_ADDR, regs.ALL
        for dma in (self._samples.dma, self._start):
            yield from _still(dma)
        yield self._samples.place()
        yield regs.DMA + self._start.channel * regs.DMA_STRIDE + regs.DMA_WRITE_ADDR, regs.ALL
        counter = regs.PWM + _COUNTER_SLICE * regs.PWM_SLICE_STRIDE
        for register in (regs.PWM_CSR, regs.PWM_DIV, regs.PWM_TOP):
            yield counter + register, regs.ALL

    def changed(self):
        """Whether there are new entries since the last call: cheap, for a look 20 times a second."""
        written = _written(self._triggers_at, self._fired_at, self.samples_at)
        if written == self._written:
            return False
        self._written = written
        return True

    def begin(self):
        """A new train: totals count from here."""
        for index in range(3):
            self._first[index] += self.total(index)

    def total(self, ring):
        """Entries of a ring since `begin`."""
        if ring == 2:
            return self._samples.count() - self._first[2]
        return self._edges[ring][1].count() - self._first[ring]

    def oldest(self, ring, first):
        """`first`, or the oldest entry that is still there; the total where there are not so many."""
        total = self.total(ring)
        return min(max(first, total - CAPACITY + 8), total)  # the DMA may be writing the oldest

    def copy(self, ring, first, target, at, room):
        """Write entries from index `first` (see `oldest`) into `target[at:]`; return how many bytes, at most `room`.

        An entry is contract.messages.STAMP for the edge rings, SAMPLE for the ring of the bank.
        """
        size = 2 if ring == 2 else 6
        count = max(0, min(self.total(ring) - first, room // size))
        slot = first + self._first[ring]
        if ring == 2:
            _copy_samples(self._samples.ring.base, slot, count, target, at)
        else:
            edges = self._edges[ring]
            _copy_stamps(edges[0].ring.base, edges[1].ring.base, slot, count, target, at)
        return size * count

    def replace_last_sample(self, counts):
        """Overwrite the newest sample of the bank, which a conversion of the processor's has spoilt."""
        ring = self._samples.ring
        mem16[ring.base + 2 * ((self._samples.count() - 1) % CAPACITY)] = counts
