"""A pause in a gap of the train, and the external start."""

from cases_contract import itbs, refusal
from cases_kernel import Run, empty
from contract import faults, limits, messages, protocol
from kernel.charge import DUMP_MS


def in_a_gap(run, word, first, ms, missed=0):
    """The train is in a gap that ends with this word."""
    run.readings.gap_word, run.readings.gap_first, run.readings.gap_ms = word, first, ms
    run.readings.triggered = first - run.session.first
    run.readings.fired = run.readings.triggered - missed


def running(made=None):
    return Run(made or itbs()).charge().arm().fire()


def paused():
    """A train that rests in its first gap."""
    run = running()
    run.session.pause()
    in_a_gap(run, 123, 30, 4_000)
    run.tick()
    return run


def test_a_pause_begins_at_the_next_gap_and_not_before():
    run = running()
    run.session.pause()
    assert run.session.pausing
    assert run.tick() == 0 and run.state == "running"
    in_a_gap(run, 123, 30, 4_000)
    assert run.tick() == 0 and run.state == "paused"
    assert (run.session.first_word, run.session.first) == (123, 30) and not run.session.pausing
    assert run.session.remaining_ms(run.now) == 0


def test_a_gap_with_other_than_its_triggers_is_no_place_to_pause():
    for made in (itbs(), itbs(drive=protocol.EXTERNAL, levels=((2, 270_000, 1),))):  # windows of their own, or not
        for triggered, veto, fault in ((30, 0, 0), (29, 0, faults.GATE_SENSE), (31, 0, faults.GATE_SENSE), (29, 1, 0)):
            run = Run(itbs(policy=protocol.SKIP)) if veto else Run(made)
            if run.session.protocol.drive == protocol.BANK:
                run.charge()
            run.arm().fire().session.pause()
            in_a_gap(run, 123, 30, 4_000)
            run.readings.triggered = run.readings.fired = triggered
            run.readings.veto = veto
            assert run.tick() == fault and run.state == ("fault" if fault else "paused")
    run = running()
    in_a_gap(run, 123, 30, 4_000)  # of a pause before
    run.readings.triggered = run.readings.fired = 7
    assert run.tick() == 0 and run.state == "running"


def test_a_train_that_goes_on_counts_from_where_it_paused():
    run = paused()
    empty(run.readings)
    run.tick(4_000)
    run.charge().arm().fire().session.pause()
    in_a_gap(run, 200, 60, 4_000)
    assert run.readings.triggered == 30
    assert run.tick() == 0 and run.state == "paused" and run.session.first == 60


def test_a_paused_board_is_at_rest():
    run = paused()
    for _ in range(20):
        empty(run.readings)
        assert run.tick(1_000, beat=False) == 0
    assert run.state == "paused"
    for actuation in (1, 2, 4, 8, 16):
        assert not run.gate.permits(actuation)
    assert refusal(run.session.require_quiet, run.readings) == faults.NOT_NOW


def test_a_paused_board_is_kept_by_who_is_heard():
    run = running()
    assert run.session.attended(run.now)
    run.session.pause()
    in_a_gap(run, 123, 30, 4_000)
    run.tick()
    silence_ms = run.session.protocol.silence_ms
    assert run.session.attended(run.now + silence_ms) and not run.session.attended(run.now + silence_ms + 1)
    run.session.abort(run.now)
    assert not run.session.attended(run.now)


def test_a_start_that_is_withdrawn_leaves_the_board_at_rest_and_without_a_fault():
    run = Run(itbs(drive=protocol.EXTERNAL, start=protocol.START_TTL)).arm().fire()
    assert run.state == "waiting"
    run.session.withdraw(run.now)
    assert run.state == "safe" and not run.session.fault and not run.session.nonce
    run = Run(itbs(drive=protocol.EXTERNAL)).arm().fire()
    run.session.pause()
    in_a_gap(run, 123, 30, 4_000)
    run.tick()
    run.arm()
    run.session.withdraw(run.now)
    assert run.state == "paused" and (run.session.first_word, run.session.first) == (123, 30)


def test_a_misfire_just_before_a_pause_is_one_as_well():
    for policy, state in ((protocol.ABORT, "fault"), (protocol.SKIP, "paused")):
        run = running(itbs(policy=policy))
        run.session.pause()
        in_a_gap(run, 123, 30, 4_000, missed=1)
        assert run.tick() == 0 and run.state == "paused"
        assert run.tick() == (faults.MISFIRE if state == "fault" else 0)
        assert run.state == state and run.session.readback.missed == 1


def test_a_train_goes_on_where_it_paused_and_not_too_early():
    run = paused()
    empty(run.readings)
    run.tick()
    run.charge().arm()
    assert (run.session.first_word, run.session.first) == (123, 30)
    assert refusal(run.session.fire, run.readings, b"nonce", run.now, run.now) == faults.TOO_EARLY
    run.tick(3_800)
    assert run.fire().state == "running" and run.session.first == 30
    assert run.end() == 0
    assert run.state == "done" and run.session.first == 30
    empty(run.readings)
    run.tick()
    run.charge()
    assert (run.session.first_word, run.session.first) == (0, 0)


def test_an_external_train_goes_on_too():
    run = Run(itbs(drive=protocol.EXTERNAL)).arm().fire()
    run.session.pause()
    in_a_gap(run, 9, 3, 100)
    run.tick()
    run.tick(200)
    assert run.arm().fire().state == "running" and run.session.first_word == 9


def test_abort_in_a_pause_forgets_it():
    run = paused()
    run.session.abort(run.now)
    empty(run.readings)
    run.readings.gap_word = 0
    run.tick()
    assert run.state == "idle" and run.charge().session.first_word == 0


def test_only_a_running_train_pauses():
    run = Run()
    assert refusal(run.session.pause) == faults.NOT_NOW
    run.charge().arm()
    assert refusal(run.session.pause) == faults.NOT_NOW


def test_a_dump_that_fails_in_a_pause_is_told():
    run = paused()
    assert run.tick(limits.BANK_DISCHARGE_S * 1_000 + 50) == faults.DUMP_FAILED


def test_the_external_start_is_waited_for():
    run = Run(itbs(start=protocol.START_TTL)).charge().arm()
    run.readings.trig_in = 1
    assert refusal(run.session.fire, run.readings, b"nonce", run.now, run.now) == faults.TRIGGER_IN_HIGH
    run.readings.trig_in = 0
    assert run.fire().state == "waiting"
    run.readings.waiting = 1
    assert run.tick() == 0 and run.state == "waiting" and run.session.remaining_ms(run.now) > 0
    assert refusal(run.session.pause) == faults.NOT_NOW
    run.readings.waiting = 0
    assert run.tick() == 0 and run.state == "running"


def test_waiting_does_not_last_for_ever():
    run = Run(itbs(start=protocol.START_TTL)).charge().arm().fire()
    run.readings.waiting = 1
    run.tick(limits.SESSION_ARM_TIMEOUT_MS - 100)
    assert run.state == "waiting" and run.tick(200) == faults.ARM_EXPIRED
    run = Run(itbs(start=protocol.START_TTL)).charge().arm().fire()
    run.readings.waiting = 1
    assert run.tick(250, beat=False) == faults.HOST_SILENT
    run = Run(itbs(start=protocol.START_TTL)).charge().arm().fire()
    run.session.abort(run.now)
    assert run.session.fault == faults.ABORTED


def test_the_boot_loader_waits_for_rest():
    run = Run().charge()
    at_rest = run.session.require_at_rest
    assert refusal(at_rest, run.readings, run.now) == faults.NOT_NOW
    run.session.abort(run.now)
    assert refusal(at_rest, run.readings, run.now + DUMP_MS) == faults.BANK_CHARGED
    run.readings.bank_mv = limits.BANK_TOUCH_SAFE_MV - 1
    assert refusal(at_rest, run.readings, run.now + DUMP_MS - 1) == faults.BANK_CHARGED  # a divider may be broken
    at_rest(run.readings, run.now + DUMP_MS)
    run.session.state = messages.FAULT
    at_rest(run.readings, run.now + DUMP_MS)
