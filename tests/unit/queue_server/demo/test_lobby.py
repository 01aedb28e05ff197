"""The played lobby: the same seed plays the same day, and nobody does two things at once."""

from itertools import pairwise
from random import Random

from queue_server.demo.lobby import CLERKS_MAX, WAITING_MAX, Act, Lobby, played_counters
from runtime.config import load_office
from runtime.paths import ASSETS
from tests.support.offices import office

OFFICE = office()


def play(seed: int, seconds: int, *, waiting: int = 5, answer: bool = True) -> list[tuple[float, Act]]:
    lobby, acts = Lobby(OFFICE, Random(seed)), []
    for tick in range(seconds * 5):
        now_s = tick / 5
        for act in lobby.step(now_s, waiting):
            acts.append((now_s, act))
            if act.verb == "call-next" and answer:
                lobby.called(int(str(act.fields["counter"])), "A001", now_s)
    return acts


def test_the_same_seed_plays_the_same_lobby() -> None:
    assert play(7, 120) == play(7, 120)
    assert play(7, 120) != play(8, 120)


def test_citizens_come_and_clerks_serve_in_order() -> None:
    acts = play(1, 600)
    assert sum(act.verb == "issue" for _, act in acts) > 100
    following = {
        "call-next": {"start", "no-show"},
        "start": {"finish"},
        "no-show": {"call-next"},
        "finish": {"call-next"},
    }
    for n in (1, 2, 3):
        verbs = [act.verb for _, act in acts if act.fields.get("counter") == n]
        assert verbs[0] == "call-next"
        assert len(verbs) > 20
        assert all(after in following[before] for before, after in pairwise(verbs))


def test_a_full_lobby_takes_nobody() -> None:
    assert not [act for _, act in play(1, 60, waiting=WAITING_MAX) if act.verb == "issue"]


def test_a_clerk_presses_again_only_after_the_command_before_was_given_up() -> None:
    """Two presses under way would call two visitors to one counter, and end the first one's visit."""
    pressed = [at for at, act in play(1, 60, answer=False) if act.fields.get("counter") == 1]
    assert len(pressed) > 3
    assert all(later - before > 5.0 for before, later in pairwise(pressed))


def test_some_counters_stay_free_for_visitors() -> None:
    many = office(counter=[{"n": n, "name": {"vi": "x"}, "skills": {"A": 1, "C": 1}} for n in range(1, 10)])
    assert len(Lobby(many, Random(1)).clerks) == CLERKS_MAX


def test_every_service_of_the_sample_has_a_played_clerk_and_counter_1_is_the_visitors() -> None:
    sample = load_office(ASSETS / "samples" / "office.toml")
    played = played_counters(sample)
    taken = {code for row in sample.counter if row.n in played for code in row.skills}
    assert (1 in played, taken) == (False, {service.code for service in sample.service})
    assert len(played) == CLERKS_MAX
