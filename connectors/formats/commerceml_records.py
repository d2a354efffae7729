"""What CommerceML files hold, as records; texts as they came, trimmed; figures exact."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gateway.domain.problem import Problem

CHARACTERISTIC = "#"
"""In an id it parts the product from its characteristic."""


@dataclass(frozen=True)
class Unit:
    """`name` as people write it, `code` of OKEI where it is known; one is `factor` of the product's base units."""

    name: str
    code: str = ""
    factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class Product:
    """Of the catalogue; `units` beside the base unit."""

    id: str
    name: str
    article: str = ""
    barcodes: tuple[str, ...] = ()
    unit: Unit | None = None
    units: tuple[Unit, ...] = ()
    groups: tuple[str, ...] = ()
    requisites: tuple[tuple[str, str], ...] = ()
    deleted: bool = False


@dataclass(frozen=True)
class PriceType:
    id: str
    name: str
    currency: str = ""
    with_vat: bool = True


@dataclass(frozen=True)
class Price:
    """Of one `unit`, which is `factor` base units. `with_vat` None: as the type of price has it."""

    type: str
    price: Decimal
    currency: str = ""
    unit: str = ""
    factor: Fraction = Fraction(1)
    with_vat: bool | None = None


@dataclass(frozen=True)
class Offer:
    """A product, or one characteristic of it (`product#characteristic`), with prices and what is in stock."""

    id: str
    article: str = ""
    name: str = ""
    prices: tuple[Price, ...] = ()
    rests: tuple[tuple[str, Decimal], ...] = ()
    """(warehouse's id, quantity); of all warehouses together the id is empty."""

    @property
    def product(self) -> str:
        return self.id.partition(CHARACTERISTIC)[0]


@dataclass(frozen=True)
class Line:
    product: str
    quantity: Decimal
    name: str = ""
    unit: Unit | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    article: str = ""


@dataclass(frozen=True)
class Partner:
    id: str
    name: str = ""
    role: str = ""
    inn: str = ""


@dataclass(frozen=True)
class Order:
    """A document «Заказ товара»; `role` is that of who gets it (Продавец: it is to sell)."""

    id: str
    number: str
    date: date
    role: str = ""
    currency: str = ""
    amount: Decimal | None = None
    comment: str = ""
    cancelled: bool = False
    partners: tuple[Partner, ...] = ()
    lines: tuple[Line, ...] = ()
    requisites: tuple[tuple[str, str], ...] = ()


@dataclass
class Commerce:
    """All that one file, or the files of one zip, hold; `wrong` names the file of each problem."""

    made: date | None = None
    products: list[Product] = field(default_factory=list)
    price_types: dict[str, PriceType] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    wrong: list[tuple[str, Problem]] = field(default_factory=list)
