"""Every way in which the device says no: number, name, kind, sentence, remedy. The only list of them.

The number goes over the wire, the name becomes the host's exception text and the anchor in the documentation.

Kinds: PERMANENT faults stay, over resets and cuts of power, until service clears them with the key held at the board;
CLEARABLE ones need an explicit clear and a fresh ARM; a REFUSAL answers one request and changes nothing.
"""

PERMANENT = "permanent"
CLEARABLE = "clearable"
REFUSAL = "refusal"

NONE = 0

# 100: safety chain
INTERLOCK_OPEN = 101
OVERVOLTAGE = 102
GATE_TRIPPED = 103
SAFE_CHAIN = 104
# 200: charge
CHARGE_STALLED = 201
BANK_SENSE_IMPLAUSIBLE = 202
BANK_OVER_TARGET = 203
TARGET_WRONG = 204
DUMP_FAILED = 205
SUPPLY_LATCH = 206
CHARGE_SLOW = 207
CHARGER_STUCK = 208
BANK_LEAKS = 209
BANK_AGED = 210
BLEEDER_OPEN = 211
COMPARATOR_WRONG = 212
ADC_FROZEN = 213
ADC_NOISY = 214
# 250: temperature
COIL_HOT = 251
COIL_SENSOR = 252
BANK_HOT = 253
COIL_SENSOR_STUCK = 254
# 300: train
UNDERRUN = 301
BANK_NOT_READY = 302
FIRED_WITHOUT_TRIGGER = 303
MISFIRE = 304
GATE_SENSE = 305
FIRED_SENSE = 306
# 400: link and session
HOST_SILENT = 401
ARM_EXPIRED = 402
ABORTED = 403
# 500: the controller itself
SOFTWARE = 501
WATCHDOG_RESET = 502
REGISTERS = 503
CLOCK = 504
# 600: refusals
UNKNOWN_MESSAGE = 601
BAD_PAYLOAD = 602
WRONG_SESSION = 603
TABLE_MISMATCH = 604
NOT_NOW = 605
FAULT_STANDING = 606
WRONG_IMAGE = 607
WRONG_NONCE = 608
NONCE_EXPIRED = 609
NO_PROTOCOL = 610
IMAGE_DAMAGED = 611
IMAGE_UNKNOWN = 612
COUNT_OUT_OF_RANGE = 613
WIDTH_OUT_OF_RANGE = 614
GAP_TOO_SHORT = 615
TARGET_OUT_OF_RANGE = 616
NOT_RECHARGEABLE = 617
TOO_LONG = 618
UNSAFE = 619
BANK_CHARGED = 620
NOT_CLEARABLE = 621
OPTION_OUT_OF_RANGE = 622
TOO_LARGE = 623
WRONG_STRAP = 624
SYNC_OUT_OF_RANGE = 625
TRIGGER_IN_HIGH = 626
TOO_EARLY = 627

TABLE = (
    (
        INTERLOCK_OPEN,
        "INTERLOCK_OPEN",
        CLEARABLE,
        "The interlock chain opened.",
        "Close the interlock, clear the fault, charge and arm again.",
    ),
    (
        OVERVOLTAGE,
        "OVERVOLTAGE",
        CLEARABLE,
        "SAFE_OK fell with the interlock closed: the over-voltage comparator latched.",
        "Wait until the bank is below 60 V and clear the fault; if it comes back, have the charger checked.",
    ),
    (
        GATE_TRIPPED,
        "GATE_TRIPPED",
        CLEARABLE,
        "The watcher took the outputs off the pads and the cause had gone when the processor looked.",
        "Check the interlock's wiring for a loose contact, clear the fault, charge and arm again.",
    ),
    (
        SAFE_CHAIN,
        "SAFE_CHAIN",
        PERMANENT,
        "SAFE_OK is high though the interlock is open.",
        "Stop using the board: the safety chain is broken.",
    ),
    (
        CHARGE_STALLED,
        "CHARGE_STALLED",
        CLEARABLE,
        "The bank's voltage did not rise, or is lost: the charger is dead, the bank shorted, or the divider broken.",
        "Keep away, the bank may be charged: measure it, check divider, charger and supply; clear the fault.",
    ),
    (
        BANK_SENSE_IMPLAUSIBLE,
        "BANK_SENSE_IMPLAUSIBLE",
        CLEARABLE,
        "The measured bank voltage cannot be true.",
        "Check the divider and its wiring before anything else: the bank may be charged.",
    ),
    (
        BANK_OVER_TARGET,
        "BANK_OVER_TARGET",
        CLEARABLE,
        "The bank rose above its target.",
        "Check the target comparator and the charger's enable; clear the fault.",
    ),
    (
        TARGET_WRONG,
        "TARGET_WRONG",
        CLEARABLE,
        "The target voltage read back is not the one that was set.",
        "Check the PWM filter; clear the fault.",
    ),
    (
        DUMP_FAILED,
        "DUMP_FAILED",
        PERMANENT,
        "The dump did not take the bank down in its time.",
        "Keep away from the bank, measure it, and have the dump and the bleeder repaired.",
    ),
    (
        SUPPLY_LATCH,
        "SUPPLY_LATCH",
        CLEARABLE,
        "The charger's supply latch does not do what it was told.",
        "Check the latch and SAFE_OK; clear the fault.",
    ),
    (
        CHARGE_SLOW,
        "CHARGE_SLOW",
        CLEARABLE,
        "The bank charges too slowly.",
        "Check the charger and its supply; clear the fault.",
    ),
    (
        CHARGER_STUCK,
        "CHARGER_STUCK",
        PERMANENT,
        "The bank's voltage rose while nothing was to charge it.",
        "Stop using the board: the charger ignores its enable.",
    ),
    (
        BANK_LEAKS,
        "BANK_LEAKS",
        PERMANENT,
        "The bank falls faster than its bleeder explains.",
        "Have the bank checked for a leak, and the dump for a switch that always conducts.",
    ),
    (
        BANK_AGED,
        "BANK_AGED",
        PERMANENT,
        "The bank has lost capacitance.",
        "Have the capacitor replaced: the pulses are weaker than the voltage says.",
    ),
    (
        BLEEDER_OPEN,
        "BLEEDER_OPEN",
        PERMANENT,
        "The bank hardly falls through its bleeder.",
        "Have the bleeder repaired: without power the bank stays charged.",
    ),
    (
        COMPARATOR_WRONG,
        "COMPARATOR_WRONG",
        PERMANENT,
        "A comparator on the bank contradicts its measured voltage.",
        "Have the comparators and the divider checked.",
    ),
    (
        ADC_FROZEN,
        "ADC_FROZEN",
        PERMANENT,
        "The analog converter gives the same counts for ever.",
        "Have the board checked.",
    ),
    (
        ADC_NOISY,
        "ADC_NOISY",
        CLEARABLE,
        "The analog converter's counts jump.",
        "Check grounds, shields and the converter's reference; clear the fault.",
    ),
    (
        COIL_HOT,
        "COIL_HOT",
        CLEARABLE,
        "The coil is at or above its stop temperature.",
        "Let the coil cool, then clear the fault.",
    ),
    (
        COIL_SENSOR,
        "COIL_SENSOR",
        CLEARABLE,
        "The coil's temperature sensor is open or shorted.",
        "Check the sensor and its cable; clear the fault.",
    ),
    (
        BANK_HOT,
        "BANK_HOT",
        CLEARABLE,
        "The bank's thermostat is open: the bank is hot, or the wire is broken.",
        "Let the bank cool, check the thermostat's wire, then clear the fault.",
    ),
    (
        COIL_SENSOR_STUCK,
        "COIL_SENSOR_STUCK",
        PERMANENT,
        "The coil's temperature sensor does not follow the heat of the pulses.",
        "Put the sensor back on the coil, or have it replaced.",
    ),
    (
        UNDERRUN,
        "UNDERRUN",
        CLEARABLE,
        "Train data was not there on time; the train ended without the pulse.",
        "Clear the fault and run again; if it comes back, report it: this should not happen.",
    ),
    (
        BANK_NOT_READY,
        "BANK_NOT_READY",
        CLEARABLE,
        "The bank was outside its window at an onset; the pulse was not given.",
        "Lower the intensity or the rate, or choose the policy 'skip'; clear the fault.",
    ),
    (
        FIRED_WITHOUT_TRIGGER,
        "FIRED_WITHOUT_TRIGGER",
        PERMANENT,
        "Coil current flowed without a trigger.",
        "Stop using the board: the discharge switch conducts by itself.",
    ),
    (
        MISFIRE,
        "MISFIRE",
        CLEARABLE,
        "Triggers left the board and no coil current followed.",
        "Check coil and switch; clear the fault.",
    ),
    (
        GATE_SENSE,
        "GATE_SENSE",
        PERMANENT,
        "What is read back behind the output gate is not what was sent.",
        "Stop using the board: the output gate or its read-back is broken.",
    ),
    (
        FIRED_SENSE,
        "FIRED_SENSE",
        PERMANENT,
        "A coil current is seen with an empty bank, or one that does not end.",
        "Have the current sensor and its comparator checked.",
    ),
    (
        HOST_SILENT,
        "HOST_SILENT",
        CLEARABLE,
        "The host fell silent while armed.",
        "Check cable and host, clear the fault, charge and arm again.",
    ),
    (
        ARM_EXPIRED,
        "ARM_EXPIRED",
        CLEARABLE,
        "Armed for too long without a start.",
        "Clear the fault and arm again when ready.",
    ),
    (ABORTED, "ABORTED", CLEARABLE, "Aborted by command.", "Clear it and start again when ready."),
    (
        SOFTWARE,
        "SOFTWARE",
        PERMANENT,
        "The firmware met an error it does not know and went to the safe state.",
        "Report the log; hold the key at the board to clear the fault.",
    ),
    (
        WATCHDOG_RESET,
        "WATCHDOG_RESET",
        CLEARABLE,
        "The processor stood still and the watchdog reset it.",
        "Clear the fault; if it comes back, report the log.",
    ),
    (
        REGISTERS,
        "REGISTERS",
        PERMANENT,
        "A hardware register no longer holds what was written to it.",
        "Report the log; if it comes back, replace the Pico.",
    ),
    (
        CLOCK,
        "CLOCK",
        PERMANENT,
        "The system clock and the timer disagree.",
        "Replace the Pico: its timing cannot be trusted.",
    ),
    (
        UNKNOWN_MESSAGE,
        "UNKNOWN_MESSAGE",
        REFUSAL,
        "The board does not know this message.",
        "Use host and firmware of the same release.",
    ),
    (
        BAD_PAYLOAD,
        "BAD_PAYLOAD",
        REFUSAL,
        "The message's content has the wrong size or a value out of range.",
        "Use host and firmware of the same release.",
    ),
    (
        WRONG_SESSION,
        "WRONG_SESSION",
        REFUSAL,
        "Another host has identified itself since.",
        "Close the other program and start again.",
    ),
    (
        TABLE_MISMATCH,
        "TABLE_MISMATCH",
        REFUSAL,
        "Host and firmware speak different message tables; only identify, abort and log reading work.",
        "Flash the firmware of this release, or install the host that belongs to the board's.",
    ),
    (
        NOT_NOW,
        "NOT_NOW",
        REFUSAL,
        "The board cannot do this in its present state.",
        "Look at the state, then charge, arm or abort first.",
    ),
    (FAULT_STANDING, "FAULT_STANDING", REFUSAL, "A fault stands.", "Read it, mend its cause and clear it."),
    (
        WRONG_IMAGE,
        "WRONG_IMAGE",
        REFUSAL,
        "The protocol on the board is not the one to be armed.",
        "Upload the protocol again.",
    ),
    (WRONG_NONCE, "WRONG_NONCE", REFUSAL, "This start belongs to another arming.", "Arm again."),
    (
        NONCE_EXPIRED,
        "NONCE_EXPIRED",
        REFUSAL,
        "The start came too late after arming, or has waited in its line for too long.",
        "Arm again and start within 5 s.",
    ),
    (NO_PROTOCOL, "NO_PROTOCOL", REFUSAL, "No protocol has been uploaded.", "Upload one."),
    (IMAGE_DAMAGED, "IMAGE_DAMAGED", REFUSAL, "The protocol image arrived damaged or incomplete.", "Upload it again."),
    (
        IMAGE_UNKNOWN,
        "IMAGE_UNKNOWN",
        REFUSAL,
        "The protocol image is of a version or shape that the board does not know.",
        "Use host and firmware of the same release.",
    ),
    (
        COUNT_OUT_OF_RANGE,
        "COUNT_OUT_OF_RANGE",
        REFUSAL,
        "The protocol has no pulses, or more than the board takes.",
        "Change the counts.",
    ),
    (
        WIDTH_OUT_OF_RANGE,
        "WIDTH_OUT_OF_RANGE",
        REFUSAL,
        "The trigger width is out of range or longer than the shortest gap.",
        "Change the width.",
    ),
    (
        GAP_TOO_SHORT,
        "GAP_TOO_SHORT",
        REFUSAL,
        "Two onsets are closer than the stimulator's minimum gap.",
        "Lengthen the interval, or choose another device profile.",
    ),
    (
        TARGET_OUT_OF_RANGE,
        "TARGET_OUT_OF_RANGE",
        REFUSAL,
        "The target voltage is outside the bank's working range.",
        "Change the intensity.",
    ),
    (
        NOT_RECHARGEABLE,
        "NOT_RECHARGEABLE",
        REFUSAL,
        "The charger cannot recharge the bank in the protocol's shortest gap.",
        "Lower the intensity, lengthen the gap, or drive an external stimulator.",
    ),
    (TOO_LONG, "TOO_LONG", REFUSAL, "The protocol lasts longer than the board allows.", "Split it into sessions."),
    (
        UNSAFE,
        "UNSAFE",
        REFUSAL,
        "The interlock is open or the over-voltage latch is set.",
        "Close the interlock and wait until the bank is below 60 V.",
    ),
    (BANK_CHARGED, "BANK_CHARGED", REFUSAL, "The bank is still too high for this.", "Wait until it has dumped."),
    (
        NOT_CLEARABLE,
        "NOT_CLEARABLE",
        REFUSAL,
        "This fault cannot be cleared by command.",
        "Follow the fault's own remedy.",
    ),
    (
        OPTION_OUT_OF_RANGE,
        "OPTION_OUT_OF_RANGE",
        REFUSAL,
        "An option of the protocol has a value that the board does not know.",
        "Use host and firmware of the same release.",
    ),
    (
        TOO_LARGE,
        "TOO_LARGE",
        REFUSAL,
        "The protocol needs more room than the board has.",
        "Shorten it or split it into sessions.",
    ),
    (
        WRONG_STRAP,
        "WRONG_STRAP",
        REFUSAL,
        "The device profile's polarity contradicts the strap of the output stage.",
        "Choose the profile that belongs to the cable, or change the strap.",
    ),
    (
        SYNC_OUT_OF_RANGE,
        "SYNC_OUT_OF_RANGE",
        REFUSAL,
        "The random intervals of SYNC are too short, too long or too many.",
        "Choose intervals of 50 ms to 60 s, longer ones for a long protocol, and a seed other than 0.",
    ),
    (
        TRIGGER_IN_HIGH,
        "TRIGGER_IN_HIGH",
        REFUSAL,
        "The external start input is high already.",
        "Take TRIG_IN low: its next rising edge starts the train.",
    ),
    (
        TOO_EARLY,
        "TOO_EARLY",
        REFUSAL,
        "The gap before the next train has not passed.",
        "Wait for the rest of the inter-train interval, then fire.",
    ),
)


class Refused(Exception):
    """A request was refused; `number` is its entry in TABLE. Nothing has changed."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def entry(number):
    """Return (number, name, kind, sentence, remedy) of a fault, or None."""
    for row in TABLE:
        if row[0] == number:
            return row
    return None
