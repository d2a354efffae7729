"""The contract's rules for facts, in plain Python: what the store must hold after any packets in any order.

Facts are what one gets by applying the packets one after another in the order of `created`; of equals, the one
received later comes later. Everything here is read off the contract ("Packets"), nothing off the statements.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

SIGNS = {"sale": 1, "return": -1, "correction": 1, None: 1}


@dataclass(frozen=True)
class Line:
    n: int
    product: str
    quantity: Decimal
    mark: str | None = None


@dataclass(frozen=True)
class Document:
    """`number` of a stock document is its warehouse; `instant` is what follows the date in its `asOf`."""

    number: str
    day: date
    id: str | None = None
    kind: str | None = "sale"
    lines: tuple[Line, ...] = ()
    deleted: bool = False
    instant: str | None = None
    note: str | None = None

    def identity(self, organization: str) -> tuple[object, ...]:
        if self.instant is not None:
            return organization, self.number, self.day, self.instant
        return (self.id,) if self.id else (organization, self.number, self.day.year)

    @property
    def usable(self) -> tuple[Line, ...]:
        """A line is known by `n`: the first of equals is it, the others are quarantined."""
        first = {line.n: line for line in reversed(self.lines)}
        return () if self.deleted else tuple(first[n] for n in sorted(first))


@dataclass(frozen=True)
class Packet:
    """`received` counts from 0. A snapshot without a window speaks for its documents' dates."""

    received: int
    site: int
    organization: str
    feed: str
    mode: str
    created: datetime
    documents: tuple[Document, ...]
    window: tuple[date, date] | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        return self.created, self.received

    @property
    def dates(self) -> tuple[date, date] | None:
        days = [document.day for document in self.documents]
        return self.window or ((min(days), max(days)) if days else None)

    @property
    def warehouses(self) -> frozenset[str] | None:
        """None where the feed has none: the scope is not bounded by them."""
        return frozenset(document.number for document in self.documents) if self.feed == "stock" else None

    def speaks_for(self, fact: "Fact") -> bool:
        """Whether the fact is in the packet's scope, so that it is withdrawn where the packet has it not."""
        same = (self.site, self.organization, self.feed) == (fact.site, fact.organization, fact.feed)
        listed = self.warehouses is None or fact.document.number in self.warehouses
        return same and listed and self.dates is not None and self.dates[0] <= fact.document.day <= self.dates[1]

    def covers(self, older: "Packet") -> bool:
        """Whether this one, being newer, supersedes the other."""
        if self.mode == "merge" or self.order <= older.order or not (self.dates and older.dates):
            return False
        same = (self.site, self.organization, self.feed) == (older.site, older.organization, older.feed)
        listed = self.warehouses is None or (older.warehouses or frozenset()) <= self.warehouses
        return same and listed and self.dates[0] <= older.dates[0] and older.dates[1] <= self.dates[1]


@dataclass(frozen=True)
class Fact:
    """A document as the facts hold it, and the packet that brought it."""

    site: int
    organization: str
    feed: str
    document: Document
    packet: Packet

    @property
    def content(self) -> tuple[object, ...]:
        """All that counts, in the shape that `looking.contents` reads from the store."""
        document = self.document
        sign = SIGNS[document.kind]
        rows = tuple((line.n, line.product, sign * line.quantity, line.mark) for line in document.usable)
        return self.site, self.organization, document.number, document.day, document.note, rows


def facts(packets: Iterable[Packet]) -> list[Fact]:
    """What stands after these packets, whatever the order they came in."""
    standing: dict[tuple[object, ...], Fact] = {}
    for packet in sorted(packets, key=lambda each: each.order):
        if packet.mode != "merge":
            standing = {key: fact for key, fact in standing.items() if not packet.speaks_for(fact)}
        for document in packet.documents:
            key = (packet.site, packet.feed, document.identity(packet.organization))
            standing.pop(key, None)
            if not document.deleted:
                standing[key] = Fact(packet.site, packet.organization, packet.feed, document, packet)
    return list(standing.values())
