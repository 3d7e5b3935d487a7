"""Valid messages in any order and at any time, with doors that open and keys that turn: nothing happens that was not
asked for in its order, and the firmware never meets an error that it does not know.
"""

import random
from fractions import Fraction

import pytest
from contract import faults, messages
from contract import pins as pin
from rig import HZ, Rig, in_child, spec
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
TRAIN = spec((3, Fraction(1, 50)), (4, Fraction(1, 5)), (2, Fraction(2)))
STEPS = 60
OWN = {faults.SOFTWARE, faults.WATCHDOG_RESET, faults.REGISTERS, faults.CLOCK, faults.UNDERRUN, faults.DUMP_FAILED}
MAY_CHARGE = (messages.PROVING, messages.CHARGING, messages.READY, messages.ARMED, messages.WAITING, messages.RUNNING)


class Order:
    """A random walk of one host; `starts` are the ticks before each FIRE that was taken."""

    def __init__(self, rig, seed):
        self.rig, self.rng = rig, random.Random(seed)
        self.nonce = bytes(8)
        self.closed = True
        self.starts = []
        self.taken = 0

    def ask(self, code, **values):
        """The answer, or None when it is refused."""
        try:
            answer = self.rig.link.request(code, **values)
        except BoardRefused:
            return None
        self.taken += 1
        return answer

    def beats(self):
        for _ in range(self.rng.randrange(1, 25)):
            self.rig.link.heartbeat()
            self.rig.board.wait(0.1)

    def wait(self):
        self.rig.board.wait(self.rng.choice((0.01, 0.05, 0.2, 0.6)))

    def upload(self):
        if self.ask(messages.STATUS)["state"] in (messages.IDLE, messages.DONE):
            self.rig.link.upload(self.rig.compiled.image)

    def charge(self):
        self.ask(messages.CHARGE)
        self.beats()

    def arm(self):
        right = self.rng.random() < 0.9
        answer = self.ask(messages.ARM, image_crc=self.rig.compiled.image_crc if right else 5)
        self.nonce = answer["nonce"] if answer else self.nonce

    def fire(self):
        right = self.rng.random() < 0.9
        before = self.rig.chip.ticks
        if self.ask(messages.FIRE, nonce=self.nonce if right else bytes(8)):
            assert right
            self.starts.append(before)

    def clear(self):
        status = self.ask(messages.STATUS)
        self.ask(messages.CLEAR, fault=status["fault"])

    def door(self):
        self.closed = self.rng.random() < 0.7
        self.rig.plant.interlock(self.closed)

    def ask_anything(self):
        code = self.rng.choice((messages.PAUSE, messages.ABORT, messages.LOG, messages.STAMPS, messages.ODOMETER,
                                messages.PROOF, messages.FAULT_LOG, messages.IDENTIFY))  # fmt: skip
        values = {
            messages.LOG: {"first": 0},
            messages.FAULT_LOG: {"first": 1},
            messages.STAMPS: {"ring": 0, "first": 0},
            messages.IDENTIFY: {"table_hash": messages.TABLE_HASH, "session": self.rig.link.session},
        }
        self.ask(code, **values.get(code, {}))

    def outside(self):
        self.rig.plant.set_level(self.rng.choice((pin.KEY_SWITCH, pin.TRIG_IN)), self.rng.randrange(2))

    def step(self):
        steps = (self.beats, self.wait, self.upload, self.charge, self.charge, self.arm, self.arm, self.fire, self.fire,
                 self.clear, self.clear, self.door, self.ask_anything, self.ask_anything, self.outside)  # fmt: skip
        self.rng.choice(steps)()
        status = self.rig.link.heartbeat()
        if status["state"] not in MAY_CHARGE:
            assert self.rig.level("CHARGE_EN") != 1, status
        assert status["fault"] not in OWN, faults.entry(status["fault"])
        assert self.rig.plant.bank_v < 360 * 1.03
        return status


@pytest.mark.parametrize("seeds", [(4, 5), pytest.param(range(20), marks=pytest.mark.long)], ids=["some", "many"])
@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_messages_in_any_order(device, seeds):
    ready = Rig(device).upload(TRAIN)
    boots = ready.link.identify()["boot_count"]

    def walk(seed):
        order = Order(ready, seed)
        for _ in range(STEPS):
            order.step()
        ready.board.wait(5)
        assert ready.link.identify()["boot_count"] == boots
        assert ready.plant.bank_v < 60 and ready.level("CHARGE_EN") != 1 and ready.level("TRIG_A") != 1
        rises = ready.pulses()[0]
        width = round(ready.compiled.duration_s * HZ)
        for rise in rises:
            assert any(0 < rise - start <= width + HZ // 10 for start in order.starts), (seed, rise)
        return order.taken, len(order.starts), len(rises)

    taken, starts, pulses = (sum(each) for each in zip(*(in_child(lambda s=s: walk(s)) for s in seeds), strict=True))
    assert taken > 10 * len(seeds) and starts >= 1 and pulses >= 3  # it does get that far
