"""A packet's documents as one typed table, with what the rules need: ordinal, identity, number, date and sign."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.columns import Part, batches
from connectors.formats.typed import typed_batch
from gateway.domain.feed import Feed, Field, Kind


def documents(feed: Feed, content: Iterator[bytes], zone: ZoneInfo, organization: str) -> pa.Table:
    """The feed's document fields, typed; beside them `ordinal` (from 0), `identity`, `number`, `date` and `sign`.

    `date` is the document's own, in the site's zone; `sign` is 1 or -1, from its kind.
    """
    parts = [_typed(feed, batch, zone, organization) for batch in batches(feed, Part.DOCUMENTS, content)]
    return pa.Table.from_batches(parts or [_typed(feed, _empty(feed), zone, "")])


def _typed(feed: Feed, batch: pa.RecordBatch, zone: ZoneInfo, organization: str) -> pa.RecordBatch:
    columns = typed_batch(batch, feed.document_fields, zone)
    columns["ordinal"] = batch.column("<document>").cast(pa.int64())
    columns["date"] = _own_date(columns, feed, zone)
    columns["number"] = columns[_field(feed, feed.numbered).column]
    columns["identity"] = _identity(columns, feed, organization)
    columns["sign"] = _sign(columns, feed)
    return pa.RecordBatch.from_pydict(columns)


def _own_date(columns: dict[str, pa.Array], feed: Feed, zone: ZoneInfo) -> pa.Array:
    dated = columns[_field(feed, feed.dated).column]
    if pa.types.is_date32(dated.type):
        return dated
    return pc.local_timestamp(dated.cast(pa.timestamp("us", tz=zone.key))).cast(pa.date32())


def _identity(columns: dict[str, pa.Array], feed: Feed, organization: str) -> pa.Array:
    """The sender's id, else organisation + number + year; a snapshot's instant instead of the year (contract)."""
    dated = _field(feed, feed.dated)
    when = columns[dated.column] if dated.kind is Kind.INSTANT else pc.year(columns["date"])
    composed = pc.binary_join_element_wise(
        pa.scalar(organization), columns["number"], pc.fill_null(when.cast(pa.string()), ""), "|"
    )
    return pc.coalesce(columns["id"], composed) if "id" in columns else composed


def _sign(columns: dict[str, pa.Array], feed: Feed) -> pa.Array:
    if not feed.signs:
        return pa.repeat(pa.scalar(1, pa.int8()), len(columns["ordinal"]))
    index = pc.index_in(pc.fill_null(columns["kind"], feed.default_kind), pa.array(list(feed.signs)))
    return pa.array(list(feed.signs.values()), pa.int8()).take(index)


def _field(feed: Feed, name: str) -> Field:
    return next(field for field in feed.document_fields if field.name == name)


def _empty(feed: Feed) -> pa.RecordBatch:
    columns = {field.column: pa.array([], pa.string()) for field in feed.document_fields}
    return pa.RecordBatch.from_pydict({"<document>": pa.array([], pa.uint32()), **columns})
