"""Staging in MS SQL: permanent tables, filled under the claim's key by parameter arrays or by bulk copy from Arrow."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    Numeric,
    Select,
    SmallInteger,
    String,
    Table,
    cast,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import mssql

from connectors.database import locks
from connectors.database.away import interruptions
from connectors.database.engine import Store
from connectors.database.server import is_pyodbc, takes_arrays
from connectors.database.staging import StagingDiffers, staging_metadata, tables_of
from connectors.database.types import SCALE, Exact, Instant
from gateway.domain.feed import Feed
from gateway.domain.packet import claim_key

ARRAY_BYTES = 16 << 20
"""Of parameters sent at once: the driver keeps room for the longest text of a column in each of its rows."""
ARRAY_ROWS = 10_000
COPY_ROWS = 100_000
"""Of a bulk copy that the server commits at once."""
COPY_SECONDS = 600
"""Of one bulk copy; a client that hangs must not keep a worker for ever."""
LONGEST = 4000
"""Units of an NVARCHAR; a parameter of more would be sent piece by piece."""

ARROW: dict[type[Any], pa.DataType] = {
    BigInteger: pa.int64(),
    SmallInteger: pa.int16(),
    Integer: pa.int32(),
    Boolean: pa.bool_(),
    Date: pa.date32(),
    Instant: pa.timestamp("us"),
    Exact: pa.decimal128(18, 6),
    String: pa.string(),
}
"""What each kind of column is given as, exactly as wide: nothing is left to a driver's guess. The first that fits."""
ODBC: dict[pa.DataType, tuple[int, int, int]] = {
    pa.int64(): (-5, 19, 0),
    pa.int32(): (4, 10, 0),
    pa.int16(): (5, 5, 0),
    pa.bool_(): (-7, 1, 0),
    pa.date32(): (91, 10, 0),
    pa.timestamp("us"): (93, 26, 6),
    pa.decimal128(18, 6): (3, 38, 6),  # mssql-python sends text and counts sign and point
}
"""(SQL type, size, scale) of a parameter: a column of None only, or a decimal of one digit, says nothing by itself."""
WVARCHAR = -9


class ArrayLoader:
    """A `bulk.Loader` that inserts rows, many at once where the driver can: `fast_executemany` of pyodbc."""

    def __init__(self, store: Store, feed: Feed, claim: int) -> None:
        self._store, self._feed, self._claim = store, feed, claim
        self._held: dict[str, int] = {}
        self._connection: Connection

    @contextmanager
    def filling(self) -> Iterator[None]:
        self.empty()
        with interruptions(), self._store.engine.connect() as self._connection:
            yield

    def append(self, table: Table, rows: pa.Table) -> None:
        rows = as_stored(table, rows)
        sizes = [_size(rows[name]) for name in rows.column_names]
        statement = insertion(table, rows.column_names)
        fast = takes_arrays(self._connection)
        raw: Any = self._connection.connection
        for batch in rows.to_batches(max_chunksize=_at_once(sizes)):
            cursor = raw.cursor()
            try:
                if fast and is_pyodbc(self._store.engine):
                    cursor.fast_executemany = True
                cursor.setinputsizes(sizes)
                cursor.executemany(statement, list(zip(*(column.to_pylist() for column in batch.columns), strict=True)))
            finally:
                cursor.close()
            raw.commit()

    def watched(self, table: Table) -> list[Column[Any]]:
        """All but the key they are found by: a bulk client was seen to fill the wrong columns, and to say nothing."""
        return [column for column in table.columns if column.name != "claim"]

    def stored(self, table: Table) -> list[Any]:
        statement = control(table, self.watched(table), self._claim)
        found = [value or 0 for value in self._connection.execute(statement).one()]
        self._connection.rollback()
        self._held[table.name] = found[0]
        return found

    @contextmanager
    def merging(self) -> Iterator[Connection]:
        """Nobody sweeps it from now on; if somebody has, because the claim ran out, it must not pass for the packet."""
        with self._store.writing() as connection:
            locks.take_turn(connection, locks.of_claim(self._claim))
            for table in tables_of(self._feed).values():
                if connection.scalar(control(table, [], self._claim)) != self._held[table.name]:
                    raise StagingDiffers(f"{table.name}: it was swept")
            yield connection

    def looking(self) -> AbstractContextManager[Connection]:
        return self._store.reading()

    def empty(self) -> None:
        with self._store.writing() as connection:
            for table in tables_of(self._feed).values():
                connection.execute(delete(table).where(table.c.claim == self._claim))


class CopyLoader(ArrayLoader):
    """By mssql-python's bulk copy: over a connection of its own, each batch committed by itself."""

    def append(self, table: Table, rows: pa.Table) -> None:
        rows = as_stored(table, rows)
        raw: Any = self._connection.connection
        cursor = raw.cursor()
        try:
            cursor.bulkcopy_arrow(
                f"{table.schema}.{table.name}",
                rows,
                batch_size=COPY_ROWS,
                timeout=COPY_SECONDS,
                column_mappings=list(rows.column_names),
            )
        finally:
            cursor.close()


def ways(store: Store) -> list[type[ArrayLoader]]:
    """The sure one last."""
    return [ArrayLoader] if is_pyodbc(store.engine) else [CopyLoader, ArrayLoader]


def discard(store: Store, feed: Feed, packet: int) -> None:
    """A claimant that is still at work here is overtaken, and can't pass the fence of a packet that is loaded."""
    with store.writing() as connection:
        for table in tables_of(feed).values():
            mine = table.c.claim.between(claim_key(packet, 0), claim_key(packet + 1, 0) - 1)
            connection.execute(delete(table).where(mine))


def sweep(store: Store, in_use: Callable[[], set[tuple[int, int]]]) -> None:
    with store.reading() as connection:
        tables = staging_metadata.sorted_tables
        found = {claim for table in tables for claim in connection.scalars(select(table.c.claim).distinct())}
    live = {claim_key(*each) for each in in_use()} if found else set()  # asked after looking, so that new ones stay
    for claim in found - live:
        with store.writing() as connection:
            locks.take_turn(connection, locks.of_claim(claim))
            for table in tables:
                connection.execute(delete(table).where(table.c.claim == claim))


def as_stored(table: Table, rows: pa.Table) -> pa.Table:
    """The rows in the widths of the table's columns; instants as UTC without saying so."""
    columns = {name: rows[name].cast(_arrow(table.c[name])) for name in rows.column_names}
    return pa.table(columns)


def control(table: Table, columns: list[Column[Any]], claim: int) -> Select[Any]:
    """Rows of a claim, then values and (of numbers) their sum for each column; wide enough for any sum."""
    found: list[Any] = [func.count()]
    for column in columns:
        found.append(func.count(column))
        if isinstance(column.type, Integer | Exact):
            scale = SCALE if isinstance(column.type, Exact) else 0
            found.append(func.sum(cast(column, Numeric(38, scale))))
    return select(*found).select_from(table).where(table.c.claim == claim)


def insertion(table: Table, names: list[str]) -> str:
    """With a `?` for each of the columns: the driver is called directly."""
    quote = mssql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
    columns, values = ", ".join(map(quote, names)), ", ".join("?" * len(names))
    return f"INSERT INTO {table.schema}.{table.name} ({columns}) VALUES ({values})"


def _arrow(column: Column[Any]) -> pa.DataType:
    return next(arrow for kind, arrow in ARROW.items() if isinstance(column.type, kind))


def _size(column: pa.ChunkedArray) -> tuple[int, int, int]:
    """A text's room is that of the longest one: its bytes in UTF-8 are never fewer than its units in UTF-16."""
    if not pa.types.is_string(column.type):
        return ODBC[column.type]
    longest = pc.max(pc.binary_length(column)).as_py() or 0
    return (WVARCHAR, max(1, min(longest, LONGEST)), 0)


def _at_once(sizes: list[tuple[int, int, int]]) -> int:
    width = sum(2 * size if kind == WVARCHAR else 32 for kind, size, _ in sizes)
    return max(1, min(ARRAY_ROWS, ARRAY_BYTES // width))
