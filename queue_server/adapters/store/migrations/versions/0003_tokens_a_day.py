"""A ticket's token is unique in its day. An index of random tokens over all years made every commit of a big office
write a page of it for each ticket; with the day before them, new ones lie together."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}  # SQLite gave the old one no name


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("tickets", naming_convention=NAMES) as table:
            table.drop_constraint("uq_tickets_token", type_="unique")
            table.create_unique_constraint("one_token_a_day", ["day", "token"])
        return
    op.drop_constraint("tickets_token_key", "tickets", type_="unique")
    op.create_unique_constraint("one_token_a_day", "tickets", ["day", "token"])
