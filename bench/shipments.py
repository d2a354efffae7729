"""Made-up but lifelike shipments: the records, and the packet of the contract that holds them.

The same records go to both sides of a comparison, so that neither has less to read.
"""

import io
import random
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple
from uuid import UUID

NAMESPACE = "urn:obmen:packet:v1"
INN = "7701234567"
LINES_PER_DOCUMENT = 10
PRODUCTS, OUTLETS = 800, 300
_VARIETY = 20_000
"""So many different lines there are; the more, the less a packet compresses."""


class Line(NamedTuple):
    """One line; prices and amounts in kopecks."""

    n: int
    product: str
    unit: str
    quantity: int
    price: int
    amount: int
    vat_rate: int


class Shipment(NamedTuple):
    id: str
    number: str
    date: str
    kind: str
    outlet: str
    warehouse: str
    lines: list[Line]


def product(place: int) -> str:
    return f"{place:06d}"


def outlet(place: int) -> str:
    return f"TT-{place:05d}"


def shipments(lines: int, year: int) -> Iterator[Shipment]:
    """The shipments of one year (a past one: no packet may come from the future), the same for the same year."""
    chance, stock = random.Random(year), _stock()
    documents = max(1, lines // LINES_PER_DOCUMENT)
    for place in range(documents):
        day = place * 336 // documents
        first = chance.randrange(_VARIETY - LINES_PER_DOCUMENT)
        size = min(lines, LINES_PER_DOCUMENT)
        yield Shipment(
            id=str(UUID(int=chance.getrandbits(128))),
            number=f"РН-{place:07d}",
            date=f"{year}-{day // 28 + 1:02d}-{day % 28 + 1:02d}",
            kind="return" if chance.random() < 0.04 else "sale",
            outlet=outlet(chance.randrange(OUTLETS)),
            warehouse="MAIN" if chance.random() < 0.9 else "COLD",
            lines=[each._replace(n=n) for n, each in enumerate(stock[first : first + size], start=1)],
        )


@cache
def _stock() -> list[Line]:
    chance = random.Random(0)
    return [_line(chance) for _ in range(_VARIETY)]


def _line(chance: random.Random) -> Line:
    price, quantity = chance.randrange(500, 90_000), int(chance.paretovariate(1.3)) % 500 + 1
    amount = price * quantity
    return Line(0, product(chance.randrange(PRODUCTS)), "шт", quantity, price, amount, 20)


def packet(packet_id: str, year: int, documents: Iterable[Shipment]) -> bytes:
    """The documents as XML of the contract, a packet that replaces its year, with control totals."""
    parts, rows, quantity, amount, count = [], 0, 0, 0, 0
    for count, document in enumerate(documents, start=1):  # noqa: B007
        parts.append(_document(document))
        sign = -1 if document.kind == "return" else 1
        rows += len(document.lines)
        quantity += sign * sum(line.quantity for line in document.lines)
        amount += sign * sum(line.amount for line in document.lines)
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<packet xmlns="{NAMESPACE}" id="{packet_id}" feed="shipments"'
        f' organization="{INN}" created="{year + 1}-01-10T03:10:05+03:00" from="{year}-01-01" to="{year}-12-31"'
        f' mode="replace" software="1C:УТ 11.5.17" module="1.0.0">\n'
    )
    control = f'<control documents="{count}" rows="{rows}" quantity="{quantity}" amount="{roubles(amount)}"/>\n'
    return "".join([head, control, *parts, "</packet>\n"]).encode()


def _document(document: Shipment) -> str:
    lines = "".join(
        f'<line n="{line.n}" product="{line.product}" unit="{line.unit}" quantity="{line.quantity}"'
        f' price="{roubles(line.price)}" amount="{roubles(line.amount)}"'
        f' vatRate="{line.vat_rate}"/>\n'
        for line in document.lines
    )
    return (
        f'<shipment id="{document.id}" number="{document.number}" date="{document.date}" kind="{document.kind}"'
        f' outlet="{document.outlet}" warehouse="{document.warehouse}">\n{lines}</shipment>\n'
    )


def roubles(kopecks: int) -> str:
    sign, whole = ("-", -kopecks) if kopecks < 0 else ("", kopecks)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def zipped(content: bytes) -> bytes:
    """As 1C sends it: a zip of one file."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("packet.xml", content)
    return memory.getvalue()
