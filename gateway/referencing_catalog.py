"""Use case: takes in the manufacturer's catalogue from CommerceML: products, their units and barcodes, prices."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.crosswalk import UnitWish
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.mapping import map_codes
from gateway.referencing import load_reference
from gateway.referencing_orders import load_for_orders

if TYPE_CHECKING:
    from connectors.formats.commerceml_records import Commerce, Offer, Price, Product
    from gateway.wiring import Hub

SHOWN = 10
"""How many problems a person is told of at once."""
LONGEST_GTIN = 14
"""Longer bar codes name a batch or a box, not a product."""
ARTICLE, ID = "article", "id"
_CURRENCIES = {"": "RUB", "РУБ": "RUB", "РУБ.": "RUB", "RUR": "RUB", "643": "RUB", "810": "RUB"}


@dataclass(frozen=True)
class Choice:
    """What of a file becomes what: `code` is `article`, `id`, or the name of a requisite; prices of one type."""

    code: str = ARTICLE
    price_type: str = ""
    party: str = ""
    first: date | None = None
    """First day of the prices; None: the file's own."""


@dataclass
class Taken:
    """What was taken in; `left` are the problems of what was left out, each with its file."""

    products: int = 0
    mapped: int = 0
    units: int = 0
    prices: int = 0
    deleted: int = 0
    rests: int = 0
    warehouses: int = 0
    left: list[tuple[str, Problem]] = field(default_factory=list)


def load_catalog(hub: "Hub", path: Path, choice: Choice, by: str) -> Taken:
    """Adds products, units and prices or changes those that are there; nothing is taken away.

    1. A file with an error changes nothing. Raises Misuse that names file, document and field.
    2. Products, units and prices are three commits; cut off between them, the same file again does the rest.
    """
    commerce = hub.formats.read_commerceml(path, hub.settings.packet_bytes)
    codes = _codes(path.name, commerce, choice)
    _refuse(hub, commerce.wrong)
    taken = Taken(deleted=sum(each.deleted for each in commerce.products))
    rests = [place for offer in commerce.offers for place, _ in offer.rests]
    taken.rests, taken.warehouses = len(rests), len({*rests} - {""})
    with hub.warehouse.reading() as connection:
        known = {*hub.reference.units(connection), *codes.values()}
    prices = list(_prices(path.name, commerce, codes, known, choice, taken.left))
    kept = {codes[each.id]: each for each in commerce.products if each.id in codes}
    for records in _alike(_record(code, product) for code, product in kept.items()):
        count, mapped = load_reference(hub, Register.PRODUCT, records)
        taken.products, taken.mapped = taken.products + count, taken.mapped + mapped
    wishes = [UnitWish(unit.name, unit.factor, sku=code) for code, its in kept.items() for unit in its.units]
    if wishes and (changed := map_codes(hub, "import", by, [], wishes)):
        taken.units, taken.mapped = changed.units, taken.mapped + sum(changed.rows.values())
    if prices:
        taken.prices = load_for_orders(hub, "prices", prices)
    return taken


def told(hub: "Hub", wrong: list[tuple[str, Problem]]) -> str:
    """Problems in the hub's language, the first few of them: file, document, what is wrong and what to do."""
    lines = []
    for file, problem in wrong[:SHOWN]:
        words = hub.problems.wording(problem, hub.settings.language)
        lines.append(": ".join(part for part in (file, problem.document, f"{words.message} {words.remedy}") if part))
    more = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    return "; ".join([*lines, *more])


def _refuse(hub: "Hub", wrong: list[tuple[str, Problem]]) -> None:
    if wrong:
        raise Misuse(told(hub, wrong))


def _codes(file: str, commerce: "Commerce", choice: Choice) -> dict[str, str]:
    """Our code of each product by its id; what has none, or another's, becomes a problem.

    Old configurations list characteristics as products: these may share a code.
    """
    found: dict[str, str] = {}
    owners: dict[str, str] = {}
    for product in commerce.products:
        if product.deleted:
            continue
        code, owner = normal_code(_code(product, choice.code)), product.id.partition("#")[0]
        if code and owners.setdefault(code, owner) == owner:
            found[product.id] = code
        else:
            wrong = "COMMERCEML_CODE_TWICE" if code else "COMMERCEML_CODE"
            commerce.wrong.append((file, Problem(wrong, product.id, field=choice.code, value=code or product.name)))
    return found


def _code(product: "Product", wanted: str) -> str:
    if wanted in (ARTICLE, ID):
        return product.article if wanted == ARTICLE else product.id
    return dict(product.requisites).get(wanted, "")


def _record(code: str, product: "Product") -> dict[str, str]:
    """What the file doesn't say is left as it is."""
    record = {"code": code, "name": product.name}
    if product.barcodes:
        record["gtin"] = " ".join(each for each in product.barcodes if len(each) <= LONGEST_GTIN)
    if product.unit:
        record["unit"] = product.unit.name
    return record


def _alike(records: Iterable[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Records by their columns, since an empty text would clear its column."""
    found: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for each in records:
        found[tuple(each)].append(each)
    return list(found.values())


def _prices(
    file: str,
    commerce: "Commerce",
    codes: dict[str, str],
    known: set[str],
    choice: Choice,
    left: list[tuple[str, Problem]],
) -> Iterator[dict[str, str]]:
    """Of a product's characteristics all must cost the same."""
    chosen = _price_type(commerce, choice.price_type)
    first = choice.first or commerce.made
    found: dict[str, set[tuple[Decimal, str]]] = defaultdict(set)
    for offer in commerce.offers:
        for price in (each for each in offer.prices if each.type == chosen):
            code = codes.get(offer.id) or codes.get(offer.product) or _offered(offer, known, choice.code)
            value = _own_price(commerce, price) if code else "COMMERCEML_PRODUCT"
            if isinstance(value, str):
                left.append((file, Problem(value, offer.id, field=choice.code, value=str(price.price))))
            else:
                found[code].add(value)
    for code, values in found.items():
        if len(values) > 1:
            left.append((file, Problem("COMMERCEML_PRICES_DIFFER", code)))
            continue
        if first is None or first == date.min:
            raise Misuse(f"{file}: it has no date: name the first day of its prices")
        ((amount, currency),) = values
        record = {"code": code, "price": str(amount), "from": first.isoformat(), "currency": currency}
        yield record | ({"party": choice.party} if choice.party else {})


def _price_type(commerce: "Commerce", wanted: str) -> str | None:
    """The id of the type that is taken. Raises Misuse where it isn't clear."""
    used = dict.fromkeys(price.type for offer in commerce.offers for price in offer.prices)
    names = {key: commerce.price_types[key].name if key in commerce.price_types else key for key in used}
    if wanted:
        found = [key for key, name in names.items() if wanted in (key, name)]
        if not found:
            raise Misuse(f"there is no price of type {wanted}; there are {', '.join(names.values()) or 'none'}")
        return found[0]
    if len(used) > 1:
        raise Misuse(f"there are prices of types {', '.join(names.values())}: name one with --price-type")
    return next(iter(used), None)


def _offered(offer: "Offer", known: set[str], wanted: str) -> str:
    """A file of prices may come without its catalogue."""
    said = {ARTICLE: (offer.article,), ID: (offer.id, offer.product)}.get(wanted, ())
    return next((code for code in map(normal_code, said) if code in known), "")


def _own_price(commerce: "Commerce", price: "Price") -> tuple[Decimal, str] | str:
    """Of the base unit, with its currency; or the code of what is wrong with it."""
    kind: Any = commerce.price_types.get(price.type)
    if price.with_vat is False or (price.with_vat is None and kind and not kind.with_vat):
        return "COMMERCEML_PRICE_NET"
    written = (price.currency or (kind.currency if kind else "")).strip().upper()
    currency = _CURRENCIES.get(written, written)
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        return "COMMERCEML_CURRENCY"
    of_one = Fraction(price.price) / price.factor
    rounded = round(Decimal(of_one.numerator) / Decimal(of_one.denominator), 6)
    return (rounded, currency) if Fraction(rounded) == of_one else "COMMERCEML_PRICE_INEXACT"
