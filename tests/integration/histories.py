"""Random histories of packets, for the oracle: few sites, documents and dates, so that packets often collide."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests import packets as xml
from tests.integration.model import Document, Line, Packet, Window

DAYS = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
ORGANIZATIONS = ["7701234567", "7701234567", "7701234567", "5001234567"]
MADE = datetime(2027, 1, 1, 6, tzinfo=UTC)
PRODUCTS = ["KNOWN", "known", "NEW"]


@dataclass(frozen=True)
class Step:
    """A packet of the history: its place in the order of loading, and whether all that is due is loaded after it."""

    packet: Packet
    rank: int
    then_load: bool
    sent_again: bool


def _numbered(given: list[Line]) -> tuple[Line, ...]:
    return tuple(replace(line, n=n) for n, line in enumerate(given, start=1))


quantities = st.integers(1, 9).map(lambda tenths: Decimal(tenths) / 10)
marks = st.sampled_from([None, None, "QUJD", "REVG"])
lines = st.builds(Line, st.integers(1, 3), st.sampled_from(PRODUCTS), quantities, marks)
shipment = st.builds(
    Document,
    number=st.sampled_from(["1", "2"]),
    day=st.sampled_from(DAYS),
    id=st.sampled_from([None, "A", "B", "B"]),
    kind=st.sampled_from([None, "sale", "return", "correction"]),
    lines=st.lists(lines, max_size=3).map(tuple),
    deleted=st.sampled_from([False, False, False, True]),
    note=st.sampled_from([None, None, "urgent"]),
)
warehouse = st.builds(
    Document,
    number=st.sampled_from(["MAIN", "NORTH"]),
    day=st.sampled_from(DAYS),
    instant=st.sampled_from(["09:00:00", "21:00:00"]),
    lines=st.lists(st.builds(Line, st.just(0), st.sampled_from(PRODUCTS), quantities), max_size=2).map(_numbered),
)
windows = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(lambda pair: (min(pair), max(pair)))


outlet = st.builds(
    Document,
    number=st.sampled_from(["TT-1", "TT-2"]),
    day=st.none(),
    lines=st.lists(st.builds(Line, st.just(0), st.just("KNOWN"), quantities), max_size=2).map(_numbered),
    deleted=st.sampled_from([False, False, False, True]),
    note=st.sampled_from([None, None, "urgent"]),
)


@st.composite
def shipments(draw: st.DrawFn, received: int) -> Packet:
    mode = draw(st.sampled_from(["replace", "merge"]))
    window = draw(windows) if mode == "replace" else None
    packet = _packet(draw, received, "shipments", mode, window)
    return _with(packet, draw(st.lists(shipment, max_size=3)))


@st.composite
def stock(draw: st.DrawFn, received: int) -> Packet:
    packet = _packet(draw, received, "stock", "snapshot", draw(st.none() | windows))
    return _with(packet, draw(st.lists(warehouse, max_size=3)))


@st.composite
def outlets(draw: st.DrawFn, received: int) -> Packet:
    """A register: without dates and rows."""
    packet = _packet(draw, received, "outlets", draw(st.sampled_from(["snapshot", "merge"])), None)
    return _with(packet, [replace(each, lines=()) for each in draw(st.lists(outlet, max_size=3))])


@st.composite
def receivables(draw: st.DrawFn, received: int) -> Packet:
    """Open items of each outlet as of the last day of the window."""
    packet = _packet(draw, received, "receivables", "snapshot", draw(st.none() | windows))
    day = packet.scope[None][1]
    return _with(packet, [replace(each, day=day, deleted=False) for each in draw(st.lists(outlet, max_size=2))])


def _packet(draw: st.DrawFn, received: int, feed: str, mode: str, window: Window | None) -> Packet:
    site, organization = draw(st.sampled_from([0, 0, 0, 1])), draw(st.sampled_from(ORGANIZATIONS))
    created = MADE + timedelta(hours=draw(st.integers(0, 4)))
    return Packet(received, site, organization, feed, mode, created, (), window)


def _with(packet: Packet, documents: list[Document]) -> Packet:
    """The packet with those of the documents that are in its window, each identity once."""
    first, last = packet.window or (date.min, date.max)
    distinct = {packet.identity(each): each for each in documents if each.day is None or first <= each.day <= last}
    return replace(packet, documents=tuple(distinct.values()))


@st.composite
def histories(draw: st.DrawFn, packet: Callable[[int], st.SearchStrategy[Packet]]) -> list[Step]:
    size = draw(st.integers(2, 7))
    ranks = draw(st.permutations(range(size)))
    return [Step(draw(packet(at)), ranks[at], draw(st.booleans()), draw(st.booleans())) for at in range(size)]


def content(packet: Packet, packet_id: str) -> bytes:
    """The packet as a sender writes it."""
    window = {"from": packet.window[0], "to": packet.window[1]} if packet.window else {"from": None, "to": None}
    write = {"stock": _warehouse, "shipments": _shipment, "outlets": _outlet, "receivables": _debtor}[packet.feed]
    made = {"organization": packet.organization, "created": packet.created.isoformat(), **window}
    kind = {"feed": packet.feed, "mode": packet.mode}
    return xml.shipments(packet_id, *map(write, packet.documents), empty=True, **kind, **made)


def _note(document: Document) -> list[str]:
    return [xml.element("attribute", name="note", value=document.note)] if document.note else []


def _outlet(document: Document) -> str:
    flag = "true" if document.deleted else None
    return xml.element("outlet", *_note(document), code=document.number, name="Ромашка", deleted=flag)


def _debtor(document: Document) -> str:
    items = [
        xml.element("item", number=line.n, date="2026-12-01", amount=line.quantity, openAmount=line.quantity)
        for line in document.lines
    ]
    return xml.element("outlet", *_note(document), *items, code=document.number)


def _shipment(document: Document) -> str:
    given = {"id": document.id, "number": document.number, "date": document.day, "kind": document.kind}
    flag = "true" if document.deleted else None
    return xml.element("shipment", *_note(document), *map(_line, document.lines), **given, deleted=flag)


def _line(line: Line) -> str:
    below = [xml.element("mark", line.mark)] if line.mark else []
    return xml.line(line.n, *below, product=line.product, quantity=line.quantity, amount=line.quantity)


def _warehouse(document: Document) -> str:
    positions = [xml.position(line.product, quantity=line.quantity) for line in document.lines]
    return xml.warehouse(document.number, *positions, as_of=f"{document.day}T{document.instant}")
