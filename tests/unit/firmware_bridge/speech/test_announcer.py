"""Order, repeats, languages, backlog, and never twice - on a clock that the test moves."""

import random
from dataclasses import dataclass, field, replace

import pytest

from firmware_bridge.speech.announcer import (
    CALL_GAP_MS,
    PENDING_MAX,
    RETRY_MS,
    SPOKEN_MAX,
    State,
    initial,
    step,
)
from firmware_bridge.speech.calls import (
    Call,
    Dropped,
    Effect,
    Event,
    Failed,
    Play,
    Played,
    Policy,
    Remember,
    Seen,
    Tick,
    Wake,
)

LENGTH_MS = 4_000


@dataclass
class Hall:
    """A lobby: plays what the announcer asks for, each announcement LENGTH_MS long, and writes down what was heard."""

    policy: Policy = field(default_factory=Policy)
    spoken: tuple[str, ...] = ()
    now_ms: int = 1_000_000
    broken: bool = False
    heard: list[str] = field(default_factory=list)
    starts_ms: list[int] = field(default_factory=list)
    chimes: list[bool] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    playing: Play | None = None
    ends_ms: int = 0
    wake_ms: int | None = None

    def __post_init__(self) -> None:
        self.state: State = initial(self.policy, self.spoken)

    def send(self, event: Event) -> None:
        self.state, effects = step(self.state, event, self.now_ms)
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case Play(call=call):
                assert self.playing is None, "two announcements at once"
                assert call.key in self.remembered, "spoken before it was written down"
                self.playing, self.ends_ms = effect, self.now_ms + (100 if self.broken else LENGTH_MS)
            case Wake(at_ms):
                self.wake_ms = at_ms
            case Remember(key):
                self.remembered.append(key)
            case Dropped(call, reason):
                self.dropped.append((call.number, reason))

    def see(self, *calls: Call) -> None:
        self.send(Seen(calls))

    def run(self, ms: int = 600_000) -> None:
        end = self.now_ms + ms
        while True:
            due = [t for t in (self.ends_ms if self.playing else None, self.wake_ms) if t is not None]
            if not due or min(due) > end:
                self.now_ms = end
                return
            self.now_ms = max(self.now_ms, min(due))
            if self.playing and self.now_ms >= self.ends_ms:
                self._finish(self.playing)
            else:
                self.wake_ms = None
                self.send(Tick())

    def _finish(self, play: Play) -> None:
        self.playing = None
        if self.broken:
            self.send(Failed(play.id))
            return
        self.heard.append(f"{play.call.number}/{play.call.counter} {play.lang}")
        self.starts_ms.append(self.ends_ms - LENGTH_MS)
        self.chimes.append(play.chime)
        self.send(Played(play.id))


def call(number: str, counter: int = 3, **more: object) -> Call:
    return Call(call_id=f"call-{number}", number=number, counter=counter, **more)  # type: ignore[arg-type]


def test_a_call_is_said_twice_with_the_gap_and_one_chime() -> None:
    hall = Hall()
    hall.see(call("A001"))
    hall.run()
    assert hall.heard == ["A001/3 vi", "A001/3 vi"]
    assert hall.starts_ms[1] - hall.starts_ms[0] == LENGTH_MS + 650
    assert hall.chimes == [True, False]


def test_it_begins_at_once() -> None:
    hall = Hall()
    hall.see(call("A001"))
    assert hall.playing is not None
    assert hall.playing.call.number == "A001"


def test_a_visitor_who_chose_english_hears_both_in_turn() -> None:
    hall = Hall()
    hall.see(call("A001", lang="en"))
    hall.run()
    assert hall.heard == ["A001/3 vi", "A001/3 en"] * 2
    assert hall.chimes == [True, False, False, False]


def test_the_same_snapshot_again_and_again_changes_nothing() -> None:
    hall = Hall()
    for _ in range(50):
        hall.see(call("A001"), call("A002", 4))
        hall.run(500)
    hall.run()
    assert hall.heard[:1] == ["A001/3 vi"]
    assert sorted(set(hall.heard)) == ["A001/3 vi", "A002/4 vi"]
    assert hall.heard.count("A001/3 vi") == 1  # the other waited: repeats went first
    assert hall.heard.count("A002/4 vi") == 2


def test_calls_are_spoken_in_their_order_and_repeats_give_way() -> None:
    hall = Hall()
    hall.see(*(call(f"A{n:03d}", n) for n in range(1, 9)))  # eight counters call in one second
    hall.run()
    assert hall.heard == [f"A{n:03d}/{n} vi" for n in range(1, 9)] + ["A008/8 vi"]
    gaps = {b - a - LENGTH_MS for a, b in zip(hall.starts_ms[:7], hall.starts_ms[1:8], strict=True)}
    assert gaps == {CALL_GAP_MS}


def test_second_language_gives_way_only_to_a_longer_backlog() -> None:
    hall = Hall()
    hall.see(*(call(f"A{n:03d}", n, lang="en") for n in (1, 2, 3)))
    hall.run()
    assert hall.heard == [
        "A001/1 vi",  # two wait: no second language
        "A002/2 vi", "A002/2 en",  # one waits: no repeat
        "A003/3 vi", "A003/3 en", "A003/3 vi", "A003/3 en",
    ]  # fmt: skip


def test_a_recall_is_one_more_announcement() -> None:
    hall = Hall()
    hall.see(call("A001"))
    hall.run()
    hall.see(call("A001", repeat=1))
    hall.run()
    assert hall.heard == ["A001/3 vi"] * 4
    hall.see(call("A001", repeat=0), call("A001", repeat=1))
    hall.run()
    assert len(hall.heard) == 4


def test_a_recall_during_the_announcement_replaces_its_repeats() -> None:
    hall = Hall()
    hall.see(call("A001"))
    hall.run(1_000)
    hall.see(call("A001", repeat=1))
    hall.run()
    assert hall.heard == ["A001/3 vi"] * 3


def test_a_recall_of_a_waiting_call_keeps_its_place() -> None:
    hall = Hall()
    hall.see(call("A001", 1), call("A002", 2), call("A003", 3))
    hall.see(call("A002", 2, repeat=1))
    hall.run()
    assert list(dict.fromkeys(hall.heard)) == ["A001/1 vi", "A002/2 vi", "A003/3 vi"]
    assert hall.dropped == [("A002", "recalled")]


def test_an_older_repeat_after_its_recall_is_not_news() -> None:
    hall = Hall()
    hall.see(call("A001", repeat=2))
    hall.see(call("A001", repeat=1))
    hall.run()
    assert hall.heard == ["A001/3 vi"] * 2


def test_a_late_old_snapshot_after_a_recall_is_not_news() -> None:
    hall = Hall()
    hall.see(call("A001", repeat=1))
    hall.run()
    hall.see(call("A001", repeat=0))
    hall.run()
    assert hall.heard == ["A001/3 vi"] * 2


@pytest.mark.parametrize("line", ["", "#", "call-A001", "call-A001#", "call-A001#x", "call-A001#-1", "call-A001#²"])
def test_a_damaged_line_of_the_memory_is_left_out(line: str) -> None:
    hall = Hall(spoken=(line, "call-A002#0"))
    hall.see(call("A001"), call("A002"))
    hall.run()
    assert hall.heard == ["A001/3 vi"] * 2


def test_nothing_is_replayed_after_a_restart() -> None:
    first = Hall()
    first.see(call("A001"), call("A002"))
    first.run(1_000)  # killed in the middle of A001
    second = Hall(spoken=tuple(first.remembered))
    second.see(call("A001"), call("A002"))
    second.run()
    assert second.heard == ["A002/3 vi"] * 2  # A002 was never begun, so it is due


@pytest.mark.parametrize(("age_ms", "said"), [(0, True), (120_000, True), (120_001, False), (10_000_000, False)])
def test_old_calls_of_a_first_snapshot_are_not_announced(age_ms: int, said: bool) -> None:
    hall = Hall()
    hall.see(call("A001", age_ms=age_ms))
    hall.run()
    assert bool(hall.heard) is said
    assert hall.dropped == ([] if said else [("A001", "stale")])


def test_a_call_that_was_served_meanwhile_is_dropped() -> None:
    hall = Hall()
    hall.see(call("A001", 1), call("A002", 2), call("A003", 3))
    hall.run(1_000)
    hall.see(call("A001", 1, live=False), call("A002", 2, live=False), call("A003", 3))
    hall.run()
    assert hall.heard == ["A001/1 vi", "A003/3 vi", "A003/3 vi"]  # A001 is not cut off, but not repeated
    assert hall.dropped == [("A002", "closed")]


def test_a_live_first_announcement_is_never_dropped_by_a_backlog() -> None:
    hall = Hall()
    calls = [call(f"A{n:03d}", n) for n in range(1, PENDING_MAX)]
    hall.see(*calls)
    hall.run()
    assert list(dict.fromkeys(hall.heard)) == [f"A{n:03d}/{n} vi" for n in range(1, PENDING_MAX)]


def test_the_queue_is_bounded() -> None:
    hall = Hall(broken=True)
    hall.see(call("A001"))
    hall.see(*(call(f"A{n:03d}") for n in range(2, PENDING_MAX + 11)))
    assert len(hall.state.turns) == PENDING_MAX
    assert [reason for _, reason in hall.dropped] == ["backlog"] * 10
    assert hall.dropped[0][0] == "A002"  # the first is being played


def test_a_failing_card_is_tried_again_and_then_speaks() -> None:
    hall = Hall(broken=True)
    hall.see(call("A001"))
    hall.run(3 * (RETRY_MS + 100) - 50)
    hall.broken = False
    hall.run()
    assert hall.heard == ["A001/3 vi"] * 2
    assert hall.chimes[0] is True


def test_a_card_away_for_an_hour_does_not_talk_for_ten_minutes() -> None:
    hall = Hall(broken=True)
    for n in range(1, 31):
        hall.see(call(f"A{n:03d}"))
        hall.run(120_000)
    hall.see(call("A031"))
    hall.broken = False
    hall.run()
    assert hall.heard == ["A031/3 vi"] * 2 or hall.heard == ["A030/3 vi", "A031/3 vi", "A031/3 vi"]
    assert {reason for _, reason in hall.dropped} == {"stale"}


def test_an_answer_for_another_announcement_is_ignored() -> None:
    hall = Hall()
    hall.see(call("A001"))
    hall.send(Played(99))
    hall.send(Failed(99))
    hall.run()
    assert len(hall.heard) == 2


def test_memory_of_spoken_calls_is_bounded_and_forgets_the_oldest() -> None:
    state = initial(Policy(), tuple(f"c{n}#0" for n in range(2 * SPOKEN_MAX)))
    assert len(state.spoken) == SPOKEN_MAX
    assert f"c{2 * SPOKEN_MAX - 1}" in state.spoken
    state, _ = step(state, Seen((call("A001", age_ms=10**9),)), 0)
    assert len(state.spoken) == SPOKEN_MAX


@pytest.mark.parametrize("rounds", [1, 2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_nobody_is_called_too_often(seed: int, rounds: int) -> None:
    """Random calls, repeated snapshots, restarts, broken cards: order kept, at most `rounds` each, live ones heard."""
    rng = random.Random(seed)
    policy = Policy(rounds=rounds)
    hall = Hall(policy)
    board: list[Call] = []
    heard: list[str] = []
    born: dict[str, int] = {}
    for n in range(1, 40):
        if rng.random() < 0.6:
            new = call(f"A{n:03d}", n, lang=rng.choice(["vi", "vi", "en"]))
            born[new.number] = hall.now_ms
            board.append(new)
        board = [one if rng.random() < 0.95 else replace(one, live=False) for one in board][-20:]
        hall.see(*(replace(one, age_ms=hall.now_ms - born[one.number]) for one in board))
        hall.broken = rng.random() < 0.1
        hall.run(rng.randrange(0, 9_000))
        if rng.random() < 0.05:
            heard += hall.heard
            hall = Hall(policy, tuple(hall.remembered) + hall.spoken, hall.now_ms)
    hall.broken = False
    hall.run()
    heard += hall.heard
    vietnamese = [text.split("/")[0] for text in heard if text.endswith("vi")]
    assert all(vietnamese.count(number) <= rounds for number in vietnamese)
    assert vietnamese == sorted(vietnamese)
    unheard = {one.number for one in board if one.live} - set(vietnamese)
    begun = {key[5:9] for key in (*hall.remembered, *hall.spoken)}  # cut off by a restart
    assert unheard <= {number for number, _ in hall.dropped} | begun
