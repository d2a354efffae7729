"""Canonical content to Arrow columns of text: documents, rows, and what hangs below them.

Each part is read by a parser of its own: xml2arrow gives the attributes of an element that holds a table to that
table, so documents and their rows can't be read in one pass. A pass costs a tenth of the XSD's.
"""

import tempfile
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

import pyarrow as pa
from xml2arrow import XmlToArrowParser

from connectors.formats.reader import ChunkReader
from gateway.domain.feed import Feed, Field

ROWS_PER_BATCH = 1 << 14
pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what was freed, 35 MB while a large packet is checked


class Part(StrEnum):
    """What of a packet is read. `document` and `row` number elements from 0: rows within their document."""

    DOCUMENTS = "documents"
    ROWS = "rows"
    DOCUMENT_ATTRIBUTES = "document-attributes"
    BELOW_ROWS = "below-rows"


def batches(feed: Feed, part: Part, content: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    """Yields one part's columns, all text, after `<document>`, `<row>` and `<below>` as far as the part has them."""
    parser, source = _parser(feed, part), ChunkReader(content)
    if source.short:
        yield parser.parse(source.first)[part]  # no thread for what fits into one chunk
        return
    for _, batch in parser.parse_batches(source.as_file(), max_rows_per_batch=ROWS_PER_BATCH):
        yield batch


@cache
def _parser(feed: Feed, part: Part) -> XmlToArrowParser:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as config:
        config.write("\n".join(["tables:", *_tables(feed, part)]))
        config.flush()
        return XmlToArrowParser(config.name)


def _tables(feed: Feed, part: Part) -> list[str]:
    """The part's table below tables without fields, which only number the elements above it."""
    document = f"/packet/{feed.document}"
    row = f"{document}/{feed.row}"
    packets, documents = _table("packets", "/packet", 1, []), _table("documents", document, 2, [])
    match part:
        case Part.DOCUMENTS:
            return [_table(part, "/packet", 1, _paths(document, feed.document_fields))]
        case Part.ROWS:
            return [packets, _table(part, document, 2, _paths(row, feed.row_fields))]
        case Part.DOCUMENT_ATTRIBUTES:
            return [packets, _table(part, document, 2, _attribute(document))]
        case Part.BELOW_ROWS:
            return [packets, documents, _table(part, row, 3, [("mark", f"{row}/mark"), *_attribute(row)])]


def _attribute(element: str) -> list[tuple[str, str]]:
    return [("name", f"{element}/attribute/@name"), ("value", f"{element}/attribute/@value")]


def _paths(element: str, fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    return [(field.column, f"{element}/@{field.name}") for field in fields]


def _table(name: str, path: str, depth: int, fields: list[tuple[str, str]]) -> str:
    levels = ", ".join(("document", "row", "below")[:depth])
    columns = [f"{{name: {column}, xml_path: '{where}', data_type: Utf8, nullable: true}}" for column, where in fields]
    return f"  - {{name: {name}, xml_path: '{path}', levels: [{levels}], fields: [{', '.join(columns)}]}}"
