"""What an ERP that has a web service of its own says to the hub, in one answer of it, and what the hub says to it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gateway.domain.erp import Debts, Party, Plan, Price, Product, Sale, Serving
from gateway.domain.order import LineStatus, TransferOrder, is_figure
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem

LONGEST = {"name": 200, "address": 1000, "comment": 1000, "reason": 1000}
"""Characters of a text; of others, which are codes, 100."""
LARGEST_FACTOR = 999_999_999
BAR_CODES = ("gtin", "barcodes")
SHORTEST_LONGEST = {
    "inn": (9, 14),
    "kpp": (9, 9),
    "organization": (9, 14),
    "fsrar_id": (12, 12),
    "gtin": (8, 14),
    "barcodes": (8, 14),
    "currency": (3, 3),
}
Record = dict[str, str]


@dataclass(frozen=True)
class Cancellation:
    order: str
    reason: str = ""


@dataclass(frozen=True)
class PurchaseStatus:
    """The ERP's word on a purchase order, by the key under which it was told of it."""

    key: int
    status: str
    lines: tuple[LineStatus, ...] = ()
    revision: int | None = None
    number: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Changes:
    """A part of what changed; `next` is where the next part begins."""

    next: str
    more: bool
    products: tuple[Product, ...] = ()
    outlets: tuple[Record, ...] = ()
    warehouses: tuple[Record, ...] = ()
    parties: tuple[Party, ...] = ()
    prices: tuple[Price, ...] = ()
    servings: tuple[Serving, ...] = ()
    sales: tuple[Sale, ...] = ()
    debts: tuple[Debts, ...] = ()
    plans: tuple[Plan, ...] = ()
    transfer_orders: tuple[TransferOrder, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    purchase_statuses: tuple[PurchaseStatus, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A record that the hub could not take in; `record` is its own name for itself."""

    kind: str
    record: str
    problem: Problem


def faults(record: Any, place: str = "") -> Iterator[Problem]:
    """What of a record the store could not keep as it is. Of a flat one, only code and name must not be empty."""
    if isinstance(record, dict):
        values = {name: value for name, value in record.items() if value or name in ("code", "name")}
    else:
        values = {each.name: getattr(record, each.name) for each in fields(record)}
    for name, value in values.items():
        where = f"{place}/{name}"
        if isinstance(value, str) and name != "place":
            yield from _text_faults(name, value, where)
        elif isinstance(value, Decimal) and not is_figure(value):
            yield Problem("PARAMETER_WRONG", field=where, value=str(value), params={"expected": "decimal (12.6)"})
        elif isinstance(value, Fraction) and not 0 < value.numerator <= LARGEST_FACTOR >= value.denominator:
            yield Problem("PARAMETER_WRONG", field=where, value=str(value), params={"expected": "1..999999999"})
        elif isinstance(value, tuple):
            for number, each in enumerate(value):
                below = f"{where}/{number}"
                yield from _text_faults(name, each, below) if isinstance(each, str) else faults(each, below)


def _text_faults(name: str, value: str, where: str) -> Iterator[Problem]:
    least, most = SHORTEST_LONGEST.get(name, (0 if name in LONGEST else 1, LONGEST.get(name, 100)))
    if not least <= len(normal_code(value)) <= most or any(ord(each) < 32 for each in value):
        yield Problem("PARAMETER_WRONG", field=where, value=value, params={"expected": f"string ({least}..{most})"})
    elif name in BAR_CODES and not (value.isascii() and normal_code(value).isdecimal()):
        yield Problem("PARAMETER_WRONG", field=where, value=value, params={"expected": "0-9"})
