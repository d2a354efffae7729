"""The contract's rules for facts, in plain Python: what the store must hold after any packets in any order.

Facts are what one gets by applying the packets one after another in the order of `created`; of equals, the one
received later comes later. Everything here is read off the contract ("Packets"), nothing off the statements.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Window = tuple[date, date]
SIGNS = {"sale": 1, "return": -1, "correction": 1, None: 1}


@dataclass(frozen=True)
class Line:
    n: int
    product: str
    quantity: Decimal
    mark: str | None = None


@dataclass(frozen=True)
class Document:
    """`number` is the code of a warehouse or outlet where these are the documents; `day` is None in a register.

    `instant` is what follows the date in the `asOf` of stock.
    """

    number: str
    day: date | None
    id: str | None = None
    kind: str | None = "sale"
    lines: tuple[Line, ...] = ()
    deleted: bool = False
    instant: str | None = None
    note: str | None = None

    @property
    def usable(self) -> tuple[Line, ...]:
        """A line is known by `n`: the first of equals is it, the others are quarantined."""
        first = {line.n: line for line in reversed(self.lines)}
        return () if self.deleted else tuple(first[n] for n in sorted(first))


@dataclass(frozen=True)
class Packet:
    """`received` counts from 0. A packet without a window speaks for its documents' dates."""

    received: int
    site: int
    organization: str
    feed: str
    mode: str
    created: datetime
    documents: tuple[Document, ...]
    window: Window | None = None

    def identity(self, document: Document) -> tuple[object, ...]:
        """What makes a document the same in another packet of the site and feed."""
        if self.feed == "shipments":
            assert document.day
            return (document.id,) if document.id else (self.organization, document.number, document.day.year)
        return self.organization, document.number, document.day, document.instant

    @property
    def order(self) -> tuple[datetime, int]:
        return self.created, self.received

    @property
    def scope(self) -> dict[str | None, Window]:
        """The dates it speaks for in each warehouse that it lists; under None for feeds without warehouses.

        A snapshot of a register speaks for all of it, one of receivables for its day at least.
        """
        if self.feed == "outlets":
            return {None: (date.min, date.max)}
        if self.feed == "receivables":
            return {None: self.window or (self.created.date(), self.created.date())}
        listed = {document.number for document in self.documents} if self.feed == "stock" else {None}
        return {name: dates for name in listed if (dates := self._dates(name))}

    def _dates(self, warehouse: str | None) -> Window | None:
        days = [each.day for each in self.documents if each.day and warehouse in (None, each.number)]
        return self.window or ((min(days), max(days)) if days else None)

    def _same_series(self, other: "Packet") -> bool:
        return (self.site, self.organization, self.feed) == (other.site, other.organization, other.feed)

    def speaks_for(self, fact: "Fact") -> bool:
        """Whether the fact is in the packet's scope, so that it is withdrawn where the packet has it not."""
        dates = self.scope.get(fact.document.number if self.feed == "stock" else None)
        day = fact.document.day or date.min
        return self._same_series(fact.packet) and dates is not None and dates[0] <= day <= dates[1]

    def covers(self, older: "Packet") -> bool:
        """Whether this one, being newer, supersedes the other."""
        if self.mode == "merge" or self.order <= older.order or not self._same_series(older) or not older.scope:
            return False
        mine = self.scope
        return all(
            name in mine and mine[name][0] <= dates[0] and dates[1] <= mine[name][1]
            for name, dates in older.scope.items()
        )


@dataclass(frozen=True)
class Fact:
    """A document as the facts hold it, and the packet that brought it."""

    document: Document
    packet: Packet

    @property
    def content(self) -> tuple[object, ...]:
        """All that counts, in the shape that `looking.contents` reads from the store."""
        document = self.document
        sign = SIGNS[document.kind]
        goods = document.usable if self.packet.feed in ("shipments", "stock") else ()
        rows = tuple((line.n, line.product, sign * line.quantity, line.mark) for line in goods)
        return self.packet.site, self.packet.organization, document.number, document.day, document.note, rows


def facts(packets: Iterable[Packet]) -> list[Fact]:
    """What stands after these packets, whatever the order they came in."""
    standing: dict[tuple[object, ...], Fact] = {}
    for packet in sorted(packets, key=lambda each: each.order):
        if packet.mode != "merge":
            standing = {key: fact for key, fact in standing.items() if not packet.speaks_for(fact)}
        for document in packet.documents:
            key = (packet.site, packet.feed, packet.identity(document))
            standing.pop(key, None)
            if not document.deleted:
                standing[key] = Fact(document, packet)
    return list(standing.values())
