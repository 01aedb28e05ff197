"""The state's big mappings: forks that share what they do not change, and lanes that are copied when one changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages.tickets import CancelTicket, IssueTicket
from queue_server.domain import layered
from queue_server.domain.layered import Layered
from tests.support.offices import Desk

KEYS = st.integers(0, 12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), KEYS, st.integers()),
        st.tuples(st.just("fork"), st.just(0), st.just(0)),
        st.tuples(st.just("clear"), st.just(0), st.just(0)),
        st.tuples(st.just("back"), st.just(0), st.just(0)),
    ),
    max_size=60,
)


@given(STEPS)
def test_it_is_a_dict_and_no_fork_sees_another(steps: list[tuple[str, int, int]]) -> None:
    """Against plain dicts; "back" goes on with the one that was forked from, as after a commit that failed."""
    before, layered.TOP_MAX = layered.TOP_MAX, 3
    try:
        _play(steps)
    finally:
        layered.TOP_MAX = before


def _play(steps: list[tuple[str, int, int]]) -> None:
    all_of: list[tuple[Layered[int, int], dict[int, int]]] = [(Layered(), {})]
    for what, key, value in steps:
        made, model = all_of[-1]
        if what == "set":
            made[key] = model[key] = value
        elif what == "clear":
            made.clear()
            model.clear()
        elif what == "fork":
            all_of.append((made.fork(), dict(model)))
        elif len(all_of) > 1:
            all_of.insert(0, all_of.pop())
    for made, model in all_of:
        assert made == model
        assert list(made.items()) == list(model.items())
        assert (len(made), bool(made), repr(made)) == (len(model), bool(model), repr(model))
        assert [made.get(key, "none") for key in range(13)] == [model.get(key, "none") for key in range(13)]
        assert [key in made for key in range(13)] == [key in model for key in range(13)]


def test_what_is_not_in_it_is_a_key_error_and_one_entry_is_not_deleted() -> None:
    made: Layered[str, int] = Layered()
    made["a"] = 1
    with pytest.raises(KeyError):
        made["b"]
    with pytest.raises(TypeError):
        del made["a"]


def test_a_fork_changes_its_own_lanes_only() -> None:
    desk = Desk()
    for _ in range(3):
        desk.do(IssueTicket(id="command-1", service="A"))
    before = desk.state
    lanes = {name: list(lane) for name, lane in before.lanes.items()}
    desk.state = before.fork()
    desk.do(IssueTicket(id="command-2", service="A"))
    desk.do(CancelTicket(id="command-3", token=next(iter(before.tickets.values())).token))
    assert before.lanes == lanes
    assert [key[1] for key in desk.state.lanes[("A", "normal")]] == ["A002", "A003", "A004"]
    assert (before.waiting("A"), desk.state.waiting("A"), desk.state.waiting("C")) == (3, 3, 0)
    desk.state = before  # the commit failed: the next batch begins anew, from a state that was forked before
    again = before.fork()
    before.own_lane(("A", "normal")).clear()
    assert again.lanes == lanes
