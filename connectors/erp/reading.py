"""The records of the ERP's web service, as zeep gives them, into the domain's.

zeep gives None for an empty element. An empty text is judged with the other texts; an empty date or number where there
must be one makes the answer none of the contract.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from gateway.domain import erp
from gateway.domain.erp_changes import Cancellation, Changes, PurchaseStatus, Record
from gateway.domain.order import LineStatus, OrderLine, TransferOrder

_ORDER = ("party", "wanted", "agreement", "comment", "currency")


def changes(answer: Any) -> Changes:
    """Raises ValueError for what is no answer of the contract."""
    return Changes(
        next=answer.next,
        more=_there(answer.more),
        products=tuple(_product(each, place) for each, place in _placed(answer.products)),
        outlets=tuple(_outlet(each) for each in answer.outlets),
        warehouses=tuple(_texts(each, "code", "name") for each in answer.warehouses),
        parties=tuple(_party(each, place) for each, place in _placed(answer.parties)),
        prices=tuple(_price(each, place) for each, place in _placed(answer.prices)),
        servings=tuple(_serving(each, place) for each, place in _placed(answer.servings)),
        sales=tuple(_sale(each, place) for each, place in _placed(answer.sales)),
        debts=tuple(_debts(each) for each in answer.debts),
        plans=tuple(_plan(each, place) for each, place in _placed(answer.plans)),
        transfer_orders=tuple(_order(each) for each in answer.transferOrders),
        cancellations=tuple(Cancellation(each.order or "", each.reason or "") for each in answer.cancellations),
        purchase_statuses=tuple(_status(each) for each in answer.purchaseStatuses),
    )


def _there(value: Any) -> Any:
    if value is None:
        raise ValueError("a date, number or flag of the answer is empty")
    return value


def _placed(records: Sequence[Any], below: str = "/items") -> list[tuple[Any, str]]:
    return [(each, f"{below}/{number}") for number, each in enumerate(records)]


def _texts(given: Any, *names: str) -> Record:
    return {name: given[name] or "" for name in names}


def _outlet(given: Any) -> Record:
    return {**_texts(given, "code", "name", "address", "inn", "kpp"), "fsrar_id": given.fsrarId or ""}


def _product(given: Any, place: str) -> erp.Product:
    units = tuple(_unit(each) for each in given.units)
    barcodes = tuple(each or "" for each in given.barcodes)
    return erp.Product(given.code or "", given.name or "", given.gtin, given.unit, given.group, units, place, barcodes)


def _unit(given: Any) -> erp.ProductUnit:
    """A factor that is none becomes zero, which nobody takes in."""
    numerator, denominator = _there(given.numerator), _there(given.denominator)
    factor = Fraction(numerator, denominator) if denominator > 0 else Fraction(0)
    period = (given.validFrom or date.min, given.validTo or date.max)
    return erp.ProductUnit(given.name or "", factor, given.gtin, *period)


def _party(given: Any, place: str) -> erp.Party:
    entities = tuple(erp.Organization(each.inn or "", each.kpp, each.name) for each in given.organisations)
    return erp.Party(given.code or "", given.name or "", given.language or "ru", entities, place)


def _price(given: Any, place: str) -> erp.Price:
    price, first = _there(given.price), _there(given.validFrom)
    return erp.Price(given.sku or "", price, first, given.party, given.currency or "RUB", place)


def _serving(given: Any, place: str) -> erp.Serving:
    period = (given.validFrom or date.min, given.validTo or date.max)
    where = _texts(given, "outlet", "party", "site")
    return erp.Serving(where["outlet"], where["party"], where["site"], given.organisation, *period, place)


def _sale(given: Any, place: str) -> erp.Sale:
    lines = tuple(
        erp.SaleLine(each.sku or "", _there(each.quantity), each.amount, below)
        for each, below in _placed(given.lines, f"{place}/lines")
    )
    return erp.Sale(given.party or "", given.document or "", _there(given.date), lines, place)


def _debts(given: Any) -> erp.Debts:
    items = tuple(_debt(each, place) for each, place in _placed(given["items"]))
    return erp.Debts(given.party or "", _there(given.asOf), items)


def _debt(given: Any, place: str) -> erp.Debt:
    amounts = (_there(given.amount), _there(given.openAmount))
    return erp.Debt(given.document or "", _there(given.date), *amounts, given.due, given.currency or "RUB", place)


def _plan(given: Any, place: str) -> erp.Plan:
    period = (_there(given.firstDate), _there(given.lastDate))
    return erp.Plan(given.party or "", given.group or "", *period, given.quantity, given.amount, place)


def _order(given: Any) -> TransferOrder:
    lines = tuple(
        OrderLine(_there(each.n), each.product or "", _there(each.quantity), each.unit, each.price, each.amount)
        for each in given.lines
    )
    head = {**_texts(given, "id", "number", "outlet"), "date": _there(given.date)}
    return TransferOrder(**head, **{name: given[name] for name in _ORDER}, lines=lines)


def _status(given: Any) -> PurchaseStatus:
    lines = tuple(LineStatus(_there(each.n), _there(each.quantity)) for each in given.lines)
    reason, key = given.reason or "", _there(given.key)
    return PurchaseStatus(key, given.status or "", lines, given.revision, given.number, reason)
