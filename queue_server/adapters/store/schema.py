"""The tables. Times are UTC ms; the schema itself is made by the migrations (a test compares the two)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData()

meta = Table(
    "meta", metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

# Append-only and gapless; never anything about a visitor (design.md §4, Journal).
journal = Table(
    "journal", metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("data", Text, nullable=False),
    Index("journal_day", "day"),
)  # fmt: skip

tickets = Table(
    "tickets", metadata,
    Column("id", String(36), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("number", String(8), nullable=False),
    Column("service", String(64), nullable=False),
    Column("priority", String(64), nullable=False),
    Column("lang", String(3), nullable=False),
    Column("token", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("procedure", String(64)),
    Column("issued_ms", BigInteger, nullable=False),
    Column("order_ms", BigInteger, nullable=False),
    Column("called_ms", BigInteger),
    Column("started_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("counter", Integer),
    Column("call_id", String(36)),
    Column("repeat", Integer, nullable=False),
    Column("result", String(64)),
    Column("only_counter", Integer),
    Column("past", Text),  # JSON of the stages that are over; NULL without any
    Column("stage_ms", BigInteger),
    Column("stage_called_ms", BigInteger),
    Column("offline", Boolean, nullable=False, server_default=false()),
    Column("claimed", Boolean, nullable=False, server_default=false()),
    Column("appointment", String(36)),
    Column("alerted", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("day", "number", name="one_number_a_day"),
    UniqueConstraint("day", "token", name="one_token_a_day"),
)  # fmt: skip

counters = Table(
    "counters", metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("reason", String(120)),
    Column("ticket_id", String(36)),
    Column("missed_id", String(36)),
    Column("call_id", String(36)),
)  # fmt: skip

closed_services = Table(
    "closed_services", metadata,
    Column("code", String(64), primary_key=True),
    Column("reason", String(120), nullable=False),
)  # fmt: skip

# Numbers lent to kiosks (design.md §4, Offline leases).
blocks = Table(
    "blocks", metadata,
    Column("id", String(64), primary_key=True),
    Column("kiosk", String(80), nullable=False),
    Column("epoch", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("spent", Integer, nullable=False),
    Index("blocks_day", "day"),
)  # fmt: skip

appointments = Table(
    "appointments", metadata,
    Column("id", String(36), primary_key=True),
    Column("token", String(32), nullable=False, unique=True),
    Column("service", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("lang", String(3), nullable=False),
    Column("state", String(16), nullable=False),
    Column("ticket", String(36)),
    Index("appointments_day", "day"),
)  # fmt: skip

# What a command id gave, so that a retry gets it again (design.md §4, Idempotence).
outcomes = Table(
    "outcomes", metadata,
    Column("actor", String(80), nullable=False),
    Column("id", String(64), nullable=False),
    Column("hash", String(40), nullable=False),
    Column("ticket", String(36)),
    Column("day", String(10), nullable=False),
    PrimaryKeyConstraint("actor", "id"),
    Index("outcomes_day", "day"),
)  # fmt: skip

# The only tables that hold anything personal (with the two below); all may be emptied without harm to the journal.
personal = Table(
    "personal", metadata,
    Column("ticket_id", String(36), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("dossier", String(64)),
)  # fmt: skip

# Who booked: a keyed hash, never a number that can be read back.
appointment_persons = Table(
    "appointment_persons", metadata,
    Column("appointment", String(36), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("person", String(64), nullable=False),
    Index("appointment_persons_day", "day"),
)  # fmt: skip

dossiers = Table(
    "dossiers", metadata,
    Column("code", String(64), primary_key=True),
    Column("record", Text, nullable=False),  # JSON of DossierRecord
    Column("updated_ms", BigInteger, nullable=False),
)  # fmt: skip
