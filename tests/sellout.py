"""Turns the public sell-out file into a distributor's daily `shipments` packets, and a reference that fits it."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tests.packets import line, shipment, shipments

FILE = Path(__file__).parents[1] / ".." / "shared" / "data" / "sellout" / "online-retail-10k.csv"
PRODUCT = re.compile(r"\d{5}[A-Za-z]*")
"""Real products: five digits with any letter suffix; `POST`, `D`, `BANK CHARGES` are none."""


@dataclass(frozen=True)
class Sale:
    invoice: str
    code: str
    name: str
    quantity: Decimal
    day: date
    price: Decimal
    customer: str

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price


def sales() -> list[Sale]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return [_sale(row) for row in csv.DictReader(file, delimiter=";")]


def reference(rows: list[Sale]) -> list[dict[str, str]]:
    """The manufacturer's products: one for each spelling of a real product's code."""
    names = {row.code: row.name or row.code for row in rows if PRODUCT.fullmatch(row.code)}
    return [{"code": code, "name": name} for code, name in names.items()]


def packets(rows: list[Sale]) -> Iterator[tuple[str, bytes]]:
    """(packet id, XML) for each day. An invoice's sales and its returns are documents of their own."""
    days: dict[date, dict[tuple[str, bool], list[Sale]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        days[row.day][row.invoice, row.quantity < 0 or row.invoice.startswith("C")].append(row)
    for day, invoices in sorted(days.items()):
        documents = [_document(number, back, lines) for (number, back), lines in invoices.items()]
        every = [row for lines in invoices.values() for row in lines]
        control = {
            "documents": len(documents),
            "rows": len(every),
            "quantity": sum(row.quantity for row in every),
            "amount": sum(row.amount for row in every),
        }
        packet_id = f"sellout-{day}"
        yield packet_id, shipments(packet_id, *documents, control=control, **{"from": day, "to": day})


def _document(number: str, back: bool, rows: list[Sale]) -> str:
    sign = -1 if back else 1
    lines = [
        line(n, product=row.code, unit="pcs", quantity=sign * row.quantity, price=row.price, amount=sign * row.amount,
             vatRate=None)
        for n, row in enumerate(rows, start=1)
    ]  # fmt: skip
    kind = "return" if back else "sale"
    outlet = rows[0].customer or None
    name = f"{number}{'R' if back else ''}"
    return shipment(name, *lines, id=None, date=rows[0].day, kind=kind, outlet=outlet)


def _sale(row: dict[str, str]) -> Sale:
    return Sale(
        invoice=row["InvoiceNo"],
        code=row["StockCode"],
        name=row["Description"].strip(),
        quantity=Decimal(row["Quantity"]),
        day=datetime.strptime(row["InvoiceDate"], "%d/%m/%Y %H:%M").date(),  # noqa: DTZ007
        price=Decimal(row["UnitPrice"].replace(",", ".")),
        customer=row["CustomerID"].strip(),
    )
