"""The press desk with a clock in the test's hand and a sender that remembers."""

from collections.abc import Callable

import pytest

from contracts.errors import Rejected
from contracts.messages.counters import CallNext, CounterCommand, NoShow, Recall
from contracts.messages.replies import Reply
from firmware_bridge.buttons.gestures import DOUBLE_MS, LONG_MS
from firmware_bridge.buttons.model import ButtonPress, Edge, Gesture, Heard
from firmware_bridge.service.press_desk import INBOX_MAX, PressDesk, _Item
from runtime.clock import Clock


class Rig:
    """A desk, its clock and what it sent."""

    def __init__(self, *, full: bool = False) -> None:
        self.now_s = 100.0
        self.sent: list[tuple[str, CounterCommand, float]] = []
        self.problems: list[tuple[str, str | None]] = []
        self._full = full
        ids = iter(f"press-{n:04d}" for n in range(100))
        self.desk = PressDesk(
            {"box": {1: 3, 2: 4}},
            self,
            Clock(lambda: 0, lambda: self.now_s),
            lambda: next(ids),
            lambda device, why: self.problems.append((device, why.code if isinstance(why, Rejected) else None)),
        )

    def send(self, verb: str, message: CounterCommand, done: Callable[[Reply | None], None], *, ttl_s: float) -> bool:
        if not self._full:
            self.sent.append((verb, message, round(ttl_s, 3)))
        return not self._full

    def tick(self) -> None:
        pass

    def hear(self, heard: Heard, *, late_s: float = 0, retained: bool = False) -> None:
        item = _Item(heard, self.now_s, retained)
        self.now_s += late_s
        self.desk.work(item)

    def wait(self, ms: int) -> None:
        for _ in range(ms // 50):
            self.now_s += 0.05
            self.desk.work(None)


def press(gesture: Gesture = Gesture.SINGLE, button: int = 1, device: str = "box") -> ButtonPress:
    return ButtonPress(device, button, gesture)


@pytest.mark.parametrize(
    ("gesture", "verb", "kind"),
    [(Gesture.SINGLE, "call-next", CallNext), (Gesture.DOUBLE, "recall", Recall), (Gesture.LONG, "no-show", NoShow)],
)
def test_a_press_is_one_command(gesture: Gesture, verb: str, kind: type[CounterCommand]) -> None:
    rig = Rig()
    rig.hear(press(gesture))
    assert rig.sent == [(verb, kind(id="press-0000", counter=3), 3.0)]
    assert rig.problems == [("box", None)]


def test_bouncing_is_one_command_later_presses_are_more() -> None:
    rig = Rig()
    for _ in range(3):
        rig.hear(press(), late_s=0.1)
    rig.now_s += 0.3
    rig.hear(press())
    assert [message.id for _, message, _ in rig.sent] == ["press-0000", "press-0001"]
    assert rig.desk.counts["bounced"] == 2


def test_a_retained_press_calls_nobody() -> None:
    rig = Rig()
    rig.hear(press(), retained=True)
    assert rig.sent == []
    assert rig.desk.counts["retained"] == 1


def test_an_old_press_is_dropped_a_slow_one_keeps_what_is_left_of_its_time() -> None:
    rig = Rig()
    rig.hear(press(), late_s=3.1)
    assert rig.sent == []
    assert rig.desk.counts["stale"] == 1
    rig.hear(press(button=2), late_s=1.0)
    assert rig.sent[0][2] == 2.0


def test_an_unmapped_button_is_told_and_a_mapped_one_heals_it() -> None:
    rig = Rig()
    rig.hear(press(button=9))
    rig.hear(press())
    assert rig.problems == [("box", "unmapped_button"), ("box", None)]
    assert len(rig.sent) == 1


def test_a_full_sender_is_told() -> None:
    rig = Rig(full=True)
    rig.hear(press())
    assert rig.problems == [("box", "busy")]


def test_an_edge_wire_makes_gestures() -> None:
    rig = Rig()
    rig.hear(Edge("box", 1, False), retained=True)  # where the wire stands
    rig.hear(Edge("box", 1, True))
    rig.wait(100)
    rig.hear(Edge("box", 1, False))
    assert rig.sent == []
    rig.wait(DOUBLE_MS + 100)
    assert [verb for verb, _, _ in rig.sent] == ["call-next"]
    rig.hear(Edge("box", 1, True))
    rig.wait(LONG_MS + 100)
    assert [verb for verb, _, _ in rig.sent] == ["call-next", "no-show"]


def test_a_retained_edge_after_the_first_is_no_press() -> None:
    rig = Rig()
    rig.hear(Edge("box", 1, False))
    rig.hear(Edge("box", 1, True), retained=True)
    rig.wait(2_000)
    assert rig.sent == []


def test_a_one_key_box() -> None:
    rig = Rig()
    for _ in range(2):
        rig.hear(Edge("box", 1, True, momentary=True))
        rig.hear(Edge("box", 1, False, momentary=True))
        rig.wait(200)
    assert [verb for verb, _, _ in rig.sent] == ["recall"]


def test_a_flood_is_bounded() -> None:
    rig = Rig()
    for _ in range(INBOX_MAX + 5):
        rig.desk.put(press())
    assert rig.desk.counts["overflow"] == 5
    rig.desk.start()
    rig.desk.stop()
    assert not rig.desk._thread.is_alive()


def test_outcomes_are_counted() -> None:
    from contracts.messages.common import ErrorReply
    from runtime.clock import utc

    desk = Rig().desk
    desk._done("x", None)
    desk._done("x", Reply(id="x", verb="recall", ok=True, at=utc(0)))
    desk._done("x", Reply(id="x", verb="recall", ok=False, at=utc(0), error=ErrorReply("no_current_ticket")))
    assert desk.counts == {"unanswered": 1, "done": 1, "refused": 1}
