"""A database of every older version opens with all that it had, on both engines; a migration happens whole or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command, op
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore, migrate, schema
from queue_server.adapters.store.database import Where, database_at
from tests.support.offices import DAY, T0
from tests.support.stores import ENGINES, NUMBERS, Day, database, meddling, query

TICKET = (
    "INSERT INTO tickets (id, day, number, service, priority, lang, token, state, issued_ms, order_ms, repeat)"
    f" VALUES ('t1', '{DAY}', 'A001', 'A', 'normal', 'vi', 'token1', 'waiting', {T0}, {T0}, 0)"
)
ISSUED = (
    f'{{"kind":"ticket_issued","at_ms":{T0},"ticket":"t1","number":"A001","service":"A","priority":"normal",'
    f'"lang":"vi","token":"token1","serial":1,"order_ms":{T0}}}'
)
STARTED = f'{{"kind":"day_started","at_ms":{T0},"day":"{DAY}"}}'
JOURNAL = (
    f"INSERT INTO journal VALUES (1, {T0}, '{DAY}', 'system', 'day_started', '{STARTED}')",
    f"INSERT INTO journal VALUES (2, {T0}, '{DAY}', 'mqtt:kiosk-1', 'ticket_issued', '{ISSUED}')",
)


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


def make(where: Where, revision: str) -> None:
    engine = database_at(where).writing_engine()
    with engine.begin() as connection:
        command.upgrade(migrate.config(connection), revision)
    engine.dispose()


def revisions() -> list[str]:
    return [script.revision for script in ScriptDirectory.from_config(migrate.config()).walk_revisions()]


@pytest.mark.parametrize("revision", sorted(revisions()))
def test_an_older_database_opens_with_all_it_had(where: Where, revision: str) -> None:
    make(where, revision)
    with meddling(where, TICKET, *(statement.replace(":", r"\:") for statement in JOURNAL)):
        pass
    day = Day(where)
    assert list(day.state.by_number) == ["A001"]
    day.run(day.take())
    assert sorted(day.state.by_number) == ["A001", "A002"]
    day.store.close()


def test_the_newest_version_is_known_without_the_migrations_library() -> None:
    assert migrate.head() == revisions()[0]


def test_columns_and_constraints_are_those_of_the_schema(where: Where) -> None:
    OfficeStore(where, T0).close()
    engine = database_at(where).reading_engine()
    with engine.connect() as connection:
        found = inspect(connection)
        for name, table in schema.metadata.tables.items():
            columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
            assert columns == {c.name: bool(c.nullable) for c in table.c}
            unique = {tuple(u["column_names"]) for u in found.get_unique_constraints(name)}
            wanted = {
                tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, schema.UniqueConstraint)
            }
            assert unique == wanted, name
            indexes = {i["name"] for i in found.get_indexes(name) if not i.get("duplicates_constraint")}
            assert {str(i.name) for i in table.indexes} == {i for i in indexes if "autoindex" not in str(i)}
    engine.dispose()


def test_a_migration_that_fails_leaves_the_old_version(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    make(where, "0002")
    real = op.batch_alter_table, op.create_unique_constraint

    def broken(*_: object, **__: object) -> None:
        op.drop_column("tickets", "alerted")
        raise ZeroDivisionError

    monkeypatch.setattr(op, "batch_alter_table", broken)
    monkeypatch.setattr(op, "create_unique_constraint", broken)
    with pytest.raises(ZeroDivisionError):
        OfficeStore(where, T0)
    assert query(where, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert query(where, "SELECT alerted FROM tickets") == []
    monkeypatch.setattr(op, "batch_alter_table", real[0])
    monkeypatch.setattr(op, "create_unique_constraint", real[1])
    with OfficeStore(where, T0) as store:  # and the lock was given back
        assert store.load(NUMBERS).seq == 0


def test_a_database_of_a_newer_version_is_not_touched(where: Where) -> None:
    OfficeStore(where, T0).close()
    with meddling(where, "UPDATE alembic_version SET version_num='9999'", "DROP TABLE dossiers"):
        pass
    with pytest.raises(Rejected) as why:
        OfficeStore(where, T0)
    assert why.value.code == "database_newer"
    assert query(where, "SELECT version_num FROM alembic_version") == [("9999",)]
