"""Staging in SQLite for few rows: in the memory of the connection that merges them, and no file is made."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pyarrow as pa
from sqlalchemy import Column, Connection, Table

from connectors.database.bulk_sqlite import ddl, plain, stored_sums, sums_of, watched_of
from connectors.database.engine import Store
from connectors.database.staging import STAGING, tables_of
from gateway.domain.feed import Feed

FEW = 4000
"""Rows up to which making a file costs more than inserting them one by one."""


class MemoryLoader:
    """A `bulk.Loader`. It keeps its connection until staging is emptied: no other sees what it has staged."""

    def __init__(self, store: Store, feed: Feed) -> None:
        self._store, self._feed = store, feed
        self._connection: Connection | None = None

    @contextmanager
    def filling(self) -> Iterator[None]:
        self._connection = connection = self._store.with_memory(STAGING)
        with connection.begin():
            for table in tables_of(self._feed).values():
                connection.exec_driver_sql(ddl(table, STAGING))
                connection.exec_driver_sql(f"DELETE FROM {STAGING}.{table.name}")
            yield

    def append(self, table: Table, rows: pa.Table) -> None:
        names = ", ".join(f'"{name}"' for name in rows.column_names)
        places = ", ".join("?" * rows.num_columns)
        values = zip(*(_values(column) for column in plain(rows).columns), strict=True)
        self._raw().executemany(f"INSERT INTO {STAGING}.{table.name} ({names}) VALUES ({places})", values)

    def watched(self, table: Table) -> list[Column[Any]]:
        return watched_of(table)

    def stored(self, table: Table) -> list[Any]:
        return stored_sums(table, self._raw().execute(sums_of(table, f"{STAGING}.{table.name}")).fetchone())

    def merging(self) -> AbstractContextManager[Connection]:
        return self._store.writing(on=self._connection)

    def looking(self) -> AbstractContextManager[Connection]:
        return self._store.reading(on=self._connection)

    def empty(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _raw(self) -> Any:
        assert self._connection
        return self._connection.connection.dbapi_connection


def _values(column: pa.ChunkedArray) -> list[Any]:
    """As ADBC writes them: days as text."""
    found: list[Any] = (column.cast(pa.string()) if pa.types.is_date(column.type) else column).to_pylist()
    return found
