"""What the ERP says: records of its reference, sales, debts and plans. Codes are ours, quantities in the SKU's unit.

`place` says where in a request a record stands, so that a problem can name it.
"""

from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class ProductUnit:
    """A package: how many of the SKU's units one is, from when to when, and its own bar code."""

    name: str
    factor: Fraction
    gtin: str | None = None
    first: Date = Date.min
    last: Date = Date.max


@dataclass(frozen=True)
class Product:
    code: str
    name: str
    gtin: str | None = None
    unit: str | None = None
    group: str | None = None
    units: tuple[ProductUnit, ...] = ()
    place: str = ""
    barcodes: tuple[str, ...] = ()
    """Further ones of its own unit."""


@dataclass(frozen=True)
class Organization:
    """A legal entity of a party."""

    inn: str
    kpp: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Party:
    code: str
    name: str
    language: str
    organizations: tuple[Organization, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class SaleLine:
    sku: str
    quantity: Decimal
    amount: Decimal | None = None
    place: str = ""


@dataclass(frozen=True)
class Sale:
    """A document of the manufacturer's sales to a party; a return is negative."""

    party: str
    document: str
    date: Date
    lines: tuple[SaleLine, ...]
    place: str = ""


@dataclass(frozen=True)
class Plan:
    """What a party is to sell of a group of SKUs from `first` to `last`."""

    party: str
    group: str
    first: Date
    last: Date
    quantity: Decimal | None = None
    amount: Decimal | None = None
    place: str = ""


@dataclass(frozen=True)
class Price:
    """Of the SKU's own unit, VAT included, from a day on; without a party for all that have none of their own."""

    sku: str
    price: Decimal
    first: Date
    party: str | None = None
    currency: str = "RUB"
    place: str = ""


@dataclass(frozen=True)
class Serving:
    """Which site of a party serves an outlet, for which of its legal entities."""

    outlet: str
    party: str
    site: str
    organization: str | None = None
    first: Date = Date.min
    last: Date = Date.max
    place: str = ""


@dataclass(frozen=True)
class Debt:
    """An open item of what a party owes to the manufacturer."""

    document: str
    date: Date
    amount: Decimal
    open_amount: Decimal
    due: Date | None = None
    currency: str = "RUB"
    place: str = ""


@dataclass(frozen=True)
class Debts:
    """All that a party owes as of a day: whatever was said of it before is void."""

    party: str
    as_of: Date
    items: tuple[Debt, ...] = ()
    place: str = ""
