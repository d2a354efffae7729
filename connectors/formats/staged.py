"""A packet's content as the batches that staging takes, in the kinds of its fields, codes replaced by ordinals."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.columns import Part, batches
from connectors.formats.documents import documents
from connectors.formats.fingerprints import Fingerprints
from connectors.formats.reader import Opener
from connectors.formats.repeats import Mask, Repeats, line_numbers
from connectors.formats.typed import blank_to_null, typed
from gateway.domain.feed import Feed, Field, Register
from gateway.domain.packet import normal_code

Staged = tuple[str, pa.Table]


def staged(feed: Feed, opened: Opener, zone: ZoneInfo, organization: str, as_of: date, claim: int) -> Iterator[Staged]:
    """Yields (`document` | `row` | `extension` | `code`, table) with the columns of staging; `code` comes last."""
    book, watch = _CodeBook(), _Watch(opened())
    read = documents(feed, watch.chunks(), zone, organization, as_of)
    returns = np.asarray(pc.less(read["sign"], 0).to_numpy())
    prints = Fingerprints(read.num_rows, _own(read, feed))
    if feed.row:
        for table in _rows(feed, opened(), zone, book, claim, returns, prints):
            yield "row", table
    if watch.saw_extension:
        for part, table in _extensions(feed, opened, claim):
            below = {name: table[name] for name in ("position", "number", "name", "value")}
            prints.add(table["document"].to_numpy(), below, np.zeros(table.num_rows, bool))
            yield part, table
    yield "document", _documents(read, feed, book, claim, returns, prints)
    yield "code", book.table(claim)


def _own(table: pa.Table, feed: Feed) -> dict[str, pa.Array]:
    """What a document is but for its rows; that it is deleted is compared by itself."""
    return {name: table[name] for name in ("number", "date", *(field.column for field in feed.own_document_fields))}


def _documents(
    table: pa.Table, feed: Feed, book: "_CodeBook", claim: int, returns: Mask, prints: Fingerprints
) -> pa.Table:
    size = table.num_rows
    columns: dict[str, pa.Array] = {
        "claim": _constant(claim, size),
        "ordinal": table["ordinal"],
        "identity": table["identity"],
        "number": table["number"],
        "date": table["date"],
        "sign": table["sign"],
        "deleted": _deleted(table),
        **{
            field.column: book.encoded(field, _turned(table[field.column], field, returns))
            for field in feed.own_document_fields
        },
        "key": pa.nulls(size, pa.int64()),
        "stale": pa.repeat(False, size),
        "fingerprint": prints.finished(),
    }
    return pa.table(columns)


def _deleted(table: pa.Table) -> pa.Array:
    if "deleted" not in table.column_names:
        return pa.repeat(False, table.num_rows)
    return pc.fill_null(table["deleted"], False)


def _turned(column: pa.Array, field: Field, returns: Mask) -> pa.Array:
    """Facts are signed: a signed number gets its document's direction."""
    if not field.signed or not returns.any():
        return column
    return pc.if_else(pa.array(returns), pc.negate(column), column)


def _rows(
    feed: Feed,
    content: Iterator[bytes],
    zone: ZoneInfo,
    book: "_CodeBook",
    claim: int,
    returns: Mask,
    prints: Fingerprints,
) -> Iterator[pa.Table]:
    repeats, before = Repeats(), 0
    for batch in batches(feed, Part.ROWS, content):
        size = len(batch)
        document, lines = batch.column("<document>").cast(pa.int64()), line_numbers(batch)
        places = document.to_numpy()
        repeated, turned = repeats.of(places, lines), returns[places]
        read = {field.column: typed(batch.column(field.column), field, zone) for field in feed.own_row_fields}
        prints.add(places, read | ({"n": pa.array(lines)} if feed.numbers_rows else {}), repeated)
        yield pa.table(
            {
                "claim": _constant(claim, size),
                "document": document,
                "position": batch.column("<row>").cast(pa.int64()),
                "row": pa.array(np.arange(before + 1, before + size + 1)),
                "n": pa.array(lines),
                "quarantine": pc.if_else(pa.array(repeated), "LINE_REPEATED", pa.scalar(None, pa.string())),
                **{
                    field.column: book.encoded(field, _turned(read[field.column], field, turned))
                    for field in feed.own_row_fields
                },
            }
        )
        book.learn_gtins(batch)
        before += size


def _extensions(feed: Feed, opened: Opener, claim: int) -> Iterator[Staged]:
    """Attributes of documents, then marks and attributes of rows."""
    for batch in batches(feed, Part.DOCUMENT_ATTRIBUTES, opened()):
        whole = pc.cast(pa.repeat(-1, len(batch)), pa.int64())
        yield "extension", _extension(claim, batch, whole, "<row>", batch.column("name"), batch.column("value"))
    for batch in batches(feed, Part.BELOW_ROWS, opened()) if feed.row else ():
        mark = blank_to_null(pc.replace_substring_regex(batch.column("mark"), r"\s+", ""))
        names = pc.if_else(mark.is_valid(), "mark", batch.column("name"))
        values = pc.coalesce(mark, batch.column("value"))
        filled = names.is_valid()  # an empty mark says nothing
        kept = batch.filter(filled)
        position = kept.column("<row>").cast(pa.int64())
        yield "extension", _extension(claim, kept, position, "<below>", names.filter(filled), values.filter(filled))


def _extension(
    claim: int, batch: pa.RecordBatch, position: pa.Array, number: str, names: pa.Array, values: pa.Array
) -> pa.Table:
    return pa.table(
        {
            "claim": _constant(claim, len(batch)),
            "document": batch.column("<document>").cast(pa.int64()),
            "position": position,
            "number": batch.column(number).cast(pa.int64()),
            "name": names,
            "value": values,
        }
    )


class _CodeBook:
    """The packet's distinct codes, each with an ordinal: facts are joined by number, not by text."""

    def __init__(self) -> None:
        self._ordinals: dict[tuple[Register, str], int] = {}
        self._gtins: dict[str, str] = {}

    def encoded(self, field: Field, column: pa.ChunkedArray | pa.Array) -> pa.Array:
        """A coded field's ordinals; any other column as it is."""
        if not field.register:
            return column
        flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        encoded = flat.dictionary_encode()
        ordinals = [self._ordinal(field.register, code) for code in encoded.dictionary.to_pylist()]
        return pa.array(ordinals, pa.int64()).take(encoded.indices)

    def learn_gtins(self, batch: pa.RecordBatch) -> None:
        """Notes the bar code that came with a product's code, where the feed has one."""
        if "gtin" not in batch.schema.names or batch.column("gtin").null_count == len(batch):
            return
        pairs = pa.table({"code": batch.column("product"), "gtin": batch.column("gtin")})
        for row in pairs.filter(pc.field("gtin") != "").group_by("code").aggregate([("gtin", "max")]).to_pylist():
            self._gtins[normal_code(row["code"])] = row["gtin_max"].strip()

    def table(self, claim: int) -> pa.Table:
        size = len(self._ordinals)
        gtins = [self._gtin(*each) for each in self._ordinals] if self._gtins else [None] * size
        return pa.table(
            {
                "claim": _constant(claim, size),
                "ordinal": pa.array(range(size), pa.int64()),
                "register": pa.array([str(register) for register, _ in self._ordinals], pa.string()),
                "code": pa.array([code for _, code in self._ordinals], pa.string()),
                "gtin": pa.array(gtins, pa.string()),
                "key": pa.nulls(size, pa.int64()),
                "target": pa.nulls(size, pa.int64()),
            }
        )

    def _ordinal(self, register: Register, code: str) -> int:
        return self._ordinals.setdefault((register, code), len(self._ordinals))

    def _gtin(self, register: Register, code: str) -> str | None:
        return self._gtins.get(code) if register is Register.PRODUCT else None


class _Watch:
    """Notices, while chunks go by, whether any element can hang below documents or rows."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self.saw_extension = False

    def chunks(self) -> Iterator[bytes]:
        tail = b""
        for chunk in self._content:
            seen = tail + chunk
            self.saw_extension = self.saw_extension or b"attribute" in seen or b"mark" in seen
            tail = chunk[-8:]
            yield chunk


def _constant(value: int, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.int64()), size)
