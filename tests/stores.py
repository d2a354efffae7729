"""Where a test keeps its store: in its folder, or in the database at OBMEN_TEST_MSSQL_URL, emptied for each folder.

`python -m tests.stores` empties it: what stands in our schemas goes, anything else stays.
"""

import os
import tempfile
from pathlib import Path

from sqlalchemy import Connection, inspect

from connectors.database.engine import open_store
from connectors.database.facts import WAREHOUSE
from connectors.database.staging import STAGING
from connectors.database.tables import EXCHANGE

SERVER = os.environ.get("OBMEN_TEST_MSSQL_URL", "")
SCHEMAS = (WAREHOUSE, STAGING, EXCHANGE)
OWNER = Path(tempfile.gettempdir()) / "obmen-test-database"
"""Names the folder whose store the database is: the processes that a test starts open it again."""


def url_in(folder: Path) -> str:
    """The setting of a hub whose store belongs to the folder."""
    if not SERVER:
        return f"sqlite:///{folder}"
    if not OWNER.exists() or OWNER.read_text() != str(folder):
        empty(SERVER)
        OWNER.write_text(str(folder))
    return SERVER


def empty(url: str) -> None:
    store = open_store(url)
    try:
        with store.writing() as connection:
            for schema in SCHEMAS:
                _drop_views_and_references(connection, schema)
            for schema in SCHEMAS:
                for name in inspect(connection).get_table_names(schema):
                    connection.exec_driver_sql(f"DROP TABLE [{schema}].[{name}]")
    finally:
        store.close()


def _drop_views_and_references(connection: Connection, schema: str) -> None:
    found = inspect(connection)
    for name in found.get_view_names(schema):
        connection.exec_driver_sql(f"DROP VIEW [{schema}].[{name}]")
    for name in found.get_table_names(schema):
        for each in found.get_foreign_keys(name, schema):
            connection.exec_driver_sql(f"ALTER TABLE [{schema}].[{name}] DROP CONSTRAINT [{each['name']}]")


if __name__ == "__main__":
    OWNER.unlink(missing_ok=True)
    empty(SERVER)
