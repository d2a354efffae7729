"""What a packet's content holds and what is wrong with it: one streaming XSD pass, then columns for the checks.

Only a packet that fails the XSD pays for the pass that finds the places (`locating`).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from lxml import etree

from connectors.formats.columns import CONTROL, HEADER, Part, batches
from connectors.formats.documents import documents
from connectors.formats.locating import located
from connectors.formats.tally import Tally
from connectors.xml_parsers import validating_parser
from gateway.domain.errors import Unreadable
from gateway.domain.feed import Feed, Mode
from gateway.domain.packet import ABSENT_DATE, Header, Survey, Totals, in_utc
from gateway.domain.problem import Problem

Opener = Callable[[], Iterator[bytes]]
"""Opens the canonical content from its beginning; called once for each pass."""


def survey(feed: Feed, opened: Opener, zone: ZoneInfo) -> Survey:
    """Reads the whole content and says what it holds and what is wrong with it. Never raises for bad content."""
    seen = _Seen()
    try:
        valid = _validate(feed, opened(), seen)
    except Unreadable as error:
        return Survey(seen.sha256, seen.size, problems=(error.problem,))
    if not valid:
        return Survey(seen.sha256, seen.size, problems=tuple(located(feed, opened())))
    try:
        return _tallied(feed, opened, zone, seen)
    except ValueError as error:  # dates that the XSD lets through and no calendar holds, as year 0000
        problem = Problem("DATE_INVALID", field="date", value=str(error))
        return Survey(seen.sha256, seen.size, problems=(problem,))


@dataclass
class _Seen:
    size: int = 0
    sha256: str = ""


def _validate(feed: Feed, chunks: Iterator[bytes], seen: _Seen) -> bool:
    """Feeds every chunk to the hash and, until it finds an error, to the validating parser."""
    parser, digest, valid = validating_parser(feed.name), hashlib.sha256(), True
    try:
        for chunk in chunks:
            digest.update(chunk)
            seen.size += len(chunk)
            valid = valid and _fed(parser, chunk)
    finally:
        seen.sha256 = digest.hexdigest()
    try:
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return valid and not parser.feed_error_log


def _fed(parser: etree.XMLParser, chunk: bytes) -> bool:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError:
        return False
    return not parser.feed_error_log


def _tallied(feed: Feed, opened: Opener, zone: ZoneInfo, seen: _Seen) -> Survey:
    text = _header_text(feed, opened())
    header = _header(text, zone)
    tally = Tally(feed, documents(feed, opened(), zone, header.organization), zone)
    for batch in batches(feed, Part.ROWS, opened()):
        tally.add(batch)
    first, last = tally.dates
    problems = tuple(tally.problems((header.first_date, header.last_date)))
    return Survey(seen.sha256, seen.size, header, _control(text), tally.totals, first, last, problems)


def _header_text(feed: Feed, content: Iterator[bytes]) -> dict[str, str]:
    """The texts of the header's and control's attributes that are there."""
    columns = next(batches(feed, Part.HEADER, content)).to_pydict()
    return {name: values[0].strip() for name, values in columns.items() if values[0]}


def _header(text: dict[str, str], zone: ZoneInfo) -> Header:
    return Header(
        created=in_utc(text["created"], zone),
        first_date=_date(text.get("from")),
        last_date=_date(text.get("to")),
        mode=Mode(text["mode"]),
        **{name: text.get(name, "") for name in HEADER if name not in ("created", "from", "to", "mode")},
    )


def _date(text: str | None) -> date | None:
    value = date.fromisoformat(text) if text else None
    return None if value == ABSENT_DATE else value


def _control(text: dict[str, str]) -> Totals | None:
    said = {name: text[f"control_{name}"] for name in CONTROL if f"control_{name}" in text}
    if not said:
        return None
    return Totals(
        documents=int(said["documents"]) if "documents" in said else None,
        rows=int(said["rows"]) if "rows" in said else None,
        quantity=Decimal(said["quantity"]) if "quantity" in said else None,
        amount=Decimal(said["amount"]) if "amount" in said else None,
    )
