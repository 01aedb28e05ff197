"""The sign bus as tables of events and what they bring; time is a number."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Rejected
from firmware_bridge.protocols.registry import driver
from firmware_bridge.sessions import sign_bus
from firmware_bridge.sessions.sign_model import (
    WRITE_MS_MAX,
    Bus,
    Effect,
    Event,
    Health,
    LinkDown,
    LinkUp,
    Reopen,
    Shown,
    SignPlace,
    Stop,
    Stopped,
    Tick,
    Want,
    Write,
    Written,
)

PLACES = (SignPlace("sign-1", 0x20, 6), SignPlace("sign-2", 0x21, 6))


def candle_bus(**changes: int) -> Bus:
    return Bus("bus-1", driver("candle"), PLACES, changes.get("silent_ms", 200), changes.get("refresh_ms", 60_000))


@dataclass
class Rig:
    """Runs the session against a port that writes at once; remembers what went over the wire and what was said."""

    bus: Bus = field(default_factory=candle_bus)
    now_ms: int = 1_000
    wire: list[tuple[int, str]] = field(default_factory=list)
    said: list[Effect] = field(default_factory=list)
    port_answers: bool = True

    def __post_init__(self) -> None:
        self.state = sign_bus.start(self.bus)

    def do(self, event: Event) -> None:
        self.state, effects = sign_bus.step(self.bus, self.state, event, self.now_ms)
        for effect in effects:
            if isinstance(effect, Write):
                self.wire.append((self.now_ms, effect.frame.hex(" ")))
                if self.port_answers:
                    self.do(Written(effect.seq))
            else:
                self.said.append(effect)

    def until(self, end_ms: int) -> None:
        while (wake := sign_bus.wake_at_ms(self.state)) is not None and wake <= end_ms:
            assert wake >= self.now_ms or sign_bus.step(self.bus, self.state, Tick(), self.now_ms)[0] != self.state
            self.now_ms = max(wake, self.now_ms)
            self.do(Tick())
        self.now_ms = end_ms

    @property
    def frames(self) -> list[str]:
        return [frame for _, frame in self.wire]


A1 = "01 20 20 41 30 30 31 20 20 07"
A2 = "01 20 20 41 30 30 32 20 20 07"
C7 = "01 21 20 43 30 30 37 20 20 07"
BLANK_1 = "01 20 20 20 20 20 20 20 20 07"


def test_nothing_is_written_while_the_port_is_closed() -> None:
    rig = Rig()
    rig.do(Want("sign-1", "A001"))
    rig.until(10_000)
    assert rig.wire == []
    rig.do(LinkUp())
    assert rig.frames == [A1]
    assert rig.said == [Health("bus-1"), Shown("sign-1", "A001")]


def test_frames_keep_their_distance() -> None:
    rig = Rig()
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.do(Want("sign-2", "C007"))
    rig.until(2_000)
    assert rig.wire == [(1_000, A1), (1_200, C7)]


def test_only_the_latest_of_many_texts_is_written() -> None:
    rig = Rig()
    rig.do(LinkUp())
    for text in ("C007", "A009", "A008", "A002"):
        rig.do(Want("sign-1" if text != "C007" else "sign-2", text))
    rig.until(2_000)
    assert rig.frames == [C7, A2]


def test_identical_text_is_suppressed() -> None:
    rig = Rig()
    rig.do(LinkUp())
    for _ in range(3):
        rig.do(Want("sign-1", "A001"))
        rig.until(rig.now_ms + 500)
    assert rig.frames == [A1]


def test_everything_is_pushed_again_after_a_reconnect() -> None:
    rig = Rig()
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.do(Want("sign-2", "C007"))
    rig.until(2_000)
    rig.do(LinkDown("gone"))
    rig.do(Want("sign-1", "A002"))
    rig.do(LinkUp())
    rig.until(3_000)
    assert rig.frames == [A1, C7, A2, C7] or rig.frames == [A1, C7, C7, A2]
    assert Health("bus-1", "device_unreachable", "gone") in rig.said


def test_blind_signs_are_refreshed_without_being_announced_again() -> None:
    rig = Rig(candle_bus(refresh_ms=10_000))
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.until(31_500)
    assert rig.frames == [A1] * 4
    assert rig.said.count(Shown("sign-1", "A001")) == 1


def test_a_new_call_overtakes_the_refresh() -> None:
    rig = Rig(candle_bus(refresh_ms=10_000))
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.do(Want("sign-2", "C007"))
    rig.until(11_000)  # the refresh has just begun with one of them
    rig.wire.clear()
    rig.do(Want("sign-1", "A002"))
    rig.until(11_500)
    assert rig.frames[0] == A2


def test_a_call_blinks_a_replayed_wish_does_not() -> None:
    rig = Rig()
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001", 5))
    rig.do(Want("sign-2", "C007", 5, live=False))
    rig.until(2_000)
    assert rig.frames == ["01 20 26 41 30 30 31 20 20 07", C7]


def test_a_sign_that_counts_is_not_told_to_stop_blinking() -> None:
    rig = Rig()
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001", 3))
    rig.until(30_000)
    assert len(rig.wire) == 1
    rig.do(Want("sign-1", "A001", 3))  # a recall: the same text blinks once more
    assert len(rig.wire) == 2
    rig.do(Want("sign-1", "A001", 3, live=False))  # heard again on a reconnect of the broker
    rig.until(31_000)
    assert len(rig.wire) == 2


def test_a_sign_that_cannot_count_is_told_to_stand_still() -> None:
    rig = Rig(Bus("bus-1", driver("alpha"), (SignPlace("hall", 1, 121),), 200, 600_000))
    rig.do(LinkUp())
    rig.do(Want("hall", "A001 > 3", 3))
    rig.until(20_000)
    texts = [bytes.fromhex(frame) for frame in rig.frames]
    assert [b"E$" in t for t in texts] == [True, False, False, False]  # memory, TEXT, flashing STRING, steady STRING
    assert b"\x071A001 > 3\x070" in texts[2]
    assert b"G1A001 > 3\x03" in texts[3]
    assert rig.wire[3][0] >= rig.wire[0][0] + 3_000


def test_setup_comes_again_after_a_reconnect_only() -> None:
    rig = Rig(Bus("bus-1", driver("alpha"), (SignPlace("hall", 1, 121),), 200, 5_000))
    rig.do(LinkUp())
    rig.do(Want("hall", "A001"))
    rig.until(20_000)
    assert sum("45 24" in frame for frame in rig.frames) == 1  # E$
    rig.do(LinkDown())
    rig.do(LinkUp())
    rig.until(21_000)
    assert sum("45 24" in frame for frame in rig.frames) == 2


@pytest.mark.parametrize(("text", "code"), [("R001", "bad_glyph"), ("A001<12", "text_too_long")])
def test_a_text_the_sign_cannot_show_darkens_it_and_is_told(text: str, code: str) -> None:
    rig = Rig()
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.until(2_000)
    rig.do(Want("sign-1", text))
    rig.until(3_000)
    assert rig.frames[-1] == BLANK_1
    assert [(e.device, e.code) for e in rig.said if isinstance(e, Health)][-1] == ("sign-1", code)
    rig.do(Want("sign-1", "A001"))
    rig.until(4_000)
    assert rig.frames[-1] == A1
    assert [(e.device, e.code) for e in rig.said if isinstance(e, Health)][-1] == ("sign-1", None)


def test_a_hanging_write_reopens_the_port() -> None:
    rig = Rig(port_answers=False)
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.until(1_000 + WRITE_MS_MAX - 1)
    assert Reopen() not in rig.said
    rig.until(1_000 + WRITE_MS_MAX)
    assert rig.said[-2:] == [Health("bus-1", "device_unreachable", "a write hangs"), Reopen()]
    rig.port_answers = True
    rig.do(LinkUp())
    assert rig.frames == [A1, A1]


def test_a_late_answer_of_a_dead_link_is_ignored() -> None:
    rig = Rig(port_answers=False)
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.do(LinkDown())
    rig.do(Written(1))
    assert Shown("sign-1", "A001") not in rig.said


def test_stop_blanks_what_was_shown_then_says_stopped() -> None:
    rig = Rig()
    rig.do(LinkUp())
    rig.do(Want("sign-1", "A001"))
    rig.until(2_000)
    rig.do(Stop())
    rig.until(3_000)
    assert rig.frames == [A1, BLANK_1]
    assert rig.said[-1] == Stopped()
    rig.do(Want("sign-1", "A002"))
    assert rig.frames == [A1, BLANK_1]


def test_stop_with_a_dead_port_ends_at_once() -> None:
    rig = Rig()
    rig.do(Want("sign-1", "A001"))
    rig.do(Stop())
    assert rig.said == [Stopped()]


def test_unknown_sign_changes_nothing() -> None:
    rig = Rig()
    before = rig.state
    rig.do(Want("sign-9", "A001"))
    assert rig.state == before


def test_a_bus_with_an_impossible_address_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        Bus("bus-1", driver("candle"), (SignPlace("s", 1, 6),), 200, 1_000)
    assert refusal.value.code == "malformed"


events = st.lists(
    st.one_of(
        st.builds(
            Want, st.sampled_from(["sign-1", "sign-2"]), st.sampled_from(["A001", "C002", ""]), st.sampled_from([0, 3])
        ),
        st.just(LinkUp()),
        st.just(LinkDown()),
        st.integers(0, 40_000),  # let time pass
    ),
    max_size=30,
)


@given(events)
def test_signs_end_up_right_whatever_happened(history: list[Event | int]) -> None:
    """Invariants: frames keep their distance; once the link is up and time passes, every sign has its latest text."""
    rig, wanted = Rig(), {}
    for event in history:
        if isinstance(event, int):
            rig.until(rig.now_ms + event)
            continue
        if isinstance(event, Want):
            wanted[event.sign] = event.text
        rig.do(event)
    rig.do(LinkUp())
    rig.until(rig.now_ms + 5_000)
    for place in PLACES:
        if place.sign in wanted:
            last = [f for f in rig.frames if bytes.fromhex(f)[1] == place.address][-1]
            assert bytes.fromhex(last)[3:-1].decode().rstrip() == wanted[place.sign]
    times = [at for at, _ in rig.wire]
    assert all(later - earlier >= rig.bus.silent_ms for earlier, later in itertools.pairwise(times))
    assert sign_bus.wake_at_ms(rig.state) is not None


@pytest.mark.parametrize("family", ["candle", "candle-plain", "alpha"])
@given(text=st.text(max_size=64), blink=st.integers(-(2**40), 2**40), live=st.booleans())
def test_no_wish_breaks_a_bus(family: str, text: str, blink: int, live: bool) -> None:
    rig = Rig(Bus("bus-1", driver(family), (SignPlace("sign-1", 0x20, 6),), 200, 60_000))
    rig.do(LinkUp())
    rig.do(Want("sign-1", text, blink, live))
    rig.until(rig.now_ms + 2_000)
    assert rig.frames
