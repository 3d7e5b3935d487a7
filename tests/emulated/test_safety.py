"""What cannot go wrong, shown on the running image: the processor frozen, the interlock opened, the host gone."""

import random
from binascii import crc32
from fractions import Fraction

import numpy as np
import pytest
from campaigning.campaign import SYNCHRONISER
from contract import faults, frame, limits, messages, records
from rig import HZ, OUTPUTS, Rig, in_child, spec
from thetabox.board.link import BoardRefused, Link

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1000)
TRAIN = ((3, 20 * MS), (10, 100 * MS))
CLOCKS = 10  # promised from pin to pad


def released(capture, name, tick):
    """Ticks from `tick` until a signal is high impedance for good; None when it never is."""
    ticks, levels = capture.edges(name)
    return int(ticks[-1]) - tick if len(levels) and levels[-1] == 2 else None


@pytest.mark.shared
def test_frozen_processor_changes_no_edge_until_the_watchdog():
    """Generic TTL: every edge before the watchdog's reset is the schedule's; after it there is none."""
    rig = Rig("ttl").upload(spec(*TRAIN)).charge().arm().fire()
    rig.chip.freeze_cpu()
    frozen = rig.chip.ticks
    resets = []
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu(), rig.chip.stop()))
    rig.board.wait(1.5)
    assert len(resets) == 1
    assert limits.SESSION_WATCHDOG_ARMED_MS - 60 < (resets[0] - frozen) * 1000 / HZ <= limits.SESSION_WATCHDOG_ARMED_MS
    rises, falls = rig.pulses()
    before = rises[rises < resets[0]]
    assert len(before) == len(rises) > 3
    assert np.array_equal(rises, rig.expected()[: len(rises)])
    whole = falls < resets[0]
    assert set((falls - rises)[whole]) == {rig.compiled.width_ticks}
    assert rig.last_edge() <= resets[0]
    who = rig.link.identify()
    assert (who["reset_cause"], who["fault"]) == ("watchdog", faults.WATCHDOG_RESET)


@pytest.mark.shared
def test_frozen_processor_on_the_bank_every_pulse_exact_or_absent():
    rig = Rig().upload(spec(*TRAIN)).charge().arm().fire()
    rig.chip.freeze_cpu()
    frozen = rig.chip.ticks
    resets = []
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.stop()))
    rig.board.wait(1.0)
    rises, falls = rig.pulses()
    expected = set(rig.expected().tolist())
    assert len(rises) and set(rises.tolist()) <= expected
    assert set(falls - rises) == {rig.compiled.width_ticks}
    _, charge_off = rig.pulses("CHARGE_EN")
    tokens = 2 * limits.SESSION_TOKEN_MS + 20  # no-charge windows are not counted in a token
    assert charge_off.max() <= frozen + tokens * HZ // 1000
    assert rig.level("DUMP_INHIBIT") == 2 and rig.plant.bank_v < 216


@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_the_interlock_has_been_closed_for_half_a_second_whenever_it_closed_between_two_looks(device):
    rig = Rig(device).upload(spec(*TRAIN))
    values = {} if device == "bank" else {"image_crc": rig.compiled.image_crc}
    command = messages.ARM if values else messages.CHARGE

    def taken_ms(closed_ms):
        rig.plant.interlock(False)
        rig.board.wait(0.1 + closed_ms / 1_000)
        rig.plant.interlock(True)
        return rig.taken_ms(lambda: rig.link.request(command, **values), rig.chip.ticks)

    pauses = [in_child(lambda ms=ms: taken_ms(ms)) for ms in range(0, limits.SESSION_TICK_MS, 7)]
    least = limits.SESSION_INTERLOCK_CLOSED_MS
    assert least <= min(pauses) and max(pauses) < least + 2 * limits.SESSION_TICK_MS


@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_interlock_opened_at_any_point_of_a_train(device):
    """Outputs off the pads within 10 clocks of the pin and no later edge; the processor running or frozen."""
    rig = Rig(device).start(spec(*TRAIN))
    rng = random.Random(3)
    start = rig.chip.ticks
    watched = [name for name in OUTPUTS if name != "CHARGE_EN" or device == "bank"]

    def open_at(tick, frozen):
        def ending():
            rig.beat((tick - rig.chip.ticks) / HZ - 0.12)
            if frozen:
                rig.chip.at(tick - 1000, rig.chip.freeze_cpu)
                rig.chip.on_reset(rig.chip.stop)
            rig.chip.at(tick, lambda: rig.plant.interlock(False))
            rig.board.wait((tick - rig.chip.ticks) / HZ + 0.1)
            if not frozen:
                rig.board.wait(0.2)
            capture = rig.board.capture()
            fell = int(capture.edges("SAFE_OK")[0][-1])
            late = [released(capture, name, fell) for name in watched]
            return late, rig.last_edge() - fell

        return ending

    for index in range(24):
        tick = start + rng.randrange(HZ // 20, HZ * 9 // 10)
        if index % 3 == 0:  # in the middle of a pulse or of a charge
            rises = rig.compiled.onset_ticks + start + 20_000
            tick = int(rng.choice(list(rises[3:25]))) + rng.randrange(-20_000, 20_000)
        late, last = in_child(open_at(tick, frozen=index % 2 == 1))
        assert all(clocks is not None and 0 <= clocks <= CLOCKS - SYNCHRONISER for clocks in late), (tick, late)
        assert last <= CLOCKS - SYNCHRONISER


@pytest.mark.shared
def test_interlock_is_told_and_stays():
    rig = Rig().start(spec(*TRAIN))
    rig.beat(0.3)
    rig.plant.interlock(False)
    rig.board.wait(0.2)
    status = rig.link.status()
    assert messages.STATE_NAMES[status["state"]] == "fault" and status["fault"] == faults.INTERLOCK_OPEN
    rig.plant.interlock(True)
    rig.board.wait(0.2)
    assert rig.link.status()["fault"] == faults.INTERLOCK_OPEN
    assert rig.level("TRIG_A") == 2
    rig.board.wait(2)
    assert rig.plant.bank_v < 60


@pytest.mark.shared
def test_host_that_falls_silent():
    """No onset later than 300 ms after the last heartbeat, then the bank is dumped."""
    rig = Rig().start(spec((1, 20 * MS), (200, 30 * MS)))
    rig.beat(0.5)
    heard = rig.chip.ticks
    rig.board.wait(3)
    rises, _ = rig.pulses()
    assert len(rises) > 5
    assert (rises.max() - heard) * 1000 / HZ < limits.SESSION_SILENCE_MS
    assert rig.plant.bank_v < 60
    assert rig.link.status()["fault"] == faults.HOST_SILENT


def test_missing_train_data_is_underrun_never_a_late_pulse():
    """The DMA stopped in the middle: what follows does not happen, and the fault says so."""
    rig = Rig("ttl").start(spec(*TRAIN))
    rig.beat(0.35)
    rig.chip.rp2040.write_uint32(0x50000444, 1)  # abort DMA channel 0, which feeds the sequencer
    status = rig.beat(2.0)
    assert status["fault"] == faults.UNDERRUN
    rises, falls = rig.pulses()
    assert 3 < len(rises) < 30
    assert np.array_equal(rises, rig.expected()[: len(rises)])
    assert set(falls - rises) == {rig.compiled.width_ticks}


@pytest.mark.shared
@pytest.mark.parametrize("policy", ["abort", "skip"])
def test_bank_outside_its_window_gives_no_pulse(policy):
    """A dead charger: the first pulse drains the bank, the next are refused at their onset."""
    rig = Rig().upload(spec(*TRAIN, policy=policy)).charge().arm()
    rig.plant.faults.charger_factor = 0.0
    rig.plant.update()
    rig.fire()
    status = rig.finish()
    rises, _ = rig.pulses()
    assert len(rises) == 1
    if policy == "abort":
        assert status["fault"] == faults.BANK_NOT_READY
    else:
        assert status["fault"] == faults.CHARGE_STALLED and 5 < status["vetoed"] < 29  # the bleeder's time to 80 %
        _, data = rig.link.stamps(messages.RING_BANK, 0)
        assert len(data) == 2 * 2 * (1 + status["vetoed"])


@pytest.mark.shared
def test_skipped_pulses_do_not_move_the_others():
    rig = Rig().upload(spec((1, 20 * MS), (10, 100 * MS), policy="skip")).charge().arm().fire()

    def starve(stuck):
        rig.plant.faults.bank_ok_stuck = stuck
        rig.plant.update()

    at = rig.chip.ticks
    rig.chip.at(at + HZ // 4, lambda: starve(0))
    rig.chip.at(at + HZ // 2, lambda: starve(None))
    rig.finish()
    rises, _ = rig.pulses()
    steps = np.diff(rises) / (HZ // 10)
    assert len(rises) in (7, 8) and set(steps) == {1.0, 1.0 + 10 - len(rises)}


@pytest.mark.shared
def test_outputs_are_off_and_the_bank_dumps_at_reset():
    rig = Rig()
    rig.idle()
    for name in (*OUTPUTS, "CHARGER_SUPPLY_EN", "DUMP_INHIBIT"):
        _ticks, levels = rig.board.capture().edges(name)
        assert not (levels == 1).any(), name
    assert rig.link.status()["flags"] & messages.FLAG_DUMPING


@pytest.mark.shared
def test_anybody_may_abort():
    rig = Rig().start(spec(*TRAIN))
    rig.beat(0.2)
    stranger = Link(rig.board, session=7)
    stranger.request(messages.ABORT)
    rig.board.wait(0.1)
    at = rig.chip.ticks
    assert rig.link.status()["fault"] == faults.ABORTED
    rig.board.wait(1)
    assert rig.last_edge() < at and rig.level("DUMP_INHIBIT") in (0, 2)


@pytest.mark.shared
def test_processor_that_stops_while_ready_is_reset_and_the_bank_dumped():
    rig = Rig().upload(spec(*TRAIN)).charge()
    assert rig.plant.bank_v > 200
    rig.chip.freeze_cpu()
    frozen = rig.chip.ticks
    resets = []
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu(), rig.chip.stop()))
    rig.board.wait(2.5)
    assert (resets[0] - frozen) * 1000 / HZ <= limits.SESSION_WATCHDOG_ARMED_MS
    assert rig.plant.bank_v < 60


@pytest.mark.shared
def test_charging_needs_tokens():
    """The processor stops while the bank needs all that the charger gives: CHARGE_EN falls within two tokens."""
    rig = Rig().upload(spec(*TRAIN), percent=100).charge()
    rig.plant.faults.charger_factor = 0.05
    rig.plant.update()
    rig.board.wait(0.07)
    assert rig.level("CHARGE_EN") == 1
    rig.chip.freeze_cpu()
    frozen = rig.chip.ticks
    rig.chip.on_reset(rig.chip.stop)
    rig.board.wait(0.2)
    assert rig.level("CHARGE_EN") in (0, 2)
    assert rig.last_edge(("CHARGE_EN",)) - frozen <= 2 * limits.SESSION_TOKEN_MS * HZ // 1000


@pytest.mark.shared
def test_an_open_coil_is_a_misfire():
    rig = Rig().start(spec(*TRAIN))
    rig.plant.faults.coil_open = True
    status = rig.beat(2)
    assert status["fault"] == faults.MISFIRE
    assert status["triggered"] - status["fired"] <= 6


def test_misfires_of_a_train_that_skips_are_in_the_log():
    rig = Rig().start(spec(*TRAIN, policy="skip"))
    before = rig.beat(0.4)["triggered"]
    rig.plant.faults.coil_open = True
    status = rig.finish()
    assert status["state"] == messages.DONE and status["triggered"] == rig.compiled.pulses
    told = [records.unpack(entry)[1:] for _, entry in rig.link.log()]
    misfires = [entry for entry in told if entry[0] == records.MISFIRED]
    assert misfires[-1] == (records.MISFIRED, faults.MISFIRE, rig.compiled.pulses - status["fired"])
    assert 0 < status["fired"] <= before + 1


@pytest.mark.shared
@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        ({"charger_factor": 0.0}, faults.CHARGE_STALLED),
        ({"bank_sense_frozen_counts": 3000}, faults.BANK_SENSE_IMPLAUSIBLE),
        ({"coil_sense_counts": 0}, faults.COIL_SENSOR),
        ({"trig_sense_stuck": 1}, faults.GATE_SENSE),
    ],
)
def test_faults_of_the_charge(break_it, fault):
    rig = Rig().upload(spec(*TRAIN))
    for name, value in break_it.items():
        setattr(rig.plant.faults, name, value)
    rig.plant.update()
    rig.board.wait(0.2)
    try:
        rig.charge()
    except BoardRefused as refused:  # a hot or blind coil is refused at once
        assert "FAULT_STANDING" in str(refused)
    assert rig.link.status()["fault"] == fault
    assert rig.level("CHARGE_EN") in (0, 2) and rig.level("DUMP_INHIBIT") in (0, 2)


@pytest.mark.shared
def test_odd_requests_are_answered_and_change_nothing():
    """300 well-framed requests of every kind with random contents: each gets an answer, none a reset or an edge."""
    rig = Rig().idle()
    writer, reader, rng = frame.Writer(crc32), frame.Reader(crc32), random.Random(5)
    resets = []
    rig.chip.on_reset(lambda: resets.append(rig.chip.ticks))
    for index in range(300):
        payload = bytes(rng.choice((0, 1, 255, rng.randrange(256))) for _ in range(rng.randrange(60)))
        kind = rng.choice([row[0] for row in messages.TABLE if row[0] != messages.IDENTIFY] + [0x55, 0])
        rig.board.write(bytes(writer.frame(kind, index & 255, 99, payload)))
        answer, at = rig.board.read(2.0), 0
        while at < len(answer) and not reader.ready:
            at = reader.feed(answer, at, len(answer))
        assert reader.ready and reader.kind in (frame.REFUSAL, kind | frame.REPLY), hex(kind)
        reader.ready = False
    assert not resets and rig.state() == "idle" and len(rig.pulses()[0]) == 0
