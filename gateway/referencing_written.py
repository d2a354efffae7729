"""Use case: the catalogue as CommerceML: products with units and bar codes, offers with prices and stock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.party import Sender

if TYPE_CHECKING:
    from gateway.domain.erp import Product, ProductUnit
    from gateway.wiring import Hub

AT_ONCE = 1000
PRICES = "Отпускная"
"""The one type of prices; of VAT included, as the hub's prices are."""


@dataclass(frozen=True)
class Wish:
    """What the file is to say: prices of a day for a party (None: for all), and stock of a site, if one is named."""

    day: date
    dialect: int = 2
    party: int | None = None
    stock: Sender | None = None
    segment: int = 5000


@dataclass(frozen=True)
class Written:
    products: int
    prices: int
    rests: int
    files: int
    left: tuple[str, ...]
    """Units that have no exact decimals, which the format asks for: product and unit."""


def write_catalog(hub: "Hub", path: Path, wish: Wish) -> Written:
    """Raises Misuse where the file can't be written."""
    shapes, left = hub.formats.commerceml_shapes, list[str]()
    with hub.warehouse.reading() as connection:
        known = list(_products(hub, connection))
        keys = hub.erp_lines.sku_keys(connection)
        prices = hub.prices.of_skus(connection, sorted(keys.values()))
        skus, site = sorted(keys.values()), wish.stock.site if wish.stock else None
        stock = {} if site is None else hub.order_checks.on_hand_by_warehouse(connection, site, skus)
    products = [_product(hub, each, left) for each in known]
    offers = []
    for each in known:
        sku = keys[each.code]
        price = _price(prices, wish, sku)
        its = (shapes.Price(PRICES, price[0], price[1], each.unit or "", Fraction(1), True),) if price else ()
        rests = tuple(sorted(stock.get(sku, {}).items()))
        if its or rests:
            offers.append(shapes.Offer(each.code, each.code, each.name, its, rests))
    types = [shapes.PriceType(PRICES, PRICES, "RUB", True)]
    made = hub.clock()
    files = hub.formats.write_catalogue(path, products, offers, types, made, wish.dialect, wish.segment)
    priced, held = (sum(bool(getattr(each, name)) for each in offers) for name in ("prices", "rests"))
    return Written(len(products), priced, held, files, tuple(left))


def _products(hub: "Hub", connection: Any) -> "Iterator[Product]":
    after = ""
    while some := hub.erp_reference.products(connection, after, AT_ONCE):
        yield from some
        after = some[-1].code


def _product(hub: "Hub", product: "Product", left: list[str]) -> Any:
    shapes = hub.formats.commerceml_shapes
    units = []
    for each in _last(product):
        if _is_decimal(each.factor):
            units.append(shapes.Unit(each.name, shapes.CODES.get(each.name, ""), each.factor))
        else:
            left.append(f"{product.code}: {each.name}")
    unit = shapes.Unit(product.unit, shapes.CODES.get(product.unit, "")) if product.unit else None
    barcodes = (*((product.gtin,) if product.gtin else ()), *product.barcodes)
    groups = (product.group,) if product.group else ()
    return shapes.Product(product.code, product.name, product.code, barcodes, unit, tuple(units), groups)


def _last(product: "Product") -> "list[ProductUnit]":
    """Of a unit that changes, what it counts last."""
    found = {each.name: each for each in product.units if each.name != product.unit}
    return list(found.values())


def _is_decimal(factor: Fraction) -> bool:
    rest = factor.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _price(prices: Any, wish: Wish, sku: int) -> tuple[Decimal, str] | None:
    """The party's own of the day, else that for all."""
    for party in (wish.party, 0):
        for since, price, currency in prices.get((party, sku), ()):
            if since <= wish.day:
                return price, currency
    return None
