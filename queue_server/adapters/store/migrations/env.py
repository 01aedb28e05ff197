"""Alembic's entry: runs in the transaction that the server hands over: a migration happens whole or not at all."""

from alembic import context

from queue_server.adapters.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True,
    transactional_ddl=True,
)  # fmt: skip
with context.begin_transaction():
    context.run_migrations()
