"""A processor gone mad: what software can drive is driven to the worst, for as long as it likes.

The processor is frozen as a program, and its registers are written for it. What is left are the circuit's own barriers:
the over-voltage comparator on a divider of its own, and the latch of the charger's supply, which no output overrules.
"""

from contract import pins
from rig import HZ
from thetabox.capture import HIGH_Z

from .campaign import pass_by
from .processor import PHASES, session

MAD = ("idle", *PHASES)
DRIVEN_V = 340  # the charge is really driven up: to full scale by the tokens, to the comparator's trip by the pad
POKE_TICKS = HZ // 500
WRONG = (  # what makes such a charge worse; the comparator's divider and the latch itself are the last barrier
    "adc_frozen", "bank_aged", "bleeder_open", "charger_stuck_on", "divider_open", "divider_short", "dump_stuck_off",
    "interlock_stuck_high", "safe_ok_stuck_high", "supply_on_stuck_low", "target_below_stuck_high", "target_pwm_high",
)  # fmt: skip

# registers of the RP2040 as its datasheet lays them out
TOKENS = 0x50200014  # the second machine's TX FIFO [3.7]
PAD_OF_CHARGE_EN = 0x40014000 + 8 * pins.CHARGE_EN + 4  # [2.19.6.1]
DRIVEN_HIGH = 3 << 12 | 3 << 8  # OEOVER and OUTOVER
TARGET_SLICE = 0x40050000 + 0x14 * (pins.TARGET_PWM >> 1)  # [4.5.3]
CSR, CC = 0x00, 0x0C
WATCHDOG_LOAD = 0x40058004  # [4.7.6]
LEVELS, ENABLES = 0xD0000014, 0xD0000024  # GPIO_OUT_SET, GPIO_OE_SET; four beyond each clears [2.3.1.7]
SWITCHES = 1 << pins.CHARGER_SUPPLY_EN | 1 << pins.DUMP_INHIBIT
LONGEST_TOKEN = 0xFFFFFFFF
LONGEST_LOAD = 0xFFFFFF


class Mad:
    """Writes the worst every 2 ms from when it is called on, when a thing of the board may break as well.

    `override` takes the pad of CHARGE_EN from PIO.
    """

    def __init__(self, rig, override, wrong):
        self.highest = 0.0
        self.driven = False
        self.override, self.wrong = override, wrong
        self._rig = rig
        self._write = rig.chip.rp2040.write_uint32

    def __call__(self):
        self._rig.chip.freeze_cpu()
        self.driven = self.override or self._rig.level("CHARGE_EN") != HIGH_Z
        if self.wrong:
            self._rig.plant.inject(self.wrong)
        self._poke()

    def _poke(self):
        write = self._write
        write(WATCHDOG_LOAD, LONGEST_LOAD)
        write(TOKENS, LONGEST_TOKEN)
        write(TARGET_SLICE + CC, 0xFFFFFFFF)
        write(TARGET_SLICE + CSR, 1)
        write(LEVELS + 4, 1 << pins.CHARGER_SUPPLY_EN)  # the latch wants an edge
        write(LEVELS, SWITCHES)
        write(ENABLES, SWITCHES)
        if self.override:
            write(PAD_OF_CHARGE_EN, self._rig.chip.rp2040.read_uint32(PAD_OF_CHARGE_EN) | DRIVEN_HIGH)
        self.highest = max(self.highest, self._rig.plant.bank_v)
        self._rig.chip.at(self._rig.chip.ticks + POKE_TICKS, self._poke)


def goes_mad(rig, tick, rng):
    """(V, V where it is driven up) at the highest, the processor mad from a random instant of a session on.

    Without the override nothing is driven up in a train, whose next onset finds the bank outside the window and ends
    all; nor with a divider that reads full scale; nor in the microseconds for which ARM has stopped the machines.
    """
    pass_by(rig, tick, 0)
    phase = rng.choice(MAD)
    wrong = rng.choice(WRONG) if rng.random() < 0.5 else None
    mad = Mad(rig, phase == "idle" or rng.random() < 0.5, wrong)
    if phase == "idle":
        mad()
    else:
        session(rig, phase, rng, mad)
    rig.board.wait(rng.choice((0.4, 5)))
    begun = len(rig.pulses("BLANK")[0]) or rig.level("BLANK") == 1
    driven = mad.driven and (mad.override or not (begun or wrong == "divider_short"))
    return mad.highest, mad.highest if driven else None
