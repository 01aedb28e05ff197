"""The book of lent numbers: which number, on which day, at what time, and never twice."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.messages.leases import HandedOver, LeaseBlock, LeaseGrant
from kiosk.flow import leases
from tests.support.lease_books import (
    EPOCH,
    HOUR_S,
    MONDAY,
    NINE,
    TUESDAY,
    ZONE,
    at,
    blocks,
    book,
    booted,
    give,
    grant,
    ms,
    wish,
)  # fmt: skip

DAY_H = 24.0


def test_numbers_come_in_order_from_todays_block_and_then_no_more() -> None:
    of, numbers = book(3), []
    for n in range(4):
        of, number = give(of, at(n / 60), f"touch-{n:04d}")
        numbers.append(number)
    assert numbers == ["A970", "A971", "A972", None], "tomorrow's numbers are for tomorrow"
    assert give(of, at(1), service="C")[1] == "C970"
    assert leases.spent(of) == {"A-mon": 972}


def test_an_unknown_service_and_an_empty_book_give_nothing() -> None:
    assert give(book(), at(0), service="Z")[1] is None
    assert give(replace(book(), blocks=()), at(0))[1] is None


def test_the_second_of_two_blocks_follows_the_first() -> None:
    more = replace(book(1), blocks=(*blocks(1), LeaseBlock("A-more", "A", MONDAY, 910, 911)))
    of, first = give(more, at(0), "touch-0001")
    of, second = give(of, at(0), "touch-0002")
    assert (first, second) == ("A970", "A910")


def test_what_was_used_stays_used_whatever_is_granted() -> None:
    of, _ = give(book(), at(0))
    empty = leases.granted(of, LeaseGrant(EPOCH, MONDAY, TUESDAY, ()))
    assert give(empty, at(0))[1] is None
    again = leases.granted(empty, grant())
    assert give(again, at(0), "touch-0002")[1] == "A971"
    assert leases.granted(of, LeaseGrant("another-epoch", MONDAY, TUESDAY, ())) == of


def test_the_day_changes_with_the_servers_time_and_the_last_day_ends() -> None:
    assert give(book(), at(14.9))[1] == "A970"
    assert give(book(), at(15))[1] == "A940", "midnight in the office"
    assert give(book(), at(15 + DAY_H))[1] is None


@pytest.mark.parametrize("wall_hours", [-24 * 365 * 50, -30, 0.0, 30, 24 * 365])
def test_a_wall_clock_that_jumps_means_nothing_once_the_server_was_heard(wall_hours: float) -> None:
    now = at(2, wall_hours=wall_hours)
    assert leases.server_ms(book(), now) == ms(NINE) + 2 * 3_600_000
    assert give(book(), now)[1] == "A970"


@pytest.mark.parametrize(
    ("off_hours", "wall_hours", "number"),
    [
        (4, 4, "A970"),  # a good clock, the same day
        (22, 22, "A940"),  # a good clock, the next morning
        (46, 46, None),  # a good clock, a day we have nothing for: others may have those numbers by then
        (24 * 90, 24 * 90, None),  # back after three months
        (22, 0.01, "A940"),  # no battery: it goes on from where it was switched off
        (0.02, 0.02, "A940"),  # or it was really off for a minute: tomorrow's number is as good
        (22, -24 * 365 * 56, "A940"),  # 1970
        (22, 24 * 365 * 30, "A940"),  # gone wild
    ],
)
def test_a_start_without_the_server(off_hours: float, wall_hours: float, number: str | None) -> None:
    now = at(off_hours, mono_s=20.0, wall_hours=wall_hours)
    assert give(booted(book(), now), now)[1] == number


def test_without_a_clock_numbers_end_with_the_latest_day_not_with_the_first() -> None:
    now = at(22, mono_s=20.0, wall_hours=0.01)
    of = booted(book(1), now)
    of, first = give(of, now, "touch-0001")
    assert (first, give(of, now, "touch-0002")[1]) == ("A940", None), "Monday's may be another kiosk's by now"


def test_time_never_goes_back_behind_what_was_heard() -> None:
    now = at(22, mono_s=20.0, wall_hours=-24 * 365 * 56)
    of = booted(book(), now)
    assert leases.server_ms(of, now) == ms(NINE)
    assert leases.server_ms(of, now._replace(mono_s=80.0)) == ms(NINE) + 60_000
    assert leases.past_ms(of, at(22, mono_s=80.0, wall_hours=22)) == ms(NINE) + 60_000, "a guess is not kept as past"


def test_a_clock_put_right_while_cut_off_is_believed_from_then_on() -> None:
    start = at(22, mono_s=20.0, wall_hours=0.0)
    of = booted(book(), start)
    assert leases.lending_day(of, start, ZONE) == TUESDAY
    assert leases.lending_day(of, at(22, mono_s=30.0, wall_hours=4), ZONE) == MONDAY
    assert leases.lending_day(of, at(22, mono_s=30.0, wall_hours=46), ZONE) == "2026-11-25"


def test_guessed_times_become_true_when_the_server_is_heard() -> None:
    start = at(22, mono_s=20.0, wall_hours=0.0)
    of = booted(book(), start)
    for n, mono_s in enumerate((100.0, 160.0, 160.0)):
        of, _ = give(of, start._replace(mono_s=mono_s), f"touch-{n:04d}")
    heard_ms = ms(NINE) + 22 * 3_600_000
    told = leases.heard(of, heard_ms, start._replace(mono_s=220.0))
    assert [heard_ms - s.ticket.taken_ms for s in told.tickets] == [120_000, 60_001, 60_000]
    assert all(s.sure for s in told.tickets)
    assert told.sure


def test_a_ticket_is_never_later_than_the_server_says_nor_out_of_order() -> None:
    of = book()
    for n in range(3):
        of, _ = give(of, at(2), f"touch-{n:04d}")
    told = leases.heard(of, ms(NINE), at(2))  # the server's clock was set back two hours
    assert [s.ticket.taken_ms - ms(NINE) for s in told.tickets] == [-2, -1, 0]
    after, _ = give(told, at(2), "touch-0009")
    assert after.tickets[-1].ticket.taken_ms > told.tickets[-1].ticket.taken_ms


@for_all(st.lists(st.tuples(st.floats(-5, 5), st.floats(-9000, 9000)), max_size=30))
def test_whatever_the_clocks_do_a_number_is_given_once_and_in_order(steps: list[tuple[float, float]]) -> None:
    of, numbers, mono_s = booted(book(9), at(0, mono_s=0.0)), [], 0.0
    for n, (forward_h, wall_hours) in enumerate(steps):
        mono_s += abs(forward_h) * HOUR_S
        now = at(0, mono_s=mono_s, wall_hours=wall_hours)
        of, number = give(of, now, f"touch-{n:04d}")
        numbers += [number] if number else []
        if forward_h < -4:
            of = leases.heard(of, ms(NINE) + round(forward_h * 100_000), now)
    assert len(set(numbers)) == len(numbers)
    times = [s.ticket.taken_ms for s in of.tickets]
    assert times == sorted(set(times))


def test_only_what_somebody_has_is_handed_over_in_order() -> None:
    of = book()
    for n, given in enumerate((True, False, True)):
        lent = leases.next_number(of, "A", at(0), ZONE)
        assert lent is not None
        of, _ = leases.take(of, lent, wish(f"touch-{n:04d}"), at(0), given=given)
    assert [t.number for t in leases.to_hand_over(of, 50)] == ["A970"], "the one behind waits for its paper"
    ready = leases.given(of, "touch-0001")
    assert [t.number for t in leases.to_hand_over(ready, 50)] == ["A970", "A971", "A972"]
    assert [t.number for t in leases.to_hand_over(ready, 2)] == ["A970", "A971"]
    assert [s.ticket.number for s in leases.dropped(ready, frozenset({"touch-0001"})).tickets] == ["A970", "A972"]


def test_a_refusal_is_final_unless_it_says_nothing_about_the_ticket() -> None:
    outcomes = (
        HandedOver("one", "A970", accepted=True),
        HandedOver("two", "A971", accepted=False, code="lease_unknown"),
        HandedOver("three", "A972", accepted=False, code="storage_unavailable"),
    )
    ids, refused = leases.settled(outcomes)
    assert ids == {"one", "two"}
    assert [r.number for r in refused] == ["A971"]


def test_half_spent() -> None:
    of, seen = book(4), []
    for n in range(4):
        seen.append(leases.half_spent(of, "A", at(0), ZONE))
        of, _ = give(of, at(0), f"touch-{n:04d}")
    assert seen == [False, False, True, True]
    assert not leases.half_spent(of, "Z", at(0), ZONE)
