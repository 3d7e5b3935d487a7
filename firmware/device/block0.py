"""PIO block 0 as a whole: regulator, token, sequencer, watcher, and the DMA that feeds the sequencer.

The four share pins, flags and one instruction memory, so they are set up in one place. Directions are enabled by the
watcher alone; `stop` is the software's way off, and needs nothing of the machines.
"""

import micropython
import rp2
from contract import pins
from contract.protocol import ABORT
from kernel import sequencer as seq
from machine import mem32
from time import sleep_us

from . import pio, programs, regs

FIRST_OUTPUT = pins.TRIG_A
OUTPUTS = 5  # TRIG_A, TRIG_B, MARKER, BLANK, CHARGE_EN: neighbours, one `out pins`, one `set pindirs`
ALL_OUTPUTS = (1 << OUTPUTS) - 1
TRIGGER_ONLY = 1 << (pins.TRIG_A - FIRST_OUTPUT)
CHARGE_ONLY = 1 << (pins.CHARGE_EN - FIRST_OUTPUT)
NO_CHARGE_ENABLE = ALL_OUTPUTS ^ CHARGE_ONLY

FLAG_UNDERRUN = 1 << 0
FLAG_VETO = 1 << 1
FLAG_DONE = 1 << 2
FLAG_TRIPPED = 1 << 3
FLAG_NO_TOKEN = 1 << 5

_SET_PINDIRS = 0xE080
_MOV_PINS_NULL = 0xA003
_MOV_PINS_ALL = 0xA00B  # mov pins, !null: levels only, the directions decide
_TEST_US = 20
_SAFE_FELL = 4 << 4 * (pins.SAFE_OK & 7)  # in INTR0: four bits a GPIO from 0 to 7, of which the third is a falling edge
_ALL_MACHINES = 0xF
_CTRL = regs.PIO0 + regs.PIO_CTRL
_IRQ = regs.PIO0 + regs.PIO_IRQ
_DREQ_SEQUENCER = 2  # DREQ_PIO0_TX2 [2.5.3.1]


@micropython.viper
def _feeds(dma: ptr32, fifo: int, control: int, end: int) -> bool:
    """Whether a channel writes to a FIFO, is set as `control` says, and comes to `end` with its last word.

    That it is enabled is not asked: without data the sequencer stops by itself, before a pulse could be late.
    """
    if dma[1] != fifo or (dma[4] ^ control) & 0x00FFFFFE:  # WRITE_ADDR, AL1_CTRL [2.5.7]
        return False
    attempts = 4
    while attempts:
        left = dma[2]  # TRANS_COUNT
        if dma[0] + 4 * left == end and dma[2] == left:  # READ_ADDR: a word may go in between
            return True
        attempts -= 1
    return False


class Block0:
    """The machines of block 0. After construction all outputs are released and all machines stand."""

    def __init__(self):
        base = regs.PIO0
        end = pio.load(base, programs.sequencer, 0)
        regulator_at, end = end, pio.load(base, programs.regulator, end)
        token_at, end = end, pio.load(base, programs.token, end)
        self._watcher_at, end = end, pio.load(base, programs.watcher, end)
        outputs = (FIRST_OUTPUT, OUTPUTS)
        charge = (pins.CHARGE_EN, 1)
        self._regulator = pio.Machine(
            base, 0, programs.regulator, regulator_at, set_pins=charge, jmp_pin=pins.TARGET_BELOW
        )
        self._token = pio.Machine(base, 1, programs.token, token_at, side_base=pins.CHARGE_EN)
        self._sequencer = pio.Machine(
            base,
            2,
            programs.sequencer,
            0,
            out=outputs,
            jmp_pin=pins.BANK_OK,
            join=pio.JOIN_TX,
            status_n=seq.FETCH_WORDS,
        )
        self._watcher = pio.Machine(base, 3, programs.watcher, self._watcher_at, set_pins=outputs, in_base=pins.SAFE_OK)
        self._feed = rp2.DMA()
        self._feed_at = regs.DMA + self._feed.channel * regs.DMA_STRIDE
        self._feed_ctrl = 0
        self._feed_end = 0
        self._running = []
        self._enabled = 0
        self.stop()
        for gpio in range(FIRST_OUTPUT, FIRST_OUTPUT + OUTPUTS):
            regs.function(gpio, regs.FUNC_PIO0)

    def stop(self):
        """Outputs off the pads, then low; machines and feed stand. Safe at any time."""
        self._running = []
        self._enabled = self._feed_ctrl = 0
        mem32[regs.PIO0 + regs.PIO_SM0_CLKDIV + 3 * regs.PIO_SM_STRIDE + 20] = OUTPUTS << 26 | FIRST_OUTPUT << 5
        self._watcher.execute(_SET_PINDIRS)
        mem32[regs.PIO0 + regs.PIO_CTRL + regs.CLEAR] = _ALL_MACHINES
        self._watcher.execute(_SET_PINDIRS)  # again: the watcher cannot have enabled them in between
        mem32[regs.PIO0 + regs.PIO_SM0_CLKDIV + 2 * regs.PIO_SM_STRIDE + 20] = OUTPUTS << 20 | FIRST_OUTPUT
        self._sequencer.execute(_MOV_PINS_NULL)
        self._feed.active(0)

    def rest(self):
        """Stop, and forget what the machines told: it was of a train that is over."""
        self.stop()
        mem32[_IRQ] = 0xFF

    def start_charge(self):
        """Let the regulator charge as far as tokens go; only CHARGE_EN is enabled."""
        self._prepare(CHARGE_ONLY)

    def _prepare(self, directions):
        self.rest()
        mem32[regs.PIO0 + regs.PIO_IRQ_FORCE] = FLAG_NO_TOKEN
        self._token.prepare()
        self._regulator.prepare()
        self._watcher.prepare(self._watcher_at)
        self._token.enable(True)
        self._regulator.enable(True)
        self._watcher.execute(_SET_PINDIRS | directions)  # all of them still low
        self._watcher.enable(True)  # looks at the level: what opened meanwhile is seen
        self._running = [self._regulator, self._token, self._watcher]
        self._enabled = _ALL_MACHINES ^ self._sequencer.bit

    def grant(self, ticks):
        """Give one token if none is queued: so much charging, then CHARGE_EN falls by itself. Whether it was given."""
        if self._token.tx_level():
            return False
        self._token.put(ticks)
        return True

    def test(self):
        """TRIG_A up and down again behind the watcher, nothing else enabled.

        Returns (whether it came through the gate, whether FIRED was high); None when SAFE_OK fell since the last look.
        """
        self._prepare(TRIGGER_ONLY)
        if mem32[regs.INTR0] & _SAFE_FELL:
            self.stop()
            return None
        self._sequencer.execute(_MOV_PINS_ALL)
        sleep_us(_TEST_US)
        seen = mem32[regs.SIO_GPIO_IN]
        self.stop()
        sleep_us(_TEST_US)
        after = mem32[regs.SIO_GPIO_IN]
        if mem32[_IRQ] & FLAG_TRIPPED:
            return None
        through = seen >> pins.TRIG_SENSE & 1 and not after >> pins.TRIG_SENSE & 1
        return through, (seen | after) >> pins.FIRED & 1

    def arm(self, address, words, policy, charging):
        """Prepare a train: fill the FIFO from `address` (flash), enable the outputs; nothing moves before `fire`."""
        self._prepare(ALL_OUTPUTS if charging else NO_CHARGE_ENABLE)
        pio.patch(regs.PIO0, programs.VETO_AT, programs.VETO_AND_PARK if policy == ABORT else programs.VETO_AND_GO)
        self._sequencer.prepare()
        self._running.append(self._sequencer)
        control = self._feed.pack_ctrl(inc_write=False, treq_sel=_DREQ_SEQUENCER, high_pri=True)
        self._feed.config(read=address, write=self._sequencer.fifo, count=words, ctrl=control, trigger=True)
        self._feed_ctrl, self._feed_end = control, address + 4 * words

    def fire(self, external):
        """Start the train: one write. From here no processor is in the path.

        With `external` the machine first waits for TRIG_IN to rise: a constant number of clocks later it begins.
        Returns False, and nothing begins, when TRIG_IN does not wait for that: the start would be late.
        """
        self._enabled = _ALL_MACHINES
        if external:
            return self._sequencer.enable_at_rise(pins.TRIG_IN)
        self._sequencer.enable(True)
        return True

    def waiting(self):
        """Whether the machine still waits for TRIG_IN."""
        return self._sequencer.stalled()

    def reading(self):
        """The address of the word that DMA reads next."""
        return self._feed.read

    def holds(self):
        """Whether those machines run that should, with the settings that they were given, fed as they should be."""
        for machine in self._running:
            if not machine.holds():
                return False
        if mem32[_CTRL] & _ALL_MACHINES != self._enabled:
            return False
        return not self._feed_ctrl or _feeds(self._feed_at, self._sequencer.fifo, self._feed_ctrl, self._feed_end)

    def flags(self):
        """The block's flags, FLAG_*."""
        return mem32[_IRQ]
