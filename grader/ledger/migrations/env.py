"""Alembic runs this file: the migrations use the connection and the transaction that the ledger opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
