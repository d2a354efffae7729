"""Random histories of packets, for the oracle: few sites, documents and dates, so that packets often collide."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests import packets as xml
from tests.integration.model import Document, Line, Packet

DAYS = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
ORGANIZATIONS = ["7701234567", "7701234567", "7701234567", "5001234567"]
MADE = datetime(2027, 1, 3, tzinfo=UTC)
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


def _distinct(documents: list[Document], organization: str) -> tuple[Document, ...]:
    return tuple({document.identity(organization): document for document in documents}.values())


def _within(documents: tuple[Document, ...], window: tuple[date, date] | None) -> tuple[Document, ...]:
    return tuple(each for each in documents if window is None or window[0] <= each.day <= window[1])


@st.composite
def shipments(draw: st.DrawFn, received: int) -> Packet:
    organization, mode = draw(st.sampled_from(ORGANIZATIONS)), draw(st.sampled_from(["replace", "merge"]))
    window = draw(windows) if mode == "replace" else None
    documents = _within(_distinct(draw(st.lists(shipment, max_size=3)), organization), window)
    return _packet(draw, received, organization, "shipments", mode, documents, window)


@st.composite
def stock(draw: st.DrawFn, received: int) -> Packet:
    organization, window = draw(st.sampled_from(ORGANIZATIONS)), draw(st.none() | windows)
    documents = _within(_distinct(draw(st.lists(warehouse, max_size=3)), organization), window)
    return _packet(draw, received, organization, "stock", "snapshot", documents, window)


def _packet(
    draw: st.DrawFn,
    received: int,
    organization: str,
    feed: str,
    mode: str,
    documents: tuple[Document, ...],
    window: tuple[date, date] | None,
) -> Packet:
    created = MADE + timedelta(hours=draw(st.integers(0, 4)))
    return Packet(received, draw(st.sampled_from([0, 0, 0, 1])), organization, feed, mode, created, documents, window)


@st.composite
def histories(draw: st.DrawFn, packet: Callable[[int], st.SearchStrategy[Packet]]) -> list[Step]:
    size = draw(st.integers(2, 7))
    ranks = draw(st.permutations(range(size)))
    return [Step(draw(packet(at)), ranks[at], draw(st.booleans()), draw(st.booleans())) for at in range(size)]


def content(packet: Packet, packet_id: str) -> bytes:
    """The packet as a sender writes it."""
    window = {"from": packet.window[0], "to": packet.window[1]} if packet.window else {"from": None, "to": None}
    head = {"organization": packet.organization, "created": packet.created.isoformat(), **window}
    if packet.feed == "stock":
        return xml.stock(packet_id, *map(_warehouse, packet.documents), **head)
    return xml.shipments(packet_id, *map(_shipment, packet.documents), mode=packet.mode, empty=True, **head)


def _shipment(document: Document) -> str:
    note = [xml.element("attribute", name="note", value=document.note)] if document.note else []
    given = {"id": document.id, "number": document.number, "date": document.day, "kind": document.kind}
    flag = "true" if document.deleted else None
    return xml.element("shipment", *note, *map(_line, document.lines), **given, deleted=flag)


def _line(line: Line) -> str:
    below = [xml.element("mark", line.mark)] if line.mark else []
    return xml.line(line.n, *below, product=line.product, quantity=line.quantity, amount=line.quantity)


def _warehouse(document: Document) -> str:
    positions = [xml.position(line.product, quantity=line.quantity) for line in document.lines]
    return xml.warehouse(document.number, *positions, as_of=f"{document.day}T{document.instant}")
