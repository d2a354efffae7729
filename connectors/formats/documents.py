"""A packet's documents as one typed table, with what the rules need: ordinal, identity, number, date and sign."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.columns import Part, batches
from connectors.formats.typed import typed_batch
from gateway.domain.feed import Dating, Feed


def documents(feed: Feed, content: Iterator[bytes], zone: ZoneInfo, organization: str, as_of: date) -> pa.Table:
    """The feed's document fields, typed; beside them `ordinal` (from 0), `identity`, `number`, `date` and `sign`.

    `date` is the document's own, in the site's zone, or `as_of`, or null, as the feed's dating says; `sign` is 1 or -1,
    from its kind.
    """
    parts = [_typed(feed, batch, zone, organization, as_of) for batch in batches(feed, Part.DOCUMENTS, content)]
    return pa.Table.from_batches(parts or [_typed(feed, _empty(feed), zone, organization, as_of)])


def _typed(feed: Feed, batch: pa.RecordBatch, zone: ZoneInfo, organization: str, as_of: date) -> pa.RecordBatch:
    columns = typed_batch(batch, feed.document_fields, zone)
    columns["ordinal"] = batch.column("<document>").cast(pa.int64())
    columns["date"] = _date(columns, feed, zone, as_of)
    columns["identity"] = _identity(columns, feed, organization)
    columns["number"] = columns[_column(feed, feed.numbered)]
    columns["sign"] = _sign(columns, feed)
    return pa.RecordBatch.from_pydict(columns)


def _date(columns: dict[str, pa.Array], feed: Feed, zone: ZoneInfo, as_of: date) -> pa.Array:
    size = len(columns["ordinal"])
    match feed.dating:
        case Dating.NONE:
            return pa.nulls(size, pa.date32())
        case Dating.WINDOW:
            return pa.repeat(pa.scalar(as_of, pa.date32()), size)
        case Dating.OWN:
            dated = columns[_column(feed, feed.dated)]
    if pa.types.is_date32(dated.type):
        return dated
    return pc.local_timestamp(dated.cast(pa.timestamp("us", tz=zone.key))).cast(pa.date32())


def _identity(columns: dict[str, pa.Array], feed: Feed, organization: str) -> pa.Array:
    """The sender's id, else organisation + number + year (contract); or what the feed names instead."""
    if feed.identified:
        parts = [columns[_column(feed, name)] for name in feed.identified]
    elif feed.dating is Dating.OWN:
        parts = [columns[_column(feed, feed.numbered)], pc.year(columns["date"])]
    else:
        parts = [columns[_column(feed, feed.numbered)], columns["date"]]
    texts = [pc.fill_null(part.cast(pa.string()), "") for part in parts]
    composed = pc.binary_join_element_wise(pa.scalar(organization), *texts, "|")
    return pc.coalesce(columns["id"], composed) if "id" in columns and not feed.identified else composed


def _sign(columns: dict[str, pa.Array], feed: Feed) -> pa.Array:
    if not feed.signs:
        return pa.repeat(pa.scalar(1, pa.int8()), len(columns["ordinal"]))
    kind = columns["kind"] if feed.default_kind is None else pc.fill_null(columns["kind"], feed.default_kind)
    index = pc.index_in(kind, pa.array(list(feed.signs)))
    return pa.array(list(feed.signs.values()), pa.int8()).take(index)


def _column(feed: Feed, name: str) -> str:
    return next(field.column for field in feed.document_fields if field.name == name)


def _empty(feed: Feed) -> pa.RecordBatch:
    columns = {field.column: pa.array([], pa.string()) for field in feed.document_fields}
    return pa.RecordBatch.from_pydict({"<document>": pa.array([], pa.uint32()), **columns})
