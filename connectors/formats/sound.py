"""A small packet without a fault shows itself in one pass of plain Python; what is in any doubt is read in columns.

To read in columns takes two milliseconds however few rows there are. The rules are those of `document_checks`,
`row_checks` and `repeats`, and these decide: here they are known only well enough to see that none is broken. A test
holds every survey made here equal to theirs, whatever the packet.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from operator import mul
from zoneinfo import ZoneInfo

from connectors.formats.document_checks import Bounds
from connectors.formats.header import control, header, present
from connectors.formats.plain_columns import MILLION, Columns, Elements
from connectors.formats.sound_rules import of_documents, of_lines, of_rows
from connectors.xml_parsers import valid_tree
from gateway.domain.feed import Dating, Feed, Register
from gateway.domain.packet import Survey, Totals

SMALL = 1 << 16
"""Bytes of XML up to which this is the faster way."""
Dates = tuple[date | None, date | None]


def sound(feed: Feed, content: bytes, zone: ZoneInfo, dates: Dates) -> Survey | None:
    """The survey of a valid packet that breaks no rule, but for its hash and size; None where that is not sure.

    `dates`: documents are dated from the first, the agreed history, to the second, today. What holds an entity is not
    looked at: where none is resolved, lxml gives "&#38;" for an ampersand.
    """
    if b"&" in content or (packet := valid_tree(feed.name, content)) is None:
        return None
    try:
        look = _Look(feed, Elements(packet, feed.document, feed.row), zone)
        return None if look.is_doubtful(dates) else look.survey()
    except ValueError:
        return None


class _Look:
    """At one packet. Raises ValueError where something is spelt in an unusual way."""

    def __init__(self, feed: Feed, elements: Elements, zone: ZoneInfo) -> None:
        self._feed, self._zone, self._places = feed, zone, elements.places
        self._head, self._control = header(present(elements.packet), zone), present(elements.control)
        self._documents = Columns(feed.document_fields, elements.documents, zone)
        self._rows = Columns(feed.row_fields, elements.rows, zone) if feed.row else self._documents
        self._days, self._numbers = self._dated(), self._documents[feed.numbered]
        self._identities = frozenset(self._identified())

    def is_doubtful(self, dates: Dates) -> bool:
        """Whether a rule may be broken."""
        bounds = Bounds(self._head.first_date, self._head.last_date, *dates)
        return (
            len(self._identities) < len(self._documents)
            or any(of_documents(self._feed, self._documents, self._days, bounds))
            or any(of_rows(self._feed, self._rows))
            or (self._feed.row is not None and any(of_lines(self._feed, self._documents, self._rows, self._places)))
        )

    def survey(self) -> Survey:
        days = self._days or [self._head.as_of(self._zone)] * (self._feed.dating is Dating.WINDOW)
        return Survey(
            sha256="",
            size=0,
            header=self._head,
            control=control(self._control),
            found=Totals(len(self._documents), len(self._rows), **self._sums()),
            first_date=min(filter(None, days), default=None),
            last_date=max(filter(None, days), default=None),
            products=self._products(),
            identities=self._identities,
            numbers=frozenset(self._numbers) if self._feed.per_warehouse else frozenset(),
        )

    def _dated(self) -> list[date | None]:
        size = len(self._documents)
        match self._feed.dating:
            case Dating.NONE:
                return [None] * size
            case Dating.WINDOW:
                return [self._head.as_of(self._zone)] * size
        own = self._documents[self._feed.dated]
        return [each.astimezone(self._zone).date() if isinstance(each, datetime) else each for each in own]

    def _identified(self) -> Iterator[str]:
        """As `documents` has it."""
        feed, organization = self._feed, self._head.organization
        if feed.identified:
            parts = [self._documents[name] for name in feed.identified]
        else:
            parts = [self._numbers, [day.year if feed.dating is Dating.OWN and day else day for day in self._days]]
        has_id = "id" in self._documents and not feed.identified
        ids = self._documents["id"] if has_id else [None] * len(self._documents)
        for own, *named in zip(ids, *parts, strict=True):
            yield own or "|".join((organization, *map(_spelt, named)))

    def _sums(self) -> dict[str, Decimal]:
        """Exact and signed."""
        feed, kinds = self._feed, self._documents["kind"] if self._feed.signs else []
        signs = [feed.signs[kind or feed.default_kind or ""] for kind in kinds] or [1] * len(self._documents)
        of_row = [signs[place] for place in self._places] if feed.row else signs
        return {name: Decimal(sum(map(mul, of_row, self._rows.millionths(name)))) / MILLION for name in feed.totals}

    def _products(self) -> dict[str, int]:
        """How many rows each product code has."""
        named = (field.name for field in self._feed.row_fields if field.register is Register.PRODUCT)
        return {code: rows for name in named for code, rows in Counter(self._rows[name]).items()}


def _spelt(part: str | int | date | None) -> str:
    """As Arrow writes it."""
    if isinstance(part, datetime):
        return part.replace(tzinfo=None).isoformat(" ", "microseconds") + "Z"
    return "" if part is None else str(part)
