"""The gate, all of it: every actuation in every state, on either drive, with what forbids it."""

from contract import faults, messages, protocol
from kernel import gate
from kernel.proof import EMPTY, EMPTY_MV, GATE, PASSED

CHARGE = (gate.SUPPLY, gate.HOLD_BANK, gate.TOKEN)
ACTUATIONS = CHARGE + (gate.TRIGGERS, gate.START, gate.TEST)
ALLOWED = {
    messages.PROVING: CHARGE + (gate.TEST,),
    messages.CHARGING: CHARGE,
    messages.READY: CHARGE,
    messages.ARMED: CHARGE + (gate.TRIGGERS, gate.START),
    messages.RUNNING: CHARGE + (gate.TRIGGERS,),
    messages.WAITING: CHARGE + (gate.TRIGGERS,),
}


class Drive:
    def __init__(self, drive):
        self.drive = drive


class Board:
    """A session and its readings, as far as the gate looks at them."""

    def __init__(self, state, drive):
        self.state = state
        self.fault = 0
        self.protocol = None if drive is None else Drive(drive)
        self.safe_ok = 1
        self.safe_fell = False
        self.bank_mv = EMPTY_MV
        self.proof = self
        self.step = GATE
        self.gate = gate.Gate(self, self)

    def permitted(self):
        return [each for each in ACTUATIONS if self.gate.permits(each)]


def test_actuations_are_told_apart():
    assert len(set(ACTUATIONS)) == 6


def test_every_state_permits_what_it_needs_and_nothing_else():
    for state in range(len(messages.STATE_NAMES)):
        expected = [each for each in ACTUATIONS if each in ALLOWED.get(state, ())]
        assert Board(state, protocol.BANK).permitted() == expected, state
        external = [each for each in expected if each in (gate.TRIGGERS, gate.START)]
        assert Board(state, protocol.EXTERNAL).permitted() == external, state
        assert Board(state, None).permitted() == external, state


def test_a_fault_or_an_open_chain_forbids_everything():
    for state in range(len(messages.STATE_NAMES)):
        for spoilt in ({"fault": faults.ABORTED}, {"safe_ok": 0}, {"safe_fell": True}):
            board = Board(state, protocol.BANK)
            for name, value in spoilt.items():
                setattr(board, name, value)
            assert board.permitted() == [], state


def test_the_gate_is_tried_with_an_empty_bank_alone():
    board = Board(messages.PROVING, protocol.BANK)
    for bank_mv, tried in ((0, True), (EMPTY_MV, True), (EMPTY_MV + 1, False)):
        board.bank_mv = bank_mv
        assert board.gate.permits(gate.TEST) == tried
        assert board.gate.permits(gate.TOKEN)
    board.bank_mv = 0
    for step in range(PASSED + 1):
        board.step = step
        assert board.gate.permits(gate.TEST) == (step == GATE)
    assert EMPTY != GATE
