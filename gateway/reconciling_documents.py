"""Use case: the documents behind a line of reconciliation."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Misuse
from gateway.domain.reconciliation import Rule

if TYPE_CHECKING:
    from gateway.wiring import Hub


@dataclass(frozen=True)
class Behind:
    """A document and what it does to the line: `value` adds to the expected, or to the actual where it is compared."""

    day: date
    kind: str
    number: str
    packet: int
    value: Decimal | None = None


def documents(hub: "Hub", key: int) -> tuple[Any, list[Behind]]:
    """The line and its documents, in the order of days. Raises Misuse where there is no such line (any more)."""
    with hub.warehouse.reading() as connection:
        line = hub.reconciliations.line(connection, key)
    if line is None:
        raise Misuse(f"there is no line {key}: list them again, each run numbers its lines anew")
    with hub.exchange.reading() as connection:
        sites = [line.site] if line.site else hub.parties.sites_by_party(connection).get(line.party, [])
    with hub.warehouse.reading() as connection:
        if line.rule == Rule.CONTROL:
            packet = int(line.document)
            held_back = hub.packet_totals.held_back(connection, packet)
            return line, [Behind(line.day, reason, f"{number} / {n}", packet) for number, n, reason in held_back]
        found = [
            Behind(*row)
            for turnover in _turnovers(hub, line.rule)
            for row in turnover.documents(connection, sites, *_days(line), _wanted(line))
        ]
    return line, sorted(found, key=lambda each: (each.day, each.number, each.value or 0))


def _turnovers(hub: "Hub", rule: str) -> tuple[Any, ...]:
    all_of = hub.turnovers
    by_rule: dict[str, tuple[Any, ...]] = {
        Rule.STOCK: all_of.GOODS,
        Rule.GOODS: all_of.GOODS,
        Rule.DEBT: (all_of.DEBTS,),
        Rule.SETTLEMENTS: (all_of.BILLED, all_of.INVOICES),
        Rule.PURCHASES: (all_of.PURCHASES,),
        Rule.ORDERS: (all_of.ORDERED,),
    }
    return by_rule[rule]


def _days(line: Any) -> tuple[date, date]:
    if line.document:
        return date.min, date.max
    return (line.since + timedelta(days=1) if line.since else line.day), line.day


def _wanted(line: Any) -> dict[str, Any]:
    item = line.sku or (-line.product if line.product else None)
    named = {"organization": line.organization, "warehouse": line.warehouse, "outlet": line.outlet, "item": item}
    named |= {"currency": line.currency, "document": line.document}
    return {name: value for name, value in named.items() if value is not None}
