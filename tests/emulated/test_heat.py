"""The coil's temperature, measured and modelled, and the bank's thermostat, in the running image."""

from fractions import Fraction

import pytest
from contract import faults, limits, messages
from contract import pins as pin
from rig import HZ, Rig, in_child, spec
from thetabox.protocol.dose import coil_rise_k
from thetabox.session.faultlog import fault_log

pytestmark = pytest.mark.emulated
HOT = spec((1_500, Fraction(1, 50)))  # 30 s at 50 Hz and full voltage: 39 W into the coil
STOP_C = 40


@pytest.fixture(scope="module")
def running():
    rig = Rig().start(HOT, 100)
    rig.beat(1)
    return rig


def until_fault(rig, seconds, hot=lambda status: None):
    """(name of the fault, last status) within so long of a train."""
    end = rig.board.now_s() + seconds
    while rig.board.now_s() < end:
        status = rig.link.heartbeat()
        hot(status)
        if status["fault"]:
            return faults.entry(status["fault"])[1], status
        rig.board.wait(0.1)
    return None, status


def test_a_coil_that_gets_hot_is_told_before_it_ends_the_train(running):
    def action():
        warm = []

        def follow(status):
            if status["flags"] & messages.FLAG_COIL_WARM and not warm:
                warm.append(status["coil_centi_c"])

        return warm, *until_fault(running, 35, follow), running.plant.coil_c

    warm, fault, status, coil_c = in_child(action)
    assert fault == "COIL_HOT" and STOP_C - 0.5 < coil_c < STOP_C + 1
    assert 3_600 < warm[0] < 3_800
    assert abs(status["coil_model_centi_c"] - status["coil_centi_c"]) < 150


def test_the_model_is_the_one_that_the_host_predicts_with(running):
    def action():
        running.beat(5)
        status = running.link.heartbeat()
        return status["coil_model_centi_c"], status["triggered"]

    model, pulses = in_child(action)
    volts, share = limits.BANK_WORKING_MAX_MV / 1000, limits.COIL_HEAT_PERMILLE_OF_LOSS / 1000
    lost_j = limits.BANK_CAPACITANCE_UF * 1e-6 * volts**2 / 2 * limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE / 1000
    onsets_s = running.compiled.onset_ticks[:pulses] / HZ
    predicted = limits.COIL_AMBIENT_C + coil_rise_k(onsets_s, lost_j * share)[-1]
    assert model / 100 == pytest.approx(predicted, abs=0.4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("coil_hot", "COIL_HOT"), ("coil_sensor_open", "COIL_SENSOR"), ("coil_sensor_short", "COIL_SENSOR"),
     ("bank_cool_stuck_low", "BANK_HOT")],
)  # fmt: skip
def test_heat_ends_a_train_within_a_burst(running, name, expected):
    def action():
        running.plant.inject(name)
        began = running.chip.ticks
        fault, _ = until_fault(running, 1)
        return fault, (running.last_edge(("TRIG_A",)) - began) / HZ

    fault, seconds = in_child(action)
    assert fault == expected and seconds < 0.1  # a burst of three pulses at 50 Hz and its tick


def test_a_sensor_that_is_not_on_the_coil_is_found(running):
    def action():
        running.plant.inject("coil_sensor_stuck")
        fault, status = until_fault(running, 30)
        return fault, status["coil_model_centi_c"]

    fault, model = in_child(action)
    assert fault == "COIL_SENSOR_STUCK" and model == pytest.approx(2_200 + limits.COIL_FOLLOW_K * 100, abs=100)


def test_a_lab_sets_its_own_stop():
    rig = Rig().upload(HOT, 100, coil_stop_c=27)
    rig.charge().arm().fire()
    fault, status = until_fault(rig, 30)
    hottest = max(status["coil_centi_c"], status["coil_model_centi_c"])
    assert fault == "COIL_HOT" and hottest == pytest.approx(2_700, abs=50)  # a look later, and a count of the ADC is 8


def test_faults_are_remembered_with_their_boot_and_pulses(running):
    def action():
        given = running.link.heartbeat()["triggered"]
        running.plant.inject("bank_cool_stuck_low")
        until_fault(running, 1)
        running.plant.mend("bank_cool_stuck_low")
        running.link.request(messages.CLEAR, fault=faults.BANK_HOT)
        running.chip.power_cycle()
        running.board.wait(0.5)
        running.link.identify()
        running.plant.set_level(pin.BANK_COOL, 1)
        return given, fault_log(running.link)

    given, log = in_child(action)
    assert [(past["name"], past["boot"], past["cleared"]) for past in log] == [("BANK_HOT", 1, True)]
    assert given <= log[0]["pulses"] <= given + 10 and log[0]["time_s"] > 1


def test_the_capacitance_that_the_proof_has_measured(running):
    def action():
        running.link.request(messages.ABORT)
        running.board.wait(0.1)
        return running.link.request(messages.PROOF)

    proof = in_child(action)
    assert proof["passed"] and proof["capacitance_nf"] == pytest.approx(100_000, rel=0.05)
