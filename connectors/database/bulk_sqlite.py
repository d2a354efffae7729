"""Staging in SQLite: filled by ADBC, in a file that only this load uses."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import adbc_driver_sqlite.dbapi as adbc
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, Connection, Integer, MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from connectors.database.away import has_no_room, store_away
from connectors.database.engine import Store
from connectors.database.staging import STAGING, tables_of
from connectors.database.types import Exact
from gateway.domain.feed import Feed

_LOADED = re.compile(r"staging-(-?\d+)-(\d+)\.db")
_WATCHED = {"ordinal", "n", "number", "quantity", "amount"}


class AdbcLoader:
    """A `bulk.Loader`."""

    def __init__(self, store: Store, feed: Feed, packet: int, token: int) -> None:
        assert store.folder
        self._store, self._feed, self._packet = store, feed, packet
        self._file = store.folder / f"staging-{packet}-{token}.db"
        self._cursor: adbc.Cursor

    @contextmanager
    def filling(self) -> Iterator[None]:
        discard(
            self._file.parent, self._packet
        )  # of a load that was killed; one that was overtaken fails for want of it
        with (
            _busy_without_room(self._file.parent),
            adbc.connect(str(self._file), autocommit=True) as connection,
            connection.cursor() as self._cursor,
        ):
            # a lost staging is made again
            for pragma in ("journal_mode = OFF", "page_size = 32768", "synchronous = OFF"):
                self._cursor.execute(f"PRAGMA {pragma}")
                self._cursor.fetchall()
            for table in tables_of(self._feed).values():
                self._cursor.execute(ddl(table))
            yield

    def append(self, table: Table, rows: pa.Table) -> None:
        self._cursor.adbc_ingest(table.name, plain(rows), mode="append")

    def watched(self, table: Table) -> list[Column[Any]]:
        return watched_of(table)

    def stored(self, table: Table) -> list[Any]:
        self._cursor.execute(sums_of(table, table.name))
        return stored_sums(table, self._cursor.fetchone())

    def merging(self) -> AbstractContextManager[Connection]:
        return self._store.writing(attach={STAGING: self._file})

    def looking(self) -> AbstractContextManager[Connection]:
        return self._store.reading(attach={STAGING: self._file})

    def empty(self) -> None:
        _remove(self._file)


@cache
def watched_of(table: Table) -> list[Column[Any]]:
    """Few: ADBC binds columns by name, and every sum is a pass over the rows."""
    return [column for column in table.columns if column.name in _WATCHED and isinstance(column.type, Integer | Exact)]


@cache
def sums_of(table: Table, name: str) -> str:
    """Asks for rows, and values and sum of each watched column."""
    watched = watched_of(table)
    sums = "".join(f', count("{each.name}"), coalesce(sum("{each.name}"), 0)' for each in watched)
    return f"SELECT count(*){sums} FROM {name}"


def stored_sums(table: Table, answer: Any) -> list[Any]:
    """The answer, its sums in the kinds of the columns."""
    rows, *found = answer
    for place, column in enumerate(watched_of(table)):
        if isinstance(column.type, Exact):
            found[2 * place + 1] = column.type.of_units(found[2 * place + 1])
    return [rows, *found]


def discard(folder: Path, packet: int) -> None:
    for leftover in folder.glob(f"staging-{packet}-*"):
        leftover.unlink(missing_ok=True)


def sweep(folder: Path, in_use: Callable[[], set[tuple[int, int]]]) -> None:
    found = {file: _LOADED.match(file.name) for file in folder.glob("staging-*")}
    live = in_use() if found else set()  # asked after looking: who has begun since is not among the found
    for file, load in found.items():
        if load and (int(load[1]), int(load[2])) not in live:
            file.unlink(missing_ok=True)


@contextmanager
def _busy_without_room(folder: Path) -> Iterator[None]:
    try:
        yield
    except adbc.Error as error:
        if has_no_room(folder):
            raise store_away() from error
        raise


@cache
def ddl(table: Table, schema: str | None = None) -> str:
    copy = table.to_metadata(MetaData(), schema=schema)  # type: ignore[arg-type]
    return str(CreateTable(copy, if_not_exists=True).compile(dialect=sqlite.dialect()))


def plain(batch: pa.Table) -> pa.Table:
    """In the kinds that SQLite keeps: exact numbers as millionths, instants as text that sorts."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_decimal(field.type):
            batch = batch.set_column(index, field.name, _millionths(batch.column(index)))
        elif pa.types.is_timestamp(field.type):
            text = pc.strftime(batch.column(index).cast(pa.timestamp("us")), "%Y-%m-%dT%H:%M:%S")
            batch = batch.set_column(index, field.name, text)
    return batch


def _millionths(column: pa.ChunkedArray) -> pa.Array:
    """The low half of each decimal, which holds it all: the XSD bounds the rest."""
    numbers = column.combine_chunks()
    words = np.frombuffer(numbers.buffers()[1], dtype=np.int64)
    values = words[2 * numbers.offset : 2 * (numbers.offset + len(numbers)) : 2]
    return pa.array(values, mask=numbers.is_null().to_numpy(zero_copy_only=False))


def _remove(file: Path) -> None:
    for each in (file, file.with_name(file.name + "-journal"), file.with_name(file.name + "-wal")):
        with suppress(FileNotFoundError):
            each.unlink()
