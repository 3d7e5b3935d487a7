"""What the board knows of itself in one tick. The device fills one object and the kernel reads it."""


class Readings:
    """Levels are 0 or 1; voltages in mV; temperature in hundredths of a degree Celsius."""

    def __init__(self):
        self.safe_ok = 0
        self.safe_fell = False  # safe_ok has been low, if only for microseconds; stays until the kernel has taken it
        self.interlock = 0
        self.bank_ok = 0
        self.supply_on = 0
        self.strap_inverted = 0
        self.trig_sense = 0
        self.fired_sense = 0
        self.trig_in = 0
        self.target_below = 0
        self.key = 0
        self.bank_cool = 0
        self.flags = 0  # the levels as contract.messages.FLAG_*
        self.bank_mv = 0
        self.target_sense_mv = 0
        self.bank_steady = 0  # bank_ok was high before and after the voltages were measured: no pulse in between
        self.coil_centi_c = 0
        self.adc_same = False  # no conversion differs from the tick before
        self.bank_same = False  # none of the bank's does, where the converter can tell it
        self.adc_jump = 0  # largest difference, in counts, of two conversions of one input
        # from the train's machines
        self.tripped = 0  # the watcher took the outputs off the pads
        self.underrun = 0
        self.veto = 0  # BANK_OK refused an onset
        self.done = 0
        self.waiting = 0  # for the edge of the external start
        self.gap_word = 0  # where a pause may begin: the next word that does something; 0: nowhere
        self.gap_first = 0  # pulses before it
        self.gap_ms = 0  # until its edge
        self.triggered = 0  # rising edges behind the gate since ARM
        self.fired = 0  # coil currents since ARM
        self.vetoed = 0  # onsets refused since ARM
        self.windows = 0  # no-charge windows that have ended since ARM
