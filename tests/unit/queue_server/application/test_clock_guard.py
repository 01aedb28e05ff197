"""The guard between the machine's clock and the office: what it holds back, lets through, and leaves behind."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from contracts.messages.office_day import ConfirmDay
from contracts.messages.tickets import IssueTicket
from queue_server.adapters.witness_file import WitnessFile
from queue_server.application.clock_guard import ClockGuard, Witness
from queue_server.application.unit_of_work import Batch, Command, decide_batch
from queue_server.domain import events as ev
from queue_server.domain.model import OfficeState
from runtime.clock import Clock
from tests.support.offices import DAY, T0, Counted, fresh_state, office

ZONE = "Asia/Ho_Chi_Minh"
HOUR = 3_600_000
DAY_MS = 24 * HOUR
NEXT_YEAR = "2027-11-23"


class Machine:
    """Its clock can be set; its running time only passes."""

    def __init__(self, folder: Path) -> None:
        self.wall_ms, self.running_ms = T0, 1_000_000
        self.clock = Clock(lambda: self.wall_ms, lambda: self.running_ms / 1000, lambda: self.running_ms)
        self.file = folder / "run" / "clock.json"
        self.boot = folder / "boot_id"
        self.boot.write_text("boot-1\n")
        self.state = fresh_state(office(), DAY, T0)

    def guard(self) -> ClockGuard:
        """A server starts."""
        guard = ClockGuard(self.clock, ZONE, WitnessFile(self.file, self.boot))
        guard.watch(lambda: self.state)
        return guard

    def passes(self, ms: int) -> None:
        """Time, as it does."""
        self.wall_ms += ms
        self.running_ms += ms

    def reboots(self, off_ms: int = 60_000) -> None:
        """Another run of the machine."""
        self.boot.write_text("boot-2\n")
        self.wall_ms += off_ms
        self.running_ms = 20_000

    def decides(self, guard: ClockGuard, *commands: Command) -> Batch:
        """One batch of the writer at the guard's time."""
        batch = decide_batch(self.state, office(), commands, {}, guard.clock.wall_ms(), Counted())
        self.state = batch.state
        return batch


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def issue(n: int = 1) -> Command:
    return Command("kiosk", "issue", IssueTicket(id=f"touch-{n:04d}", service="A"))


def kinds(batch: Batch) -> list[type]:
    return [type(entry.event) for entry in batch.changes.entries]


def test_a_year_ahead_with_people_waiting_leaves_the_day_as_it_is(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    machine.passes(5_000)
    machine.wall_ms += 365 * DAY_MS
    assert guard.jumped_to == NEXT_YEAR
    machine.passes(10 * 60_000)
    batch = machine.decides(guard, issue(2))
    assert kinds(batch) == [ev.TicketIssued], "tickets go on, nobody expires"
    assert batch.state.day == DAY
    assert batch.changes.entries[0].event.at_ms == T0 + 5_000 + 10 * 60_000


def test_the_confirmed_day_begins_and_who_waited_expires(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    machine.wall_ms += 365 * DAY_MS
    guard.confirm(NEXT_YEAR)
    assert guard.jumped_to is None
    batch = machine.decides(guard, Command("manager", "confirm-day", ConfirmDay(id="press-001", day=NEXT_YEAR)))
    assert kinds(batch) == [ev.TicketExpired, ev.DayStarted, ev.DayConfirmed]
    assert batch.changes.entries[-1].actor == "manager"
    assert batch.state.day == NEXT_YEAR
    guard.confirm(NEXT_YEAR)  # again: nothing


def test_only_the_day_that_the_clock_shows_can_be_confirmed(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    machine.wall_ms += 365 * DAY_MS
    with pytest.raises(Rejected) as refused:
        guard.confirm("2027-11-22")
    assert refused.value.code == "wrong_day"
    assert guard.jumped_to == NEXT_YEAR
    command = Command("manager", "confirm-day", ConfirmDay(id="press-001", day=NEXT_YEAR))
    error = machine.decides(guard, command).results[0].error
    assert error is not None
    assert error.code == "wrong_day", "the door asks the guard first; alone the command changes no day"


def test_the_clock_comes_back_by_itself(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    machine.wall_ms += 365 * DAY_MS
    assert guard.jumped_to is not None
    machine.wall_ms -= 365 * DAY_MS
    machine.passes(1_000)
    assert guard.jumped_to is None
    assert guard.office_ms() == machine.wall_ms


def test_an_unconfirmed_day_ends_at_its_own_midnight(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    machine.wall_ms += 365 * DAY_MS
    machine.passes(13 * HOUR)
    machine.decides(guard)
    assert machine.state.day == DAY
    machine.passes(HOUR)
    assert kinds(machine.decides(guard)) == [ev.TicketExpired, ev.DayStarted]
    assert machine.state.day == "2026-11-24"
    assert guard.jumped_to == "2027-11-24"


def test_a_killed_server_has_not_forgotten(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    guard.keep()
    machine.wall_ms += 365 * DAY_MS
    assert guard.jumped_to is not None
    again = machine.guard()
    assert again.jumped_to == NEXT_YEAR
    machine.passes(7_000)
    assert again.office_ms() == T0 + 7_000


def test_a_jump_while_the_server_was_down_is_seen(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    guard.keep()
    machine.wall_ms += 3 * DAY_MS
    assert machine.guard().jumped_to == "2026-11-26"


def test_what_was_confirmed_stays_confirmed_after_a_kill(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    guard.keep()
    machine.wall_ms += 365 * DAY_MS
    guard.confirm(NEXT_YEAR)
    assert machine.guard().jumped_to is None


@pytest.mark.parametrize(("off_ms", "jumped"), [(63 * HOUR, False), (10 * DAY_MS, False), (365 * DAY_MS, True)])
def test_an_office_that_was_switched_off(machine: Machine, off_ms: int, jumped: bool) -> None:
    """Friday's leftovers expire on Monday without a question; a year of sleep is a broken clock."""
    guard = machine.guard()
    machine.decides(guard, issue())
    guard.keep()
    machine.reboots(off_ms)
    later = machine.guard()
    assert (later.jumped_to is not None) is jumped
    expired = ev.TicketExpired in kinds(machine.decides(later))
    assert expired is not jumped


def test_a_sleeping_machine_is_no_jump(machine: Machine) -> None:
    guard = machine.guard()
    machine.decides(guard, issue())
    machine.passes(63 * HOUR)
    assert kinds(machine.decides(guard)) == [ev.TicketExpired, ev.DayStarted]


def test_before_anybody_tells_who_waits_the_clock_is_taken_as_it_is(machine: Machine) -> None:
    guard = ClockGuard(machine.clock, ZONE, WitnessFile(machine.file, machine.boot))
    machine.wall_ms += 365 * DAY_MS
    assert guard.office_ms() == machine.wall_ms
    assert guard.jumped_to is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot":1,"offset_ms":2}', b"\xff\xfe", b"x" * 5_000])
def test_a_spoiled_witness_is_none(machine: Machine, content: bytes) -> None:
    machine.file.parent.mkdir()
    machine.file.write_bytes(content)
    assert WitnessFile(machine.file, machine.boot).read() is None
    assert machine.guard().jumped_to is None


def test_the_witness_is_written_only_when_it_is_news(machine: Machine) -> None:
    guard = machine.guard()
    guard.keep()
    assert WitnessFile(machine.file, machine.boot).read() == Witness("boot-1", T0 - 1_000_000)
    machine.file.unlink()
    machine.passes(60_000)
    guard.office_ms()
    guard.keep()
    assert not machine.file.exists()


def test_an_empty_office_takes_any_clock(machine: Machine) -> None:
    machine.state = OfficeState()
    guard = machine.guard()
    machine.wall_ms += 365 * DAY_MS
    assert guard.jumped_to is None
    assert kinds(machine.decides(guard)) == [ev.DayStarted]
