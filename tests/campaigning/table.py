"""All campaigns, by name: what fails, and the criterion of each figure."""

from contract import limits
from contract.protocol import START_TTL
from rig import Rig

from . import (
    bank,
    charge,
    converter,
    host,
    interlock,
    near,
    overvoltage,
    processor,
    registers,
    rogue,
    senses,
    way_down,
)
from .campaign import SHORT, TRAIN, Campaign, Criterion
from .ticks import any_onset, between, each_burst

BANK_V = Criterion("bank at its highest", "V", limits.BANK_ABSOLUTE_MAX_MV / 1000)
DISCHARGED = Criterion("until the bank is below 60 V", "s", limits.BANK_DISCHARGE_S)
CLOCKS = Criterion("until triggers and CHARGE_EN are off the pads", "clocks", 10)
BOUNCES = (
    Criterion("pulses after the first opening", "pulses", 0),
    Criterion("from the last closing until a fresh command is taken", "ms", limits.SESSION_INTERLOCK_CLOSED_MS, True),
)
LAST_TOKEN = (
    Criterion("CHARGE_EN on after its last token", "clocks", 10),
    Criterion("bank 80 ms later", "V", 0.6 * limits.BANK_WORKING_MAX_MV * limits.BANK_WINDOW_HIGH_PERMILLE / 1e6),
)
DATA_LATE = (
    Criterion("a pulse off its schedule", "ticks", 0),
    Criterion("pulses given from what was fetched before, then UNDERRUN", "pulses", processor.FETCHED),
)
SILENT = (
    Criterion("last onset after the last heartbeat", "ms", limits.SESSION_SILENCE_MS),
    Criterion("until the bank is below 60 V, from there", "ms", 1_000),
)
HANG = (
    Criterion("until CHARGE_EN is low", "ms", 2 * limits.SESSION_TOKEN_MS),
    Criterion("until the reset", "ms", limits.SESSION_WATCHDOG_ARMED_MS),
)


def ttl():
    """A train towards an external stimulator."""
    return Rig("ttl").start(TRAIN)


def started_outside():
    """A charged bank, with a short protocol that an external edge starts."""
    return Rig().upload(SHORT, start=START_TTL).charge()


def at_rest():
    """A board that is proven, with a short protocol: each ending is a session of its own."""
    return bank.proven(SHORT)


CAMPAIGNS = {
    "interlock": Campaign("interlock opens, bank", (CLOCKS,), interlock.opens),
    "interlock-ttl": Campaign("interlock opens, external stimulator", (CLOCKS,), interlock.opens, ttl, count=300),
    "bounce": Campaign("interlock bounces, 20 us to 10 ms, bank", BOUNCES, interlock.bounces),
    "bounce-ttl": Campaign(
        "interlock bounces, 20 us to 10 ms, external stimulator", BOUNCES, interlock.bounces, ttl, count=100
    ),
    "data-late": Campaign(
        "train data delayed by 0 to 500 ms, bank", DATA_LATE, processor.data_late, count=150, ticks=any_onset
    ),
    "data-late-ttl": Campaign(
        "train data delayed by 0 to 500 ms, external stimulator",
        DATA_LATE,
        processor.data_late,
        ttl,
        count=150,
        ticks=any_onset,
    ),
    "hang": Campaign(
        "processor stops, interrupts off, while charging, armed and in a train",
        HANG,
        processor.hang,
        at_rest,
        count=100,
    ),
    "last-token": Campaign(
        "processor stops, its last token ends in a no-charge window",
        LAST_TOKEN,
        processor.last_token,
        started_outside,
        count=100,
    ),
    "power-cut": Campaign(
        "reset or cut of power while charging, armed, in a train and as it ends",
        (
            Criterion("pulses given and not on the odometers", "pulses", 0),
            Criterion("triggers afterwards", "pulses", 0),
        ),
        processor.power_cut,
        at_rest,
    ),
    "fault-log": Campaign(
        "power cut after a fault was told",
        (Criterion("faults missing in the log", "faults", 0),),
        processor.fault_log,
    ),
    "registers": Campaign(
        "a bit of a register changes",
        (
            Criterion("ARMs taken while it is wrong", "commands", 0),
            Criterion("until the fault, in a train", "ms", 1_000),
        ),
        registers.registers,
        senses.ready,
        count=200,
    ),
    "silent": Campaign("host killed or stopped", SILENT, host.silent, count=200),
    "unplugged": Campaign("host unplugged, on USB", SILENT, host.silent, host.unplugged, count=200),
    "slow": Campaign("host slow", SILENT, host.slow, count=200),
    "converter": Campaign(
        "ADC stuck, frozen or noisy; divider open or shorted",
        (
            Criterion("until its own fault is told, asked for every 5 ms", "ms", 200 + 10),
            Criterion("until CHARGE_EN is low", "ms", 200),
            BANK_V,
        ),
        converter.converter,
        bank.proven,
        count=200,
        ticks=between(0, 0.1),
    ),
    "overvoltage": Campaign(
        "over-voltage, charger stuck on, target PWM frozen high or low, told by its own fault",
        (
            Criterion("from the comparator until CHARGE_EN, high till then, is low", "clocks", 10),
            Criterion("until the charger's supply is latched off", "ms", limits.SESSION_WATCHDOG_ARMED_MS),
            BANK_V,
            DISCHARGED,
        ),
        overvoltage.overvoltage,
        count=300,
    ),
    "near-pulses": Campaign(
        "charging near a pulse, at full intensity, the processor stopped at each burst of iTBS600 in turn",
        (
            Criterion("CHARGE_EN high inside a no-charge window", "ticks", 0),
            Criterion("no-charge windows with the processor stopped, the charger at work between", "windows", 2, True),
        ),
        near.near_pulses,
        near.full_itbs600,
        count=199,
        ticks=each_burst,
        along=True,
    ),
    "way-down": Campaign(
        "dump or bleeder failed, from 360 V",
        (DISCHARGED, Criterion("commands taken before service", "commands", 0)),
        way_down.way_down,
        bank.full,
        count=100,
    ),
    "charge": Campaign(
        "slow, stalled or shorted charge, leak, aged capacitor, after the proof",
        (
            Criterion("until its own fault", "permille of a sound board's charge", 2_000),
            Criterion("a leak, until it is stopped as a slow charge", "permille of a sound board's charge", 2_000),
            Criterion(
                "a leak, until its own fault in the proof that follows",
                "permille of a sound board's charge, then proof and charge",
                2_000,
            ),
        ),
        charge.slow_charge,
        bank.proven,
        count=200,
        ticks=between(0, 0.1),
    ),
    "proof": Campaign(
        "aged capacitor, leak, dump or bleeder failed, before the first charge",
        (
            Criterion("until its own fault", "permille of a sound board's proof and charge", 2_000),
            Criterion("bank at its highest before it is told", "V", charge.PROOF_MOST_V),
        ),
        charge.proof,
        charge.fresh,
        count=100,
        ticks=between(0, 0.1),
    ),
    "too-hot": Campaign(
        "coil or bank too hot, a sensor open or shorted",
        (
            Criterion("ARMs taken", "commands", 0),
            Criterion("pulses until the train is ended", "pulses", 3),
        ),
        senses.too_hot,
        senses.ready,
        count=200,
    ),
    "misfires": Campaign(
        "FIRED missing or without a trigger, TRIG_SENSE wrong",
        (Criterion("pulses until the train is ended", "pulses", 6),),
        senses.misfires,
        count=200,
    ),
    "misfires-skip": Campaign(
        "FIRED missing for a while, the policy being to skip and go on",
        (
            Criterion("misfires that the log does not tell, or tells too many", "misfires", 0),
            Criterion("pulses of the schedule that are not given", "pulses", 0),
        ),
        senses.skipped,
        senses.skipping,
        count=100,
        ticks=any_onset,
    ),
    "rogue": Campaign(
        "processor mad: every output of its own driven to the worst, half with one thing of the board broken",
        (BANK_V, Criterion("bank at its highest where it is driven up", "V", rogue.DRIVEN_V, least=True)),
        rogue.goes_mad,
        at_rest,
        count=100,
    ),
    "breaks": Campaign("one or two things of the board break", (BANK_V,), converter.anything_breaks, count=100),
}
