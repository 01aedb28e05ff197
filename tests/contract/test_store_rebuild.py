"""The journal is the truth: tables made from it alone equal the tables, row for row, after long random days."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore, __main__, schema
from queue_server.adapters.store.database import Where
from queue_server.adapters.store.rebuild import COMPARED, LEFT_OUT, SOURCE, check, recreate
from runtime.paths import DataDir
from tests.support.offices import T0
from tests.support.random_days import RandomDays
from tests.support.stores import ENGINES, NUMBERS, Day, database, meddling, query

STEPS = 700


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


@pytest.mark.parametrize("seed", [1, 2])
def test_long_random_days_rebuilt_from_the_journal_equal_the_tables(where: Where, seed: int) -> None:
    days = RandomDays(where, seed)
    for _ in range(STEPS):
        days.step()
    days.store.close()
    assert check(where) == []
    missing = {
        "IssueTicket", "CallNext", "CallNumber", "Recall", "Start", "Finish", "NoShow", "UndoNoShow", "Hold", "Resume",
        "Requeue", "Transfer", "Help", "OpenCounter", "PauseCounter", "CloseCounter", "CancelTicket", "OpenService",
        "CloseService", "LeaseBlocks", "HandOver", "BookAppointment", "CancelAppointment", "CheckIn",
    } - set(days.done)  # fmt: skip
    assert not missing
    kinds = {kind for (kind,) in query(where, "SELECT DISTINCT kind FROM journal")}
    assert {"day_started", "stage_finished", "block_granted", "ticket_handed_over", "ticket_expired"} <= kinds
    assert len(query(where, "SELECT DISTINCT day FROM tickets")) >= 3


def test_every_table_is_compared_or_named_as_left_out() -> None:
    assert set(COMPARED) | set(LEFT_OUT) | {SOURCE} == set(schema.metadata.tables)
    assert {"tickets", "counters", "closed_services", "blocks", "appointments"} == set(COMPARED)


def test_entries_of_an_older_version_are_still_the_same_events(where: Where) -> None:
    """A field that came later has its default: the words differ, what happened does not."""
    day = Day(where)
    day.busy_morning()
    day.store.close()
    shorter = "SELECT count(*) FROM journal WHERE data LIKE '%\"among\"%'"
    assert query(where, shorter) != [(0,)]
    with meddling(where, """UPDATE journal SET data = replace(data, ',"among"\\:[]', '')"""):
        pass
    assert check(where) == []


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE tickets SET state = 'done' WHERE number = 'A003'", "tickets"),
        ("UPDATE tickets SET order_ms = order_ms + 1 WHERE number = 'A003'", "tickets"),
        ("DELETE FROM tickets WHERE number = 'A002'", "tickets"),
        (("INSERT INTO tickets SELECT 'x', day, 'A900', service, priority, lang, 'token', state, procedure, issued_ms,"
         " order_ms, called_ms, started_ms, ended_ms, counter, call_id, repeat, result, only_counter, past, stage_ms,"
         " stage_called_ms, offline, claimed, appointment, alerted FROM tickets WHERE number = 'A002'"), "tickets"),
        ("UPDATE counters SET reason = 'lunch' WHERE n = 3", "counters"),
        ("UPDATE counters SET ticket_id = NULL WHERE n = 1", "counters"),
        ("DELETE FROM closed_services", "closed_services"),
        ("INSERT INTO blocks VALUES ('b', 'k', 'e', 'A', '2026-11-23', 1, 2, 0)", "blocks"),
    ],
)  # fmt: skip
def test_a_row_that_the_journal_does_not_know_of_is_found(where: Where, statement: str, table: str) -> None:
    day = Day(where)
    day.busy_morning()
    day.store.close()
    assert check(where) == []
    with meddling(where, statement):
        pass
    found = check(where)
    assert {difference.partition(":")[0] for difference in found} >= {table}


def test_a_gap_and_an_entry_that_does_not_fit_are_corruption(where: Where) -> None:
    day = Day(where)
    day.busy_morning()
    day.store.close()
    with meddling(where, "UPDATE journal SET day = '2026-11-22' WHERE seq = 5"):
        pass
    with pytest.raises(Rejected) as why:
        check(where)
    assert (why.value.code, "entry 5" in why.value.detail) == ("database_corrupt", True)
    with meddling(where, "DELETE FROM journal WHERE seq = 2"):
        pass
    with pytest.raises(Rejected) as why:
        check(where)
    assert (why.value.code, "entry 2" in why.value.detail) == ("database_corrupt", True)


def test_a_database_made_from_the_journal_goes_on_where_the_old_one_was(where: Where, tmp_path: Path) -> None:
    days = RandomDays(where, 3)
    for _ in range(300):
        days.step()
    days.store.close()
    target = tmp_path / "new" / "office.sqlite"
    assert recreate(where, target) == days.state.seq
    assert check(target) == []
    for name in ("journal", "tickets", "blocks", "appointments"):
        counts = [query(place, f"SELECT count(*) FROM {name}") for place in (where, target)]
        assert counts[0] == counts[1]
    with OfficeStore(target, T0) as store:
        loaded = store.load(NUMBERS)
    assert loaded.seq == days.state.seq
    assert loaded.tickets.keys() == days.state.tickets.keys()
    assert loaded.calls == days.state.calls
    with pytest.raises(Rejected) as why:
        recreate(where, target)
    assert why.value.code == "usage"


def test_the_command_says_what_it_compared_and_what_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = DataDir(tmp_path).database
    day = Day(path)
    day.busy_morning()
    assert __main__.main(["--data", str(tmp_path)]) == 0  # beside the running server
    out = capsys.readouterr().out
    assert "no differences" in out
    assert "personal" in out
    day.store.close()
    with meddling(path, "DELETE FROM tickets WHERE number = 'A002'"):
        pass
    assert __main__.main(["--data", str(tmp_path)]) == 1
    assert "tickets: only in the journal" in capsys.readouterr().out
    assert __main__.main(["--data", str(tmp_path), "--into", str(tmp_path / "new.sqlite")]) == 0
