"""Use case: takes in the ERP's records, as REST and its own web service bring them, in a transaction of the caller's.

Every record of a request is taken in or none; Declined names all that are wrong, each by its place.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from gateway.domain.crosswalk import UnitWish
from gateway.domain.erp import Debts, Party, Plan, Price, Product, ProductUnit, Sale, Serving
from gateway.domain.errors import Declined
from gateway.domain.feed import Register
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.referencing import change_reference
from gateway.referencing_erp import put

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub


class Placed(Protocol):
    @property
    def place(self) -> str: ...


T = TypeVar("T", bound=Placed)


def put_products(hub: "Hub", connection: "Connection", products: Sequence[Product]) -> int:
    """Products with their units, bar codes and groups, as whole records; how many facts were mapped by it."""
    products = [_normal(each) for each in products]
    _once_each(products, lambda each: each.code)
    _check(further=_repeated_within(products, "units", lambda unit: (unit.name, unit.first)))
    periods = [(f"{each.place}/units/{n}", unit) for each in products for n, unit in enumerate(each.units)]
    _check(further=[_reversed(place, unit.first, unit.last) for place, unit in periods if unit.first > unit.last])
    records = [
        {"code": each.code, "name": each.name, "gtin": _barcodes(each), "unit": each.unit or ""} for each in products
    ]
    codes = [each.code for each in products]
    known = hub.erp_reference.units_of(connection, codes)
    wishes = [wish for each in products for wish in _wishes(each, known.get(each.code, ()))]
    mapped = change_reference(hub, connection, Register.PRODUCT, records, wishes)
    hub.erp_reference.put_barcodes(connection, products)
    _put_groups(hub, connection, codes, products)
    return mapped


def _wishes(product: Product, known: Sequence[ProductUnit]) -> list[UnitWish]:
    """That its units are these and no others: each is taken away for all time, and laid for its own."""
    names = dict.fromkeys(unit.name for unit in (*known, *product.units))
    wishes = [UnitWish(name, None, sku=product.code) for name in names]
    return wishes + [
        UnitWish(unit.name, unit.factor, sku=product.code, first=unit.first, last=unit.last) for unit in product.units
    ]


def _barcodes(product: Product) -> str:
    return " ".join((*((product.gtin,) if product.gtin else ()), *product.barcodes))


def _normal(product: Product) -> Product:
    group = normal_code(product.group) if product.group else None
    return replace(product, code=normal_code(product.code), group=group)


def _put_groups(hub: "Hub", connection: "Connection", codes: list[str], products: Sequence[Product]) -> None:
    """Whose group is another now changes what every plan compares with."""
    given = {code: each.group for code, each in zip(codes, products, strict=True) if each.group}
    if hub.erp_reference.groups(connection, codes) == given:
        return
    hub.erp_reference.put_groups(connection, products)
    today = hub.clock().date()
    for party in _parties(hub).values():
        hub.touching.note_days(connection, party, today, today)


def put_register(hub: "Hub", connection: "Connection", register: Register, records: Sequence[dict[str, str]]) -> int:
    """Outlets or warehouses, as whole records (column → text); how many facts were mapped by it."""
    wrong = _repeated([normal_code(each["code"]) for each in records], lambda number: f"/items/{number}")
    if wrong:
        raise Declined(*wrong)
    return change_reference(hub, connection, register, list(records))


def put_parties(hub: "Hub", connection: "Connection", parties: Sequence[Party]) -> None:
    """In a transaction on the exchange."""
    parties = [replace(each, code=normal_code(each.code)) for each in parties]
    _once_each(parties, lambda each: each.code)
    _check(further=_repeated_within(parties, "organizations", lambda entity: entity.inn))
    hub.erp_parties.put_parties(connection, parties)


def put_servings(hub: "Hub", connection: "Connection", servings: Sequence[Serving]) -> None:
    """In a transaction on the exchange: each in place of the one of the same outlet and first day."""
    _once_each(servings, lambda each: (normal_code(each.outlet), each.first))
    sites = hub.serving.sites_by_code(connection)
    wrong, values = [], []
    for each in servings:
        where = sites.get((normal_code(each.party), normal_code(each.site)))
        if where is None:
            wrong.append(Problem("SITE_UNKNOWN", field=f"{each.place}/site", value=f"{each.party}/{each.site}"))
            continue
        if each.first > each.last:
            wrong.append(_reversed(each.place, each.first, each.last))
        names = ("party", "site", "outlet", "organization", "first_date", "last_date")
        row = (*where, normal_code(each.outlet), each.organization, each.first, each.last)
        values.append(dict(zip(names, row, strict=True)))
    _check(further=wrong)
    hub.serving.put_serves(connection, values, hub.clock())


def put_sales(hub: "Hub", connection: "Connection", sales: Sequence[Sale]) -> None:
    """Documents of primary sales, each in place of what stood under its party and number."""
    _once_each(sales, lambda each: (each.party, normal_code(each.document)))
    parties = _known(_parties(hub), "PARTY_UNKNOWN", "party")
    skus = _known(hub.erp_lines.sku_keys(connection), "SKU_UNKNOWN", "sku")
    values: list[dict[str, Any]] = []
    emptied: list[tuple[int, str]] = []
    for sale in sales:
        party, document = parties(sale.party, sale.place), normal_code(sale.document)
        emptied.append((party, document))
        values += [
            {
                "party": party,
                "document": document,
                "date": sale.date,
                "outlet": None,
                "sku": skus(line.sku, line.place),
                "quantity": line.quantity,
                "amount": line.amount,
            }
            for line in sale.lines
        ]
    _check(parties, skus)
    put(hub, connection, "primary-sales", values, (), emptied)


def put_prices(hub: "Hub", connection: "Connection", prices: Sequence[Price]) -> None:
    """Each in place of the one of the same party, SKU and day."""
    _once_each(prices, lambda each: (each.party, normal_code(each.sku), each.first))
    parties = _known(_parties(hub), "PARTY_UNKNOWN", "party")
    skus = _known(hub.erp_lines.sku_keys(connection), "SKU_UNKNOWN", "sku")
    values = [
        {
            "party": hub.prices.ALL if each.party is None else parties(each.party, each.place),
            "sku": skus(each.sku, each.place),
            "valid_from": each.first,
            "price": each.price,
            "currency": each.currency,
        }
        for each in prices
    ]
    _check(parties, skus)
    hub.prices.put(connection, values, hub.clock())


def put_plans(hub: "Hub", connection: "Connection", plans: Sequence[Plan]) -> None:
    """Each in place of the plan for the same party, group and period."""
    _once_each(plans, lambda each: (each.party, normal_code(each.group), each.first, each.last))
    parties = _known(_parties(hub), "PARTY_UNKNOWN", "party")
    values = [
        {
            "party": parties(each.party, each.place),
            "sku_group": normal_code(each.group),
            "first_date": each.first,
            "last_date": each.last,
            "quantity": each.quantity,
            "amount": each.amount,
        }
        for each in plans
    ]
    reversed_ = [_reversed(each.place, each.first, each.last) for each in plans if each.first > each.last]
    _check(parties, further=reversed_)
    put(hub, connection, "plans", values, ())


def put_debts(hub: "Hub", connection: "Connection", debts: Debts) -> None:
    """All that a party owes, in place of what was said before. What is older than that is declined."""
    _once_each(debts.items, lambda each: (normal_code(each.document), each.date))
    parties = _known(_parties(hub), "PARTY_UNKNOWN", "party")
    party = parties(debts.party, debts.place)
    _check(parties)
    as_of, _ = hub.erp_parties.debts(connection, party)
    if as_of is not None and as_of > debts.as_of:
        late = Problem("WORD_OUTDATED", field="/as_of", value=str(debts.as_of), params={"held": str(as_of)})
        raise Declined(late)
    hub.erp_parties.put_debts(connection, party, debts.as_of, debts.items)


class _known:
    """Keys by code; what is unknown is gathered with its place."""

    def __init__(self, keys: dict[str, int], problem: str, field: str) -> None:
        self._keys, self._problem, self._field = keys, problem, field
        self.problems: list[Problem] = []

    def __call__(self, code: str, place: str) -> int:
        found = self._keys.get(normal_code(code))
        if found is None:
            self.problems.append(Problem(self._problem, field=f"{place}/{self._field}", value=code))
            return 0
        return found


def _check(*known: _known, further: Iterable[Problem] = ()) -> None:
    wrong = [problem for each in known for problem in each.problems] + list(further)
    if wrong:
        raise Declined(*wrong)


def _reversed(place: str, first: date, last: date) -> Problem:
    return Problem("PERIOD_REVERSED", field=f"{place}/to", value=str(last), params={"expected": str(first)})


def _once_each(records: Sequence[T], key: Callable[[T], object]) -> None:
    """Raises Declined where two records of a request say what is what."""
    if wrong := _repeated([key(each) for each in records], lambda number: records[number].place):
        raise Declined(*wrong)


def _repeated_within(records: Sequence[Any], part: str, key: Callable[[Any], object]) -> list[Problem]:
    """Parts of one record that say what is what twice."""
    found = []
    for each in records:
        places = [f"{each.place}/{part}/{number}" for number in range(len(getattr(each, part)))]
        found += _repeated([key(one) for one in getattr(each, part)], places.__getitem__)
    return found


def _repeated(keys: Sequence[object], place: Callable[[int], str]) -> list[Problem]:
    seen: set[object] = set()
    found = []
    for number, key in enumerate(keys):
        if key in seen:
            found.append(Problem("RECORD_REPEATED", field=place(number)))
        seen.add(key)
    return found


def _parties(hub: "Hub") -> dict[str, int]:
    with hub.exchange.reading() as connection:
        return hub.parties.party_keys(connection)
