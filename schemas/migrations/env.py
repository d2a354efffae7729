"""Alembic's entry: runs on the connection that `connectors.database.migrate` hands over."""

from alembic import context

from connectors.database.tables import EXCHANGE

context.configure(connection=context.config.attributes["connection"], version_table_schema=EXCHANGE)
with context.begin_transaction():
    context.run_migrations()
