"""Days of a small distributor, sent through the exchange, and what reconciliation says of them."""

from decimal import Decimal
from typing import Any

from connectors.database import reconciliation_tables as tables
from connectors.database.reconciliations import Wanted
from gateway.domain.reconciliation import Rule, Verdict
from gateway.reconciling import reconcile_all
from gateway.wiring import Hub
from tests.integration.exchange import Site
from tests.packets import element, line, packet, position, shipment, shipments, stock, warehouse


def day(number: int) -> str:
    return f"2026-11-{number:02}"


def send_stock(site: Site, number: int, *held: tuple[str, dict[str, Any]], **override: Any) -> None:
    """A snapshot of the day: warehouses with product → quantity."""
    places = [
        warehouse(
            code,
            *(position(product, quantity=count) for product, count in goods.items()),
            as_of=f"{day(number)}T21:00:00",
        )
        for code, goods in held
    ]
    site.load(stock(f"stock-{number}-{len(held)}-{override.get('created', '')}", *places, **override))


def send_shipments(site: Site, packet_id: str, first: int, last: int, *documents: str, **override: Any) -> None:
    """What was shipped from the first day to the last; nothing where no document is given."""
    site.load(shipments(packet_id, *documents, **{"from": day(first), "to": day(last), "empty": True} | override))


def send(site: Site, feed: str, packet_id: str, first: int, last: int, *documents: str) -> None:
    """A packet of any feed that replaces these days."""
    content = packet(feed, *documents, **{"mode": "replace", "from": day(first), "to": day(last)})
    site.load(content.replace(b'id="p-1"', f'id="{packet_id}"'.encode(), 1))


def sale(number: str, on: int, quantity: Any, product: str = "000123", **override: Any) -> str:
    return shipment(
        number, line(1, product=product, quantity=quantity, price=None, amount="10"), date=day(on), **override
    )


def movement(number: str, on: int, kind: str, quantity: Any, product: str = "000123", **override: Any) -> str:
    goods = element("line", n=1, product=product, unit="шт", quantity=quantity)
    return element(
        "document",
        goods,
        id=f"guid-{number}",
        number=number,
        date=day(on),
        kind=kind,
        **{"warehouse": "MAIN"} | override,
    )


def settlement(number: str, on: int, kind: str, amount: Any, **override: Any) -> str:
    given = {"id": f"guid-{kind}-{number}", "number": number, "date": day(on), "kind": kind, "outlet": "TT-1"}
    return element("document", **given | {"amount": amount} | override)


def send_debts(site: Site, number: int, **open_amounts: Any) -> None:
    """Receivables as of the day: outlet (with _ for -) → open amount."""
    outlets = [
        element(
            "outlet",
            element("item", n=1, number="РН-0", date="2026-10-01", amount=amount, openAmount=amount),
            code=code.replace("_", "-"),
        )
        for code, amount in open_amounts.items()
    ]
    content = packet("receivables", *outlets, **{"from": day(number), "to": day(number)})
    site.load(content.replace(b'id="p-1"', f'id="debt-{number}"'.encode(), 1))


def judged(hub: Hub, rule: Rule, *verdicts: Verdict) -> list[tuple[str, str, Decimal, Decimal, str]]:
    """(day, what, expected, actual, verdict) of a rule's lines after a run, in the order of days."""
    reconcile_all(hub)
    return stored(hub, rule, *verdicts)


def stored(hub: Hub, rule: Rule, *verdicts: Verdict) -> list[tuple[str, str, Decimal, Decimal, str]]:
    with hub.warehouse.reading() as connection:
        found = hub.reconciliations.lines(connection, Wanted(rule=rule, verdicts=verdicts), 1000)
    shown = [(str(each.day), _what(each), each.expected, each.actual, each.verdict) for each in found]
    return sorted(shown)


def _what(each: Any) -> str:
    names = (each.warehouse_code, each.outlet_code, each.document, each.sku_code or each.product_code)
    return " ".join(name for name in names if name)


def found_codes(hub: Hub) -> list[tuple[str, str]]:
    """(day, code) of the findings."""
    with hub.warehouse.reading() as connection:
        found = hub.reconciliations.findings(connection, Wanted(), 1000)
    return sorted((str(when), problem.code) for when, _, _, problem in found)


def everything(hub: Hub) -> list[tuple[Any, ...]]:
    """All that the runs have left behind, but for its keys."""
    names = ("reconciled", "finding", "stock_cover", "debt_age", "recommended_order", "plan_fact")

    kept = []
    with hub.warehouse.reading() as connection:
        for name in names:
            table = getattr(tables, name)
            columns = [column for column in table.columns if column.name != "key"]
            kept += [(name, *row) for row in connection.execute(table.select().with_only_columns(*columns))]
    return sorted(kept, key=repr)
