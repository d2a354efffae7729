"""What a packet's content holds and what is wrong with it: one streaming XSD pass, then columns for the checks.

Only a packet that fails the XSD pays for the pass that finds the places (`locating`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from lxml import etree

from connectors.formats.columns import Part, batches
from connectors.formats.document_checks import Bounds
from connectors.formats.documents import documents
from connectors.formats.header import attributes, control, header
from connectors.formats.locating import located
from connectors.formats.reader import Opener, reopened
from connectors.formats.tally import Tally
from connectors.xml_parsers import validating_parser
from gateway.domain.errors import Unreadable
from gateway.domain.feed import Dating, Feed
from gateway.domain.packet import Survey
from gateway.domain.problem import Problem


def survey(feed: Feed, opened: Opener, zone: ZoneInfo, today: date | None, earliest: date | None) -> Survey:
    """Reads the whole content and says what it holds and what is wrong with it. Never raises for bad content.

    Documents may be dated from `earliest` (the agreed history) to `today`.
    """
    seen = _Seen()
    try:
        valid = _validate(feed, opened(), seen)
    except Unreadable as error:
        return Survey("", seen.size, problems=(error.problem,))  # it has no canonical content to be the hash of
    if not valid:
        # Should the second pass miss what the first found, the packet must not pass for a good one.
        problems = located(feed, opened()) or [Problem("XML_MALFORMED", params={"reason": "not valid"})]
        return Survey(seen.sha256, seen.size, problems=tuple(problems))
    try:
        found = _tallied(feed, reopened(opened), zone, (earliest, today))
        return replace(found, sha256=seen.sha256, size=seen.size)
    except etree.XMLSyntaxError as error:  # white space of 10 MB is no text to the first pass, and too long to a tree
        problem = Problem("XML_MALFORMED", params={"reason": str(error.msg)[:300]})
        return Survey(seen.sha256, seen.size, problems=(problem,))
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
            if valid:
                valid = _fed(parser, chunk)
    finally:
        seen.sha256 = digest.hexdigest()
    return _closed(parser) and valid


def _closed(parser: etree.XMLParser) -> bool:
    try:
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return not parser.feed_error_log


def _fed(parser: etree.XMLParser, chunk: bytes) -> bool:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError:
        return False
    return not parser.feed_error_log


def _tallied(feed: Feed, opened: Opener, zone: ZoneInfo, dates: tuple[date | None, date | None]) -> Survey:
    """All but hash and size, which the other pass knows."""
    packet, totals = attributes(opened())
    head = header(packet, zone)
    read = documents(feed, opened(), zone, head.organization, head.as_of(zone))
    tally = Tally(feed, read, zone)
    if feed.row:
        for batch in batches(feed, Part.ROWS, opened()):
            tally.add(batch)
    bounds = Bounds(head.first_date, head.last_date, *dates)
    first, last = (head.as_of(zone),) * 2 if feed.dating is Dating.WINDOW else tally.dates
    return Survey(
        "",
        0,
        head,
        control(totals),
        tally.totals,
        first,
        last,
        tuple(tally.problems(bounds)),
        dict(tally.products),
        frozenset(read["identity"].to_pylist()),
        frozenset(read["number"].to_pylist()) if feed.per_warehouse else frozenset(),
    )
