"""The SQL of the commit path as plain text, made once for each engine from schema.py: building it anew for every batch
cost more than running it."""

from operator import itemgetter
from typing import Any

from sqlalchemy import Delete, Insert, Table, bindparam, delete, select

from queue_server.adapters.store import schema
from queue_server.adapters.store.database import Database
from queue_server.adapters.store.dialects import compiler_for, insert_for

Row = dict[str, Any]


class Statement:
    """SQL for many rows of one table."""

    def __init__(self, sql: str, columns: tuple[str, ...]) -> None:
        self.sql, self.columns = sql, columns
        self._values = itemgetter(*columns)

    def run(self, cursor: Any, rows: list[Row]) -> None:
        """All rows in one go."""
        if rows:
            cursor.executemany(self.sql, [self._values(row) for row in rows])


class Statements:
    """What a commit writes."""

    def __init__(self, database: Database) -> None:
        self._dialect = compiler_for(database.dialect, database.mark)
        self._insert = insert_for(database.dialect)
        self.journal = self._plain(schema.journal)
        self.outcomes = self._upsert(schema.outcomes, "actor", "id")  # a twin gives its id to the printed ticket
        self.late = self._plain(schema.tickets)
        self.persons = self._plain(schema.appointment_persons)
        self.closed_services = self._plain(schema.closed_services)
        self.tickets = self._upsert(schema.tickets, "id")
        self.counters = self._upsert(schema.counters, "n")
        self.blocks = self._upsert(schema.blocks, "id")
        self.appointments = self._upsert(schema.appointments, "id")
        self.personal = self._upsert(schema.personal, "ticket_id")
        self.meta = self._upsert(schema.meta, "key")
        self.no_closed_services = self._text(delete(schema.closed_services))
        self.old_personal = self._text(_before(schema.personal))
        self.old_persons = self._text(_before(schema.appointment_persons))
        persons = schema.appointment_persons
        self.no_person = self._text(delete(persons).where(persons.c.appointment == bindparam("appointment")))
        kept = select(schema.outcomes.c.day).distinct().order_by(schema.outcomes.c.day.desc()).limit(1)
        self.old_outcomes = self._text(
            delete(schema.outcomes).where(schema.outcomes.c.day < kept.scalar_subquery()), literal=True
        )

    def _text(self, statement: Delete, *, literal: bool = False) -> str:
        return str(statement.compile(dialect=self._dialect, compile_kwargs={"literal_binds": literal}))

    def _plain(self, table: Table) -> Statement:
        return self._compiled(self._insert(table), table)

    def _upsert(self, table: Table, *keys: str) -> Statement:
        statement = self._insert(table)
        changed = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
        return self._compiled(statement.on_conflict_do_update(index_elements=list(keys), set_=changed), table)

    def _compiled(self, statement: Insert, table: Table) -> Statement:
        compiled: Any = statement.compile(dialect=self._dialect, column_keys=[c.name for c in table.c])
        return Statement(str(compiled), tuple(compiled.positiontup))


def _before(table: Table) -> Delete:
    return delete(table).where(table.c.day < bindparam("day"))
