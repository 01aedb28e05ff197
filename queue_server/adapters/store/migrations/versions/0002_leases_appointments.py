"""Blocks lent to kiosks, appointments, stages of a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("past", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("stage_ms", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("stage_called_ms", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("offline", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("tickets", sa.Column("claimed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("tickets", sa.Column("appointment", sa.String(length=36), nullable=True))
    op.add_column("tickets", sa.Column("alerted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kiosk", sa.String(length=80), nullable=False),
        sa.Column("epoch", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("blocks_day", "blocks", ["day"], unique=False)
    op.create_table(
        "appointments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ticket", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("appointments_day", "appointments", ["day"], unique=False)
    op.create_table(
        "appointment_persons",
        sa.Column("appointment", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("appointment"),
    )
    op.create_index("appointment_persons_day", "appointment_persons", ["day"], unique=False)
