"""Fills staging in bulk and verifies what arrived. For SQLite by ADBC, into a file that only this load uses."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import adbc_driver_sqlite.dbapi as adbc
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from connectors.database.away import has_no_room, store_away
from connectors.database.engine import Store
from connectors.database.staging import STAGING, STAGINGS, code, extension
from gateway.domain.feed import Feed

Batches = Iterator[tuple[str, pa.Table]]
_LOADED = re.compile(r"staging-(\d+)-(\d+)\.db")


class StagingDiffers(Exception):
    """The bulk load stored other rows than it was given."""


@contextmanager
def staged(store: Store, feed: Feed, packet: int, token: int, batches: Batches) -> Iterator[Connection]:
    """Fills staging with (part, table) batches, then gives a writing connection that sees it as schema `staging`.

    Whatever is in staging is dropped at the end: it can be made again from the payload at any time. Raises Busy where
    the store is away.
    """
    assert store.folder, "bulk loading into a server's staging"
    discard(store, packet)  # of a load that was killed; a load that was overtaken fails for want of it
    file = store.folder / f"staging-{packet}-{token}.db"
    try:
        with _busy_without_room(store.folder):
            _fill(file, feed, batches)
        with store.writing(attach={STAGING: file}) as connection:
            yield connection
    finally:
        _remove(file)


@contextmanager
def _busy_without_room(folder: Path) -> Iterator[None]:
    try:
        yield
    except adbc.Error as error:
        if has_no_room(folder):
            raise store_away() from error
        raise


def discard(store: Store, packet: int) -> None:
    """Drops what loads of the packet have left in staging."""
    assert store.folder, "bulk loading into a server's staging"
    for leftover in store.folder.glob(f"staging-{packet}-*"):
        leftover.unlink(missing_ok=True)


def sweep(store: Store, in_use: Callable[[], set[tuple[int, int]]]) -> None:
    """Drops what loads that were killed have left in staging; `in_use` tells (packet, token) of those under way."""
    assert store.folder, "bulk loading into a server's staging"
    found = {file: _LOADED.match(file.name) for file in store.folder.glob("staging-*")}
    live = in_use() if found else set()  # asked after looking: who has begun since is not among the found
    for file, load in found.items():
        if load and (int(load[1]), int(load[2])) not in live:
            file.unlink(missing_ok=True)


def _fill(file: Path, feed: Feed, batches: Batches) -> None:
    tables = {"document": STAGINGS[feed.name].document, "extension": extension, "code": code}
    if (row := STAGINGS[feed.name].row) is not None:
        tables["row"] = row
    with adbc.connect(str(file), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = OFF")
        cursor.fetchall()
        cursor.execute("PRAGMA page_size = 32768")
        cursor.fetchall()
        cursor.execute("PRAGMA synchronous = OFF")  # a lost staging is made again
        for table in tables.values():
            cursor.execute(_ddl(table))
        given = dict.fromkeys(tables, 0)
        sums: dict[str, list[int]] = {part: [0] * len(_summed(part, feed)) for part in tables}
        for part, batch in batches:
            plain = _plain(batch)
            if plain.num_rows:
                cursor.adbc_ingest(tables[part].name, _filled(plain), mode="append")
            given[part] += plain.num_rows
            sums[part] = [
                was + (pc.sum(plain[name]).as_py() or 0)
                for was, name in zip(sums[part], _summed(part, feed), strict=True)
            ]
        for part, table in tables.items():
            _verify(cursor, table, _summed(part, feed), (given[part], *sums[part]))


def _verify(cursor: adbc.Cursor, table: Table, columns: tuple[str, ...], given: tuple[int, ...]) -> None:
    """What is stored against what was given: rows, and sums that a shift of columns or rows would change."""
    sums = "".join(f', coalesce(sum("{column}"), 0)' for column in columns)
    cursor.execute(f'SELECT count(*){sums} FROM "{table.name}"')
    if (stored := cursor.fetchone()) != given:
        raise StagingDiffers(f"{table.name}: given {given}, stored {stored}")


@cache
def _ddl(table: Table) -> str:
    copy = table.to_metadata(MetaData(), schema=None)  # type: ignore[arg-type]
    return str(CreateTable(copy).compile(dialect=sqlite.dialect()))


def _summed(part: str, feed: Feed) -> tuple[str, ...]:
    """The whole-number columns whose sums are compared; exact numbers are millionths here."""
    return {"row": ("n", *feed.totals), "extension": ("number",)}.get(part, ("ordinal",))


def _filled(batch: pa.Table) -> pa.Table:
    """Only the columns that hold anything: most fields are optional, and each costs a call for every row."""
    return batch.select([name for name in batch.column_names if batch[name].null_count < batch.num_rows])


def _plain(batch: pa.Table) -> pa.Table:
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
