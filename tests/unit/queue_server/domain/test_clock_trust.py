"""The table of clocks: which are believed, which ask a person."""

from dataclasses import dataclass

import pytest

from contracts.messages.tickets import IssueTicket
from queue_server.domain.clock_trust import BOOT_GAP_MS_MAX, FAR_MS_MAX, ClockTrust, after_boot, judge
from queue_server.domain.model import OfficeState
from tests.support.offices import DAY, T0, Desk, fresh_state, office

ZONE = "Asia/Ho_Chi_Minh"
HOUR = 3_600_000
DAY_MS = 24 * HOUR
RUN = 5_000_000  # running time at T0
TRUST = ClockTrust(T0 - RUN)


def waiting() -> OfficeState:
    """DAY, with one ticket that waits."""
    desk = Desk()
    desk.do(IssueTicket(id="touch-0001", service="A"))
    return desk.state


@dataclass(frozen=True)
class Row:
    """`passed`: running time since T0; `shown`: what the clock says has passed."""

    what: str
    passed: int
    shown: int
    jumped: bool


# fmt: off
ROWS = (
    Row("nothing happened",                 5_000,       5_000,               False),
    Row("a correction of a minute",         5_000,       65_000,              False),
    Row("7 h back",                         5_000,       -7 * HOUR,           False),
    Row("2 days back",                      5_000,       -2 * DAY_MS,         False),
    Row("20 h ahead: over midnight",        5_000,       20 * HOUR,           False),
    Row("a day ahead, just not more",       5_000,       DAY_MS + 5_000,      False),
    Row("a day and a bit ahead",            5_000,       DAY_MS + 6_000,      True),
    Row("half a year ahead, just not more", 5_000,       FAR_MS_MAX + 5_000,  True),
    Row("a year ahead",                     5_000,       365 * DAY_MS,        True),
    Row("asleep over a week-end",           63 * HOUR,   63 * HOUR,           False),
    Row("a year asleep",                    365 * DAY_MS, 365 * DAY_MS,       False),
)  # fmt: skip
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_jump_over_the_day_with_somebody_waiting_asks(row: Row) -> None:
    wall_ms, running_ms = T0 + row.shown, RUN + row.passed
    trust = judge(TRUST, wall_ms, running_ms, waiting(), ZONE)
    assert trust.jumped is row.jumped
    assert trust.office_ms(wall_ms, running_ms) == (T0 + row.passed if row.jumped else wall_ms)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_nobody_is_asked_where_nobody_waits(row: Row) -> None:
    wall_ms = T0 + row.shown
    for state in (fresh_state(office()), OfficeState()):
        trust = judge(TRUST, wall_ms, RUN + row.passed, state, ZONE)
        far = bool(state.day) and row.shown - row.passed > FAR_MS_MAX
        assert trust.jumped is far
        assert trust.office_ms(wall_ms, RUN + row.passed) == (T0 + row.passed if far else wall_ms)


def test_the_day_goes_on_while_nobody_has_confirmed_and_ends_at_its_own_midnight() -> None:
    wall_ms, state = T0 + 365 * DAY_MS, waiting()
    trust = TRUST
    for hours in range(14):
        running_ms = RUN + hours * HOUR
        trust = judge(trust, wall_ms + hours * HOUR, running_ms, state, ZONE)
        assert trust.jumped
        assert trust.office_ms(wall_ms + hours * HOUR, running_ms) == T0 + hours * HOUR


def test_who_leaves_meanwhile_does_not_make_the_clock_right() -> None:
    """The jump was seen with people waiting; the day must not end in the moment in which the last one is served."""
    jumped = judge(TRUST, T0 + 365 * DAY_MS, RUN, waiting(), ZONE)
    assert judge(jumped, T0 + 365 * DAY_MS, RUN, fresh_state(office()), ZONE) is jumped


def test_a_clock_that_comes_back_is_believed_again() -> None:
    jumped = judge(TRUST, T0 + 365 * DAY_MS, RUN, waiting(), ZONE)
    back = judge(jumped, T0 + HOUR + 200, RUN + HOUR, waiting(), ZONE)
    assert back == ClockTrust(T0 + 200 - RUN)


def test_a_clock_that_was_wrong_in_the_past_may_come_back_to_today() -> None:
    """Two days back, then right again: ahead by two days, but no day ends by it."""
    back = judge(TRUST, T0 - 2 * DAY_MS, RUN, waiting(), ZONE)
    assert not judge(back, T0, RUN, waiting(), ZONE).jumped


def test_small_corrections_are_no_news() -> None:
    assert judge(TRUST, T0 + 5_400, RUN + 5_000, waiting(), ZONE) is TRUST
    assert judge(TRUST, T0 + 6_400, RUN + 5_000, waiting(), ZONE) == ClockTrust(T0 - RUN + 1_400)


@pytest.mark.parametrize(
    ("gap_ms", "jumped"),
    [
        (HOUR, False),
        (63 * HOUR, False),  # Friday's leftovers on Monday morning
        (10 * DAY_MS, False),  # Tết
        (BOOT_GAP_MS_MAX, False),
        (BOOT_GAP_MS_MAX + 1, True),
        (365 * DAY_MS, True),
        (-365 * DAY_MS, False),
    ],
)
def test_after_a_start_of_the_machine_only_months_ask(gap_ms: int, jumped: bool) -> None:
    state = waiting()
    wall_ms = state.at_ms + gap_ms
    trust = after_boot(wall_ms, 60_000, state, ZONE)
    assert trust.jumped is jumped
    assert trust.office_ms(wall_ms, 60_000) == (state.at_ms if jumped else wall_ms)
    assert after_boot(wall_ms, 60_000, fresh_state(office()), ZONE).jumped is (gap_ms > FAR_MS_MAX)
    assert not after_boot(wall_ms, 60_000, OfficeState(), ZONE).jumped


@pytest.mark.parametrize("state", [waiting(), fresh_state(office())], ids=["leftovers", "nobody"])
def test_a_machine_that_started_with_a_dead_clock_needs_nobody_once_the_time_server_has_spoken(
    state: OfficeState,
) -> None:
    """On Friday it was switched off; on Monday it starts a year ahead, and seconds later its clock is right."""
    monday_ms = state.at_ms + 63 * HOUR
    trust = after_boot(monday_ms + 365 * DAY_MS, 60_000, state, ZONE)
    trust = judge(trust, monday_ms + 365 * DAY_MS + 5_000, 65_000, state, ZONE)
    assert trust.jumped
    trust = judge(trust, monday_ms + 10_000, 70_000, state, ZONE)
    assert trust == ClockTrust(monday_ms - 60_000)


def test_the_sample_day_is_what_this_table_takes_it_for() -> None:
    assert waiting().day == DAY
