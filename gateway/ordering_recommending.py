"""Use case: what a party's outlets are recommended to order, from what they took, were left owed and have left."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.domain.recommendation import WEEK, Recommendation

if TYPE_CHECKING:
    from gateway.wiring import Hub

HISTORY_DAYS = 56
"""Of which the analytics tell (docs/reconciliation.md)."""


def recommend(hub: "Hub", party: int, outlet: str = "") -> list[Recommendation]:
    """For all outlets of a party, or one (our code); as of the last day of which the party has told."""
    with hub.exchange.reading() as connection:
        sites = hub.parties.sites_by_party(connection).get(party, [])
    with hub.warehouse.reading() as connection:
        rows = hub.recommendations.of_party(connection, party, outlet)
        if not rows:
            return []
        day = rows[0].day
        taken: dict[tuple[int, int], dict[date, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for _, on, place, item, quantity in hub.turnovers.SOLD.sums(connection, sites, day - _history(), day):
            if quantity > 0:
                taken[place, item][on] += Fraction(quantity)
        held: dict[int, Decimal] = defaultdict(Decimal)
        stocks = hub.order_checks.on_hand(connection, sites, sorted({row.sku_key for row in rows}))
        for (_, item), quantity in stocks.items():
            held[item] += quantity
    found = []
    for row in rows:
        deliveries = taken[row.outlet_key, row.sku_key] or {day: Fraction(0)}
        delivered = max(deliveries)
        found.append(
            Recommendation(
                outlet=row.outlet or row.their_outlet,
                sku=row.sku,
                rate=Fraction(max(row.shipped + row.unfilled, Decimal(0))) * WEEK / HISTORY_DAYS,
                weeks=Fraction(row.cycle_days) / WEEK,
                last=deliveries[delivered],
                delivered=delivered,
                today=day,
                held=Fraction(held[row.sku_key]),
            )
        )
    return found


def _history() -> timedelta:
    return timedelta(days=HISTORY_DAYS - 1)
