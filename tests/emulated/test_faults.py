"""Every fault, injected into the running image: before the charge, while the bank is held ready, and in a train.

What is said is the fault's own name; what is done is always the same: triggers and charge off, the bank dumped, never
above 400 V.
"""

from fractions import Fraction

import pytest
from campaigning.processor import FEED_CTRL
from campaigning.registers import DUMP_CONTROL, INVERTED
from contract import faults, limits, messages
from contract import pins as pin
from rig import HZ, Rig, in_child, spec
from thetabox.board.emulated.faults import NAMED
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
TRAIN = spec((3, Fraction(1, 50)), (10, Fraction(1, 5)), (2, Fraction(4)))
PAD_FUNCTION, PAD_OUTPUT = 0x40014014, 0x4001C00C  # of TRIG_A
NOTHING = None  # harmless in this phase: the reason stands beside it
TOO_HIGH = ("OVERVOLTAGE", "BANK_OVER_TARGET")  # the comparator or the reading, whichever is first

# fault: (before the charge, while ready, in the train)
EXPECTED = {
    "bank_aged": ("BANK_AGED", NOTHING, NOTHING),  # told at the next proof
    "bleeder_open": ("BLEEDER_OPEN", NOTHING, NOTHING),
    "bank_leaks": ("BANK_LEAKS", NOTHING, NOTHING),  # as long as the charger keeps up
    "bank_shorted": ("CHARGE_STALLED", "CHARGE_STALLED", "BANK_NOT_READY"),
    "dump_stuck_off": ("DUMP_FAILED", NOTHING, NOTHING),  # told when it is needed: see below
    "dump_stuck_on": ("BANK_LEAKS", NOTHING, NOTHING),
    "charger_weak": ("CHARGE_SLOW", NOTHING, NOTHING),  # as long as it keeps up
    "charger_stalled": ("CHARGE_STALLED", "CHARGE_STALLED", "BANK_NOT_READY"),
    "charger_stuck_on": ("OVERVOLTAGE", "OVERVOLTAGE", TOO_HIGH),
    "supply_latch_stuck_on": ("SUPPLY_LATCH", NOTHING, NOTHING),  # told at rest
    "supply_latch_stuck_off": ("SUPPLY_LATCH", "SUPPLY_LATCH", "SUPPLY_LATCH"),
    "divider_open": ("CHARGE_STALLED", "OVERVOLTAGE", "OVERVOLTAGE"),
    "divider_short": ("BANK_OVER_TARGET", "BANK_SENSE_IMPLAUSIBLE", "BANK_SENSE_IMPLAUSIBLE"),
    "overvoltage_divider_open": (NOTHING, NOTHING, NOTHING),  # nothing but an over-voltage shows it
    "overvoltage_divider_short": ("OVERVOLTAGE", "OVERVOLTAGE", "OVERVOLTAGE"),
    "adc_frozen": ("ADC_FROZEN", "ADC_FROZEN", "ADC_FROZEN"),
    "adc_noisy": ("ADC_NOISY", "ADC_NOISY", "ADC_NOISY"),
    "target_frozen": ("TARGET_WRONG", NOTHING, NOTHING),  # the target is not to change
    "target_pwm_low": ("TARGET_WRONG", "TARGET_WRONG", "TARGET_WRONG"),
    "target_pwm_high": ("TARGET_WRONG", "TARGET_WRONG", "TARGET_WRONG"),
    "gate_bypassed": (NOTHING, NOTHING, NOTHING),  # the Pico's own outputs are off: the second barrier
    "coil_open": ("MISFIRE", NOTHING, "MISFIRE"),
    "switch_latched": ("FIRED_WITHOUT_TRIGGER", "FIRED_WITHOUT_TRIGGER", "FIRED_WITHOUT_TRIGGER"),
    "coil_sensor_open": ("COIL_SENSOR", "COIL_SENSOR", "COIL_SENSOR"),
    "coil_sensor_short": ("COIL_SENSOR", "COIL_SENSOR", "COIL_SENSOR"),
    "coil_sensor_stuck": (NOTHING, NOTHING, NOTHING),  # until the pulses should show in it: see below
    "coil_hot": ("COIL_HOT", "COIL_HOT", "COIL_HOT"),
    "interlock_bounce": (NOTHING, NOTHING, NOTHING),  # shorter than the hardware's filter
    "interlock_chatter": (NOTHING, ("INTERLOCK_OPEN", "GATE_TRIPPED"), ("INTERLOCK_OPEN", "GATE_TRIPPED")),
    "interlock_blink": (NOTHING, "GATE_TRIPPED", "GATE_TRIPPED"),
    "safe_ok_stuck_low": ("UNSAFE", "OVERVOLTAGE", "OVERVOLTAGE"),
    "safe_ok_stuck_high": (NOTHING, NOTHING, NOTHING),  # told when the interlock opens: see below
    "interlock_stuck_low": ("SAFE_CHAIN", "SAFE_CHAIN", "SAFE_CHAIN"),
    "interlock_stuck_high": (NOTHING, NOTHING, NOTHING),  # only the name of the fault will be another's
    "target_below_stuck_low": ("COMPARATOR_WRONG", "COMPARATOR_WRONG", "BANK_NOT_READY"),
    "target_below_stuck_high": ("COMPARATOR_WRONG", "COMPARATOR_WRONG", TOO_HIGH),
    "bank_ok_stuck_low": ("COMPARATOR_WRONG", "COMPARATOR_WRONG", "BANK_NOT_READY"),
    "bank_ok_stuck_high": ("COMPARATOR_WRONG", NOTHING, NOTHING),
    "trig_sense_stuck_low": ("GATE_SENSE", NOTHING, ("GATE_SENSE", "FIRED_WITHOUT_TRIGGER")),  # as the look falls
    "trig_sense_stuck_high": ("GATE_SENSE", "GATE_SENSE", ("GATE_SENSE", "FIRED_WITHOUT_TRIGGER")),
    "fired_stuck_low": ("MISFIRE", NOTHING, "MISFIRE"),
    "fired_stuck_high": ("FIRED_WITHOUT_TRIGGER", "FIRED_WITHOUT_TRIGGER", "FIRED_WITHOUT_TRIGGER"),
    "supply_on_stuck_low": ("SUPPLY_LATCH", "SUPPLY_LATCH", "SUPPLY_LATCH"),
    "supply_on_stuck_high": ("SUPPLY_LATCH", NOTHING, NOTHING),
    "bank_cool_stuck_low": ("BANK_HOT", "BANK_HOT", "BANK_HOT"),
    "bank_cool_stuck_high": (NOTHING, NOTHING, NOTHING),  # a thermostat that is welded: a bench test
}


def test_every_fault_of_the_plant_is_here():
    assert EXPECTED.keys() == NAMED.keys()


@pytest.fixture(scope="module")
def idle():
    return Rig().upload(TRAIN)


@pytest.fixture(scope="module")
def ready():
    return Rig().upload(TRAIN).charge()


def watched(rig, seconds):
    """(name of the fault that comes within so long or None, highest voltage)."""
    end, highest = rig.board.now_s() + seconds, 0.0
    while rig.board.now_s() < end:
        fault = rig.link.heartbeat()["fault"]
        highest = max(highest, rig.plant.bank_v)
        if fault:
            return faults.entry(fault)[1], highest
        rig.board.wait(0.02)
    return None, highest


def safe(rig):
    """Whether all is off, and the bank down in its time unless its own ways down are broken."""
    rig.board.wait(limits.BANK_DISCHARGE_S)
    off = all(rig.level(name) in (0, 2) for name in ("TRIG_A", "TRIG_B", "CHARGE_EN", "DUMP_INHIBIT"))
    return off and rig.plant.bank_v < limits.BANK_TOUCH_SAFE_MV / 1000


def before_the_charge(rig, name):
    rig.plant.inject(name)
    fault, highest = watched(rig, 0.6)
    try:
        if fault is None:
            rig.link.request(messages.CHARGE)
            fault, highest = watched(rig, 3)
        if fault is None:
            rig.arm().fire()
            fault, highest = watched(rig, 3)
    except BoardRefused as refused:
        standing = rig.link.status()["fault"]
        fault = faults.entry(standing)[1] if standing else refused.name
    return fault, highest, fault is None or safe(rig)


def while_ready(rig, name):
    rig.plant.inject(name)
    fault, highest = watched(rig, 1)
    return fault, highest, fault is None or safe(rig)


def in_the_train(rig, name):
    rig.arm().fire()
    rig.beat(0.5)
    return while_ready(rig, name)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_is_told_by_its_name_and_leaves_nothing_on(idle, ready, name):
    phases = ((idle, before_the_charge), (ready, while_ready), (ready, in_the_train))
    for (rig, phase), expected in zip(phases, EXPECTED[name], strict=True):
        fault, highest, rests = in_child(lambda rig=rig, phase=phase: phase(rig, name))
        assert rests and fault in (expected if isinstance(expected, tuple) else (expected,)), (phase.__name__, fault)
        assert highest < limits.BANK_ABSOLUTE_MAX_MV / 1000


@pytest.mark.parametrize("name", ["adc_frozen", "divider_short", "charger_stuck_on", "target_pwm_high"])
def test_charge_is_off_within_200_ms(ready, name):
    def action():
        rig = ready
        rig.arm().fire()
        rig.beat(0.5)
        broken = rig.chip.ticks
        rig.plant.inject(name)
        rig.beat(1)
        return (rig.last_edge(("CHARGE_EN",)) - broken) * 1000 / HZ

    assert in_child(action) <= 200


def test_a_dump_that_fails_is_told_when_it_is_needed(ready):
    def action():
        ready.plant.inject("dump_stuck_off")
        ready.link.request(messages.ABORT)
        return watched(ready, 2)[0], safe(ready)

    assert in_child(action) == ("DUMP_FAILED", True)


def test_a_safety_line_that_lies_is_told_when_the_interlock_opens(ready):
    def action():
        ready.plant.inject("safe_ok_stuck_high")
        ready.plant.interlock(False)
        return watched(ready, 1)[0]

    assert in_child(action) == "SAFE_CHAIN"


@pytest.mark.parametrize(
    ("address", "bits"),
    [(0x502000E0, 1 << 26), (0x50200118, 1 << 5), (PAD_FUNCTION, 1), (PAD_OUTPUT, 1 << 7), (0x40050090, 1 << 8)],
    ids=["a machine's side-set", "a machine's pins", "a pad's function", "a pad's output", "the target's PWM"],
)
def test_a_register_that_changes_is_a_permanent_fault(ready, address, bits):
    def action(armed):
        if armed:
            ready.arm().fire()
            ready.beat(0.3)
        rp2040 = ready.chip.rp2040
        rp2040.write_uint32(address, rp2040.read_uint32(address) ^ bits)
        if not armed:
            with pytest.raises(BoardRefused):
                ready.arm()
            return faults.entry(ready.link.status()["fault"])[1], 0.0
        began = ready.board.now_s()
        return watched(ready, 2)[0], ready.board.now_s() - began

    assert in_child(lambda: action(False))[0] == "REGISTERS"
    fault, seconds = in_child(lambda: action(True))
    lost = "GATE_SENSE" if address in (PAD_FUNCTION, PAD_OUTPUT) else "REGISTERS"  # a pulse is missed before
    assert fault in ("REGISTERS", lost) and seconds < 1


def test_a_pad_of_the_dump_that_inverts_is_told_and_the_bank_is_dumped(ready):
    def action():
        ready.arm().fire()
        ready.beat(0.3)
        rp2040 = ready.chip.rp2040
        rp2040.write_uint32(DUMP_CONTROL, rp2040.read_uint32(DUMP_CONTROL) ^ INVERTED)
        fault = watched(ready, 2)[0]
        ready.board.wait(1)
        return fault, ready.plant.bank_v, ready.level("DUMP_INHIBIT")

    fault, bank_v, inhibit = in_child(action)
    assert fault == "REGISTERS" and bank_v < 60 and inhibit == 0


@pytest.mark.parametrize("name", ["interlock_blink", "charger_stalled", "late"])
def test_once_a_train_has_failed_and_is_mended_the_next_one_runs(ready, name):
    """What the machines told of the train before says nothing of the charge and the train that follow."""

    def action():
        ready.arm().fire()
        ready.beat(0.3)
        if name == "late":
            ready.chip.rp2040.write_uint32(FEED_CTRL, 0)
        else:
            ready.plant.inject(name)
        fault = watched(ready, 2)[0]
        if name != "late":
            ready.plant.mend(name)
        ready.board.wait(0.6)
        ready.link.request(messages.CLEAR, fault=ready.link.status()["fault"])
        before = len(ready.pulses()[0])
        ready.idle().charge().arm().fire()
        ready.beat(0.5)
        return fault, ready.state(), len(ready.pulses()[0]) - before

    fault, state, pulses = in_child(action)
    assert fault in ("GATE_TRIPPED", "BANK_NOT_READY", "UNDERRUN") and state == "running" and pulses >= 6


@pytest.mark.parametrize("ppm", [10, -100, 10_000])
@pytest.mark.parametrize("armed", [False, True])
def test_a_clock_that_is_wrong_is_a_permanent_fault(ready, ppm, armed):
    def action():
        if armed:
            ready.arm().fire()
            ready.beat(0.3)
        began = ready.board.now_s()
        ready.chip.skew_timer(ppm)
        return watched(ready, 2)[0], ready.board.now_s() - began

    fault, seconds = in_child(action)
    assert fault == "CLOCK" and seconds <= 1.5  # so small a difference must first add up


def test_a_clock_that_is_wrong_is_found_before_it_arms(ready):
    def action():
        ready.chip.skew_timer(1_000)
        ready.board.wait(0.02)
        with pytest.raises(BoardRefused):
            ready.arm()
        return faults.entry(ready.link.status()["fault"])[1]

    assert in_child(action) == "CLOCK"


def test_a_timer_that_stands_with_the_watchdog_is_found_by_the_next_heartbeat(ready):
    def action():
        ready.arm().fire()
        ready.beat(0.3)
        ready.chip.skew_timer(-1_000_000)
        ready.chip.rp2040.write_uint32(0x4005802C, 0)  # TICK of the watchdog, which is the timer's as well
        given = len(ready.pulses()[0])
        ready.board.wait(0.1)
        fault = ready.link.heartbeat()["fault"]
        ready.board.wait(1)
        assert len(ready.pulses()[0]) - given < 5 and ready.plant.bank_v < 60
        return faults.entry(fault)[1], ready.link.status()["state"] == messages.FAULT

    assert in_child(action) == ("CLOCK", True)


def test_a_fault_outlives_a_cut_of_power_and_a_permanent_one_wants_the_key(ready):
    def action():
        rig = ready
        rig.plant.inject("adc_frozen")
        watched(rig, 1)
        rig.plant.mend("adc_frozen")
        seen = []
        for _ in range(2):
            rig.chip.power_cycle()
            rig.board.wait(0.5)
            rig.link.identify()
            seen.append(rig.link.status()["fault"])
        with pytest.raises(BoardRefused) as refused:
            rig.link.request(messages.CLEAR, fault=faults.ADC_FROZEN)
        rig.plant.set_level(pin.KEY_SWITCH, 1)
        rig.link.request(messages.CLEAR, fault=faults.ADC_FROZEN)
        rig.chip.power_cycle()
        rig.board.wait(0.5)
        rig.link.identify()
        return seen, refused.value.number, rig.link.status()["fault"]

    seen, refused, after = in_child(action)
    assert seen == [faults.ADC_FROZEN] * 2 and refused == faults.NOT_CLEARABLE and after == 0
