"""Fills staging in bulk and verifies what arrived, before anything of it is merged."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from sqlalchemy import Column, Connection, Integer, Table

from connectors.database import bulk_mssql, bulk_sqlite
from connectors.database.bulk_memory import FEW, MemoryLoader
from connectors.database.engine import Store
from connectors.database.staging import StagingDiffers as StagingDiffers
from connectors.database.staging import tables_of
from connectors.database.types import Exact
from gateway.domain.errors import Interrupted
from gateway.domain.feed import Feed
from gateway.domain.packet import claim_key

Batches = Iterator[tuple[str, pa.Table]]
Merging = Callable[[], AbstractContextManager[Connection]]


class Loader(Protocol):
    """Staging of one claim. What is appended is committed by itself, outside of the merge."""

    def filling(self) -> AbstractContextManager[None]:
        """While it lasts rows can be appended and counted; staging has nothing of the claim at its begin."""

    def append(self, table: Table, rows: pa.Table) -> None:
        """`rows` has columns of the table by name; a column that is absent is NULL."""

    def watched(self, table: Table) -> list[Column[Any]]:
        """The columns that are compared, once filled, with what was given."""

    def stored(self, table: Table) -> list[Any]:
        """What the claim has in the table: rows, then values and (of numbers) their sum for each watched column."""

    def merging(self) -> AbstractContextManager[Connection]:
        """A writing connection that sees staging as schema `staging`."""

    def looking(self) -> AbstractContextManager[Connection]:
        """A connection that sees staging as `merging` does, and may alter nothing else."""

    def empty(self) -> None:
        """Drops what the claim has in staging."""


@contextmanager
def staged(store: Store, feed: Feed, packet: int, token: int, batches: Callable[[], Batches]) -> Iterator[Merging]:
    """Fills staging with (part, table) batches, then gives what opens the merge's transaction, as often as needed.

    Whatever is in staging is dropped at the end: it can be made again from the payload at any time. `batches` reads
    the packet, again where a faster way of loading has failed. Raises Busy where the store is away.
    """
    ways, batches = _chosen(_loaders(store, feed, packet, token), batches)
    try:
        loader = _fill(ways, feed, batches)
        yield loader.merging
    finally:
        _remove(ways[-1])


@contextmanager
def looked_at(store: Store, feed: Feed, stand_in: int, batches: Callable[[], Batches]) -> Iterator[Connection]:
    """Fills staging for a `stand_in` of a packet, only to look at the facts beside it."""
    ways, batches = _chosen(_loaders(store, feed, stand_in, 0), batches)
    try:
        with _fill(ways, feed, batches).looking() as connection:
            yield connection
    finally:
        _remove(ways[-1])


def stand_in() -> int:
    """A number that no packet has, nor another look."""
    return -1 - secrets.randbelow(1 << 40)


def discard(store: Store, feed: Feed, packet: int) -> None:
    """Drops what any claim of the packet has left in staging; once it is loaded nobody needs it."""
    if store.folder:
        bulk_sqlite.discard(store.folder, packet)
    else:
        bulk_mssql.discard(store, feed, packet)


def sweep(store: Store, in_use: Callable[[], set[tuple[int, int]]]) -> None:
    """Drops what loads that were killed have left in staging; `in_use` tells (packet, token) of those under way."""
    if store.folder:
        bulk_sqlite.sweep(store.folder, in_use)
    else:
        bulk_mssql.sweep(store, in_use)


def _loaders(store: Store, feed: Feed, packet: int, token: int) -> list[Loader]:
    """The ways of loading, the sure one last."""
    if store.folder:
        return [MemoryLoader(store, feed), bulk_sqlite.AdbcLoader(store, feed, packet, token)]
    return [way(store, feed, claim_key(packet, token)) for way in bulk_mssql.ways(store)]


def _chosen(ways: list[Loader], batches: Callable[[], Batches]) -> tuple[list[Loader], Callable[[], Batches]]:
    """Of SQLite's ways the one for so many rows: those of a small packet are held until all of them are here."""
    few, *rest = ways
    if not isinstance(few, MemoryLoader):
        return ways, batches
    held, size, coming = [], 0, batches()
    for part, rows in coming:
        held.append((part, rows))
        size += rows.num_rows
        if size > FEW:
            return rest, lambda: chain(held, coming)
    return [few], lambda: iter(held)


def _fill(ways: Sequence[Loader], feed: Feed, batches: Callable[[], Batches]) -> Loader:
    """The loader that has filled staging. A fast one that fails, or stores anything else, is told of and passed by."""
    for loader in ways[:-1]:
        try:
            return _filled(loader, feed, batches())
        except Interrupted:
            raise
        except Exception as error:  # whatever a bulk copy does, the rows can still be inserted
            structlog.get_logger().warning("bulk copy failed: inserting rows instead", feed=feed.name, exc_info=error)
    return _filled(ways[-1], feed, batches())


def _filled(loader: Loader, feed: Feed, batches: Batches) -> Loader:
    tables = tables_of(feed)
    given: dict[str, list[Any]] = {part: [0] * len(_control(loader, table, None)) for part, table in tables.items()}
    with loader.filling():
        for part, rows in batches:
            if rows.num_rows:
                loader.append(tables[part], _worth_storing(rows))
                given[part] = [a + b for a, b in zip(given[part], _control(loader, tables[part], rows), strict=True)]
        _verify(loader, tables, given)
    return loader


def _verify(loader: Loader, tables: dict[str, Table], given: dict[str, list[Any]]) -> None:
    """What is stored against what was given: a shift of columns or rows would change it."""
    for part, table in tables.items():
        if (stored := loader.stored(table)) != given[part]:
            raise StagingDiffers(f"{table.name}: given {given[part]}, stored {stored}")


def _control(loader: Loader, table: Table, rows: pa.Table | None) -> list[Any]:
    """Rows, then values and (of numbers) their sum for each watched column; of no rows everything is 0."""
    found: list[Any] = [0 if rows is None else rows.num_rows]
    for column in loader.watched(table):
        values = pa.nulls(0, pa.int64()) if rows is None else rows[column.name]
        found.append(len(values) - values.null_count)
        if isinstance(column.type, Integer | Exact):
            found.append(pc.sum(values).as_py() or 0)
    return found


def _worth_storing(rows: pa.Table) -> pa.Table:
    """Only the columns that hold anything: most fields are optional, and each costs a call for every row."""
    return rows.select([name for name in rows.column_names if rows[name].null_count < rows.num_rows])


def _remove(loader: Loader) -> None:
    loader.empty()
