"""The ERP's records as requests bring them, and as answers show them."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from gateway.api.shapes import PAGE, Code, Cost, Currency, Day, Exact, Factor, Gtin, LongName, Name, Shape, example
from gateway.domain import erp

T = TypeVar("T")
Some = Annotated[list[T], Field(min_length=1, max_length=PAGE)]
Inn = Annotated[str, Field(pattern="^[0-9]{9,14}$", examples=["7701234567"])]
Kpp = Annotated[str, Field(pattern="^[0-9]{9}$", examples=["770101001"])]
UnitName = Annotated[str, Field(min_length=1, max_length=100, examples=["кор"])]
Next = Annotated[str | None, Field(description="The `cursor` of the next page; none: this is the last.")]
Amount = Annotated[Exact | None, Field(description="VAT included.")]


class Unit(Shape):
    """A package, and how many of the product's own units one is."""

    name: UnitName
    factor: Factor
    gtin: Gtin | None = None
    first: Day | None = Field(default=None, alias="from", description="None: always before `to`.")
    last: Day | None = Field(default=None, alias="to", description="The last day; none: ever after.")

    def record(self) -> erp.ProductUnit:
        period = (self.first or date.min, self.last or date.max)
        return erp.ProductUnit(self.name, Fraction(self.factor), self.gtin, *period)


class Product(Shape):
    """A SKU. `gtin` is the bar code of its own unit, `barcodes` are others: a distributor's code is mapped by any."""

    model_config = example(
        {
            "code": "000123",
            "name": "Чай чёрный 100 г",
            "gtin": "4600000000011",
            "barcodes": ["4600000000028"],
            "unit": "шт",
            "group": "TEA",
            "units": [{"name": "кор", "factor": "12", "gtin": "14600000000018"}],
        }
    )
    code: Code
    name: LongName
    gtin: Gtin | None = None
    barcodes: list[Gtin] = Field(default=[], max_length=50, description="Further ones.")
    unit: UnitName | None = None
    group: Code | None = Field(default=None, description="What plans are made for.")
    units: list[Unit] = Field(default=[], max_length=50)

    def record(self, place: str = "") -> erp.Product:
        units = tuple(each.record() for each in self.units)
        return erp.Product(self.code, self.name, self.gtin, self.unit, self.group, units, place, tuple(self.barcodes))


class Outlet(Shape):
    """A retail point by the manufacturer's code."""

    model_config = example(
        {"code": "TT-0001", "name": "Магазин «Берёзка»", "address": "Самара, ул. Мира, 1", "inn": "6315000001"}
    )
    code: Code
    name: LongName
    address: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    inn: Inn | None = None
    kpp: Kpp | None = None
    fsrar_id: Annotated[str, Field(pattern="^[0-9]{12}$", examples=["030000123456"])] | None = None


class Warehouse(Shape):
    """A distributor's warehouse by the manufacturer's code."""

    model_config = example({"code": "SAM-1", "name": "Самара, основной"})
    code: Code
    name: LongName


class Organization(Shape):
    """A legal entity of a party."""

    inn: Inn
    kpp: Kpp | None = None
    name: Name | None = None


class Party(Shape):
    """A distributor, branch or chain. Logins are given out at the hub (`obmen site add`)."""

    model_config = example(
        {
            "code": "VOLGA",
            "name": "ООО «Волга-Снаб»",
            "language": "ru",
            "organizations": [{"inn": "6315000001", "kpp": "631501001", "name": "ООО «Волга-Снаб»"}],
        }
    )
    code: Code
    name: Name
    language: Literal["ru", "en"] = "ru"
    organizations: list[Organization] = Field(default=[], max_length=100)

    def record(self, place: str = "") -> erp.Party:
        entities = tuple(erp.Organization(each.inn, each.kpp, each.name) for each in self.organizations)
        return erp.Party(self.code, self.name, self.language, entities, place)


class Debt(Shape):
    """An open item."""

    document: Code
    date: Day
    due: Day | None = None
    amount: Exact
    open_amount: Exact
    currency: Currency = "RUB"


class Debts(Shape):
    """All that a party owes to the manufacturer as of a day."""

    model_config = example(
        {
            "as_of": "2026-11-20",
            "items": [
                {
                    "document": "УТ-991",
                    "date": "2026-11-03",
                    "due": "2026-11-17",
                    "amount": "120000.00",
                    "open_amount": "45000.50",
                    "currency": "RUB",
                }
            ],
        }
    )
    as_of: Day
    items: list[Debt] = Field(default=[], max_length=10 * PAGE)

    def record(self, party: str) -> erp.Debts:
        items = tuple(
            erp.Debt(each.document, each.date, each.amount, each.open_amount, each.due, each.currency, place)
            for each, place in placed(self.items)
        )
        return erp.Debts(party, self.as_of, items)


class SaleLine(Shape):
    sku: Code
    quantity: Exact = Field(description="In the SKU's own unit; negative where it came back.")
    amount: Amount = None


class Sale(Shape):
    """A document of primary sales, whole. Without lines there is nothing under its number any more."""

    model_config = example(
        {
            "party": "VOLGA",
            "document": "УТ-991",
            "date": "2026-11-03",
            "lines": [{"sku": "000123", "quantity": "240", "amount": "24000.00"}],
        }
    )
    party: Code
    document: Code
    date: Day
    lines: list[SaleLine] = Field(default=[], max_length=PAGE)

    def record(self, place: str) -> erp.Sale:
        lines = tuple(
            erp.SaleLine(each.sku, each.quantity, each.amount, below)
            for each, below in placed(self.lines, f"{place}/lines")
        )
        return erp.Sale(self.party, self.document, self.date, lines, place)


class Plan(Shape):
    """What a party is to sell of a group of SKUs."""

    model_config = example(
        {"party": "VOLGA", "group": "TEA", "from": "2026-11-01", "to": "2026-11-30", "quantity": "5000"}
    )
    party: Code
    group: Code
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    quantity: Exact | None = None
    amount: Amount = None

    def record(self, place: str) -> erp.Plan:
        return erp.Plan(self.party, self.group, self.first, self.last, self.quantity, self.amount, place)


class Price(Shape):
    """Of the product's own unit, VAT included; without a party for all that have none of their own."""

    model_config = example({"sku": "000123", "party": "VOLGA", "price": "99.90", "from": "2026-11-01"})
    sku: Code
    party: Code | None = None
    price: Cost
    currency: Currency = "RUB"
    first: Day = Field(alias="from")

    def record(self, place: str) -> erp.Price:
        return erp.Price(self.sku, self.price, self.first, self.party, self.currency, place)


class Serving(Shape):
    """Which site of a party serves an outlet: a transfer order that names no party goes there."""

    model_config = example({"outlet": "TT-0001", "party": "VOLGA", "site": "main", "organization": "6315000001"})
    outlet: Code
    party: Code
    site: Code
    organization: Inn | None = None
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")

    def record(self, place: str) -> erp.Serving:
        period = (self.first or date.min, self.last or date.max)
        return erp.Serving(self.outlet, self.party, self.site, self.organization, *period, place)


class Servings(Shape):
    items: Some[Serving]


class Products(Shape):
    items: Some[Product]


class Outlets(Shape):
    items: Some[Outlet]


class Warehouses(Shape):
    items: Some[Warehouse]


class Parties(Shape):
    items: Some[Party]


class Sales(Shape):
    items: Some[Sale]


class Prices(Shape):
    items: Some[Price]


class PricePage(Shape):
    items: list[Price]
    next: Next = None


class Plans(Shape):
    items: Some[Plan]


class ProductPage(Shape):
    items: list[Product]
    next: Next = None


class OutletPage(Shape):
    items: list[Outlet]
    next: Next = None


class WarehousePage(Shape):
    items: list[Warehouse]
    next: Next = None


class PartyPage(Shape):
    items: list[Party]
    next: Next = None


class DebtsShown(Shape):
    """What the ERP said last; `as_of` is null where it never said anything."""

    as_of: date | None
    items: list[Debt]


def placed(items: Sequence[T], below: str = "/items") -> list[tuple[T, str]]:
    """Each with the JSON pointer of its place in the request."""
    return [(each, f"{below}/{number}") for number, each in enumerate(items)]


def product_of(record: erp.Product) -> Product:
    units = [
        Unit.model_construct(
            name=each.name,
            factor=str(each.factor),
            gtin=each.gtin,
            first=None if each.first == date.min else each.first,
            last=None if each.last == date.max else each.last,
        )
        for each in record.units
    ]
    known: dict[str, Any] = {"code": record.code, "name": record.name, "gtin": record.gtin, "unit": record.unit}
    return Product.model_construct(**known, group=record.group, units=units, barcodes=list(record.barcodes))


def party_of(record: erp.Party) -> Party:
    entities = [Organization.model_construct(inn=e.inn, kpp=e.kpp, name=e.name) for e in record.organizations]
    known: dict[str, Any] = {"code": record.code, "name": record.name, "language": record.language}
    return Party.model_construct(**known, organizations=entities)


def debt_of(record: erp.Debt) -> Debt:
    names = ("document", "date", "due", "amount", "open_amount", "currency")
    return Debt.model_construct(**{name: getattr(record, name) for name in names})
