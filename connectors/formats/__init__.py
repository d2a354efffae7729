"""Packet formats. This is the face that use cases see; content is what was submitted: XML, gzip, or zip of one file."""

import hashlib
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from connectors.formats import commerceml_shapes, reference, reference_words
from connectors.formats.catalog_file import catalog_text, zipped
from connectors.formats.commerceml import read_commerceml
from connectors.formats.commerceml_catalog import write_catalogue
from connectors.formats.commerceml_orders import write_commerceml_orders
from connectors.formats.content import canonical, compressed
from connectors.formats.crosswalk_file import read_crosswalk, write_crosswalk
from connectors.formats.csv_file import read_records
from connectors.formats.cutting import row as cut_row
from connectors.formats.documents import documents
from connectors.formats.header import own_words as _own_words
from connectors.formats.header import stated as _stated
from connectors.formats.letter_file import write_letter
from connectors.formats.order_book import write_orders
from connectors.formats.order_files import order_file
from connectors.formats.order_packet import order_element, order_packet
from connectors.formats.reader import reopened
from connectors.formats.staged import Staged
from connectors.formats.staged import staged as _staged
from connectors.formats.survey import survey as _survey
from connectors.formats.table_packets import table_packets
from connectors.formats.table_rows import TABLES
from connectors.formats.yaml_file import read_yaml
from gateway.domain.errors import Unreadable
from gateway.domain.feed import Feed
from gateway.domain.packet import Stated, Survey

__all__ = [
    "TABLES",
    "catalog_text",
    "commerceml_shapes",
    "compressed",
    "content_hash",
    "order_element",
    "order_file",
    "order_packet",
    "own_words",
    "read_commerceml",
    "read_crosswalk",
    "read_records",
    "read_yaml",
    "reference",
    "reference_words",
    "row_of",
    "staged",
    "stated",
    "survey",
    "table_packets",
    "write_catalogue",
    "write_commerceml_orders",
    "write_crosswalk",
    "write_letter",
    "write_orders",
    "zipped",
]


def survey(
    feed: Feed, content: bytes, limit: int, zone: ZoneInfo, today: date | None = None, earliest: date | None = None
) -> Survey:
    """Everything the content holds and all that is wrong with it; `limit` in bytes of XML. Never raises.

    Documents may be dated from `earliest` (the agreed history) to `today`, as far as these are given.
    """
    return _survey(feed, lambda: canonical(content, limit), zone, today, earliest)


def staged(
    feed: Feed, content: bytes, limit: int, zone: ZoneInfo, organization: str, as_of: date | None, packet: int
) -> Iterator[Staged]:
    """A valid packet's content as (part, Arrow table) batches for staging; `as_of` is its window's last date."""
    return _staged(feed, reopened(lambda: canonical(content, limit)), zone, organization, as_of or date.max, packet)


def row_of(
    feed: Feed, content: bytes, limit: int, zone: ZoneInfo, organization: str, as_of: date | None, number: int
) -> tuple[bytes, str] | None:
    """The bytes of an accepted packet's row as they were sent, and the identity of its document; None: no such row."""
    opened = reopened(lambda: canonical(content, limit))
    found = cut_row(feed, opened, number)
    if found is None:
        return None
    return found.content, documents(feed, opened(), zone, organization, as_of or date.max)["identity"][
        found.place
    ].as_py()


def content_hash(content: bytes, limit: int) -> str | None:
    """SHA-256 of the canonical content, None where it can't be read."""
    digest = hashlib.sha256()
    try:
        for chunk in canonical(content, limit):
            digest.update(chunk)
    except Unreadable:
        return None
    return digest.hexdigest()


def own_words(content: bytes, limit: int) -> dict[str, str]:
    """The attributes of the packet's own head, as far as they can be read."""
    try:
        return _own_words(canonical(content, limit))
    except Unreadable:
        return {}


def stated(content: bytes, limit: int, zone: ZoneInfo) -> Stated:
    """What the packet says of itself, be it valid or not. Never raises, and reads no more than its begin."""
    return _stated(own_words(content, limit), zone)
