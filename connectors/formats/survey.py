"""What a packet's content holds and what is wrong with it: one streaming XSD pass, then columns for the checks.

Only a packet that fails the XSD pays for the pass that finds the places (`locating`).
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from lxml import etree

from connectors.formats.columns import Part, batches
from connectors.formats.document_checks import Bounds
from connectors.formats.documents import documents
from connectors.formats.header import attributes, control, header
from connectors.formats.locating import located
from connectors.formats.reader import ChunkReader, Opener
from connectors.formats.sound import SMALL, sound
from connectors.formats.tally import Tally
from connectors.xml_parsers import is_valid, validating_parser
from gateway.domain.errors import Unreadable
from gateway.domain.feed import Dating, Feed
from gateway.domain.packet import Survey
from gateway.domain.problem import Problem

WORTH_A_THREAD = 1 << 18
"""Bytes of XML that take some milliseconds to validate."""
Dates = tuple[date | None, date | None]


def survey(feed: Feed, opened: Opener, zone: ZoneInfo, today: date | None, earliest: date | None) -> Survey:
    """Reads the whole content and says what it holds and what is wrong with it. Never raises for bad content.

    Documents may be dated from `earliest` (the agreed history) to `today`.
    """
    seen = _Seen()
    try:
        reader = ChunkReader(opened())
        if reader.short:
            seen.take(reader.first)
            return _short(feed, reader.first, seen, zone, (earliest, today))
        valid = _validate(feed, reader.rest(), seen)
    except Unreadable as error:
        return Survey("", seen.size, problems=(error.problem,))  # it has no canonical content to be the hash of
    del reader  # and the chunks it began with
    return _tallied(feed, opened, seen, zone, (earliest, today)) if valid else _located(feed, opened, seen)


class _Seen:
    """Size and hash of what went by."""

    def __init__(self) -> None:
        self.size, self._digest = 0, hashlib.sha256()

    def take(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _short(feed: Feed, content: bytes, seen: _Seen, zone: ZoneInfo, dates: Dates) -> Survey:
    """What is at hand as a whole is validated and read at the same time where that is worth a thread.

    Either lets go of Python's lock; what was read of a content that is not valid counts for nothing.
    """

    def opened() -> Iterator[bytes]:
        return iter((content,))

    if len(content) <= SMALL and (good := sound(feed, content, zone, dates)):
        return replace(good, sha256=seen.sha256, size=seen.size)
    if len(content) < WORTH_A_THREAD:
        valid = is_valid(feed.name, content)
        return _tallied(feed, opened, seen, zone, dates) if valid else _located(feed, opened, seen)
    with ThreadPoolExecutor(1) as beside:
        verdict = beside.submit(is_valid, feed.name, content)
        try:
            found = _tallied(feed, opened, seen, zone, dates)
        except Exception:
            if verdict.result():
                raise
    return found if verdict.result() else _located(feed, opened, seen)


def _validate(feed: Feed, chunks: Iterator[bytes], seen: _Seen) -> bool:
    """Hashes every chunk and, until it finds an error, feeds it to the validating parser."""
    parser, valid = validating_parser(feed.name), True
    for chunk in chunks:
        seen.take(chunk)
        if valid:
            valid = _fed(parser, chunk)
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


def _located(feed: Feed, opened: Opener, seen: _Seen) -> Survey:
    # Should the second pass miss what the first found, the packet must not pass for a good one.
    problems = located(feed, opened()) or [Problem("XML_MALFORMED", params={"reason": "not valid"})]
    return Survey(seen.sha256, seen.size, problems=tuple(problems))


def _tallied(feed: Feed, opened: Opener, seen: _Seen, zone: ZoneInfo, dates: Dates) -> Survey:
    """Of a valid content."""
    try:
        return replace(_summed(feed, opened, zone, dates), sha256=seen.sha256, size=seen.size)
    except etree.XMLSyntaxError as error:  # white space of 10 MB is no text to the first pass, and too long to a tree
        problem = Problem("XML_MALFORMED", params={"reason": str(error.msg)[:300]})
    except ValueError as error:  # dates that the XSD lets through and no calendar holds, as year 0000
        problem = Problem("DATE_INVALID", field="date", value=str(error))
    return Survey(seen.sha256, seen.size, problems=(problem,))


def _summed(feed: Feed, opened: Opener, zone: ZoneInfo, dates: Dates) -> Survey:
    """All but hash and size, which the first pass knows."""
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
