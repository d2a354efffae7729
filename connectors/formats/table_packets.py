"""Tables of a feed's rows (CSV, Excel) as packets of the contract: history comes in by the same door as the rest.

A column is named as the packet's attribute. Rows of one document need not stand together. Cut into packets by month
and size, the same table gives the same packets with the same ids: to import it again changes nothing.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from connectors.formats.table_rows import Cell, Line, rows_of, text_of
from gateway.domain.errors import Misuse
from gateway.domain.feed import Dating, Feed, Field, Kind, Mode

ROWS_AT_MOST = 50_000
"""Of one packet: enough to be fast, little enough to begin with the next one soon."""
AS_OF = "to"
"""The column that gives a snapshot's date where documents have none."""
_HEAD = '<packet xmlns="urn:obmen:packet:v1" id="{id}" feed="{feed}" organization={organization} created="{created}"'


@dataclass(frozen=True)
class TablePacket:
    """A packet's XML, and for each of its rows (documents, where the feed has no rows) the line of the table."""

    id: str
    content: bytes
    lines: "array[int]"


@dataclass
class _Document:
    attributes: str
    rows: list[tuple[str, int]]


def table_packets(
    path: Path,
    feed: Feed,
    organization: str,
    zone: ZoneInfo,
    sent: datetime | None = None,
    names: Mapping[str, str] | None = None,
) -> Iterator[TablePacket]:
    """The table's packets, the oldest first. Raises Misuse that names file, sheet and column of what can't be used.

    `sent` is when they were created, where that is not told by what they hold; `names` are what columns are called
    besides (in lower case → as the packet has it).
    """
    lines = rows_of(path)
    head = heading(next(lines, (0, ()))[1], names or {})
    plan = _Plan(path, feed, head)
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    for period, documents in sorted(_by_period(plan, lines).items()):
        created = sent or _created(period, zone, made)
        for some in _cut(documents.values()):
            yield _packet(feed, organization, plan.window(period), created, some)


def heading(cells: Sequence[Cell], names: Mapping[str, str]) -> list[str]:
    """The columns as the packet has them."""
    said = [str(name or "").strip() for name in cells]
    return [names.get(name.lower(), name) for name in said]


class _Plan:
    """Which column goes where."""

    def __init__(self, path: Path, feed: Feed, head: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(head) if name}
        self.feed = feed
        fields = (*feed.document_fields, *feed.row_fields)
        known = {field.name for field in fields} | ({AS_OF} if feed.dating is Dating.WINDOW else set())
        _check(path, self._places, known, {field.name for field in fields if field.required} - {"n"})
        if feed.dating is Dating.WINDOW and AS_OF not in self._places:
            raise Misuse(f"{path}: the header line has no column {AS_OF}: the date of the snapshot")
        self._document = [field for field in feed.document_fields if field.name in self._places]
        self._row = [field for field in feed.row_fields if field.name in self._places]
        named = feed.identified or (("id",) if "id" in self._places else (feed.numbered, feed.dated))
        self._identity = [self._places[name] for name in named if name in self._places]

    def document(self, cells: Sequence[Cell]) -> str:
        return self._attributes(self._document, cells)

    def row(self, cells: Sequence[Cell]) -> str:
        return self._attributes(self._row, cells) if self.feed.row else ""

    def identity(self, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        return tuple(cells[place] for place in self._identity)

    def period(self, cells: Sequence[Cell]) -> str:
        """What rows of one packet have in common: a month, the day of a snapshot, or nothing."""
        if self.feed.dating is Dating.NONE:
            return ""
        if self.feed.dating is Dating.WINDOW:
            return text_of(cells[self._places[AS_OF]], Kind.DATE)
        day = text_of(cells[self._places[self.feed.dated]], Kind.INSTANT)
        return day[:10] if Mode.MERGE not in self.feed.modes else day[:7]

    def window(self, period: str) -> str:
        """The attributes that say what the packet speaks for."""
        mode = Mode.MERGE if Mode.MERGE in self.feed.modes else Mode.SNAPSHOT
        dated = f" from={quoteattr(period)} to={quoteattr(period)}" if mode is Mode.SNAPSHOT and period else ""
        return f'{dated} mode="{mode}"'

    def _attributes(self, fields: Iterable[Field], cells: Sequence[Cell]) -> str:
        texts = ((field.name, text_of(cells[self._places[field.name]], field.kind)) for field in fields)
        return "".join(f" {name}={quoteattr(text)}" for name, text in texts if text)


def _check(path: Path, given: dict[str, int], known: set[str], required: set[str]) -> None:
    if strange := sorted(given.keys() - known):
        raise Misuse(f"{path}: unknown column {', '.join(strange)}; columns are {', '.join(sorted(known))}")
    if missing := sorted(required - given.keys()):
        raise Misuse(f"{path}: the header line has no column {', '.join(missing)}")


def _by_period(plan: _Plan, lines: Iterator[Line]) -> dict[str, dict[tuple[Cell, ...], _Document]]:
    found: dict[str, dict[tuple[Cell, ...], _Document]] = {}
    for line, cells in lines:
        documents = found.setdefault(plan.period(cells), {})
        identity = plan.identity(cells)
        document = documents.get(identity)
        if document is None:
            document = documents[identity] = _Document(plan.document(cells), [])
        document.rows.append((plan.row(cells), line))
    return found


def _cut(documents: Iterable[_Document]) -> Iterator[list[_Document]]:
    some: list[_Document] = []
    rows = 0
    for document in documents:
        if some and rows + len(document.rows) > ROWS_AT_MOST:
            yield some
            some, rows = [], 0
        some.append(document)
        rows += len(document.rows)
    yield some


def _created(period: str, zone: ZoneInfo, made: datetime) -> datetime:
    """The end of what the packet tells of: whatever was sent since is newer, and history does not overwrite it."""
    try:
        first = date.fromisoformat(period if len(period) > 7 else f"{period}-01")
    except ValueError:  # no date, or one that intake will refuse
        return made
    last = first if len(period) > 7 else (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(datetime.combine(last, time(23, 59, 59), zone), made)


def _packet(feed: Feed, organization: str, window: str, created: datetime, documents: list[_Document]) -> TablePacket:
    lines = array("I", (line for document in documents for _, line in document.rows))
    body = "".join(_element(feed, document) for document in documents)
    packet_id = "import-" + hashlib.sha256(f"{feed.name} {organization}{window}{body}".encode()).hexdigest()[:40]
    head = _HEAD.format(id=packet_id, feed=feed.name, organization=quoteattr(organization), created=created.isoformat())
    return TablePacket(packet_id, f"{head}{window}>{body}</packet>".encode(), lines)


def _element(feed: Feed, document: _Document) -> str:
    if not feed.row:
        return f"<{feed.document}{document.attributes}/>"
    numbered = " n=" in document.rows[0][0]
    rows = (
        f"<{feed.row}{attributes}/>" if numbered else f'<{feed.row} n="{n}"{attributes}/>'
        for n, (attributes, _) in enumerate(document.rows, start=1)
    )
    return f"<{feed.document}{document.attributes}>{''.join(rows)}</{feed.document}>"
