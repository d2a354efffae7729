"""Use case: how much of what was ordered has been shipped: by line, by order, by distributor."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.wiring import Hub

FIRST, LAST = date.min, date.max


@dataclass(frozen=True)
class Fill:
    """Of an order and a SKU, in its own unit; more than was ordered does not fill another line."""

    party: str
    order: str
    day: date
    sku: str
    ordered: Decimal
    shipped: Decimal

    @property
    def filled(self) -> Decimal:
        return min(max(self.shipped, Decimal(0)), self.ordered)


def fill_rates(hub: "Hub", party: int | None = None, first: date = FIRST, last: date = LAST) -> list[Fill]:
    """Transfer orders of these days that were handed over and not called off, by order and SKU; all parties or one.

    Shipped is what stands in the facts with the order's id, returns taken off.
    """
    with hub.exchange.reading() as connection:
        ordered = hub.order_filling.ordered(connection, party, first, last)
        sites = hub.parties.sites_by_party(connection)
        codes = hub.parties.party_codes(connection)
    parties = sorted({row.party for row in ordered})
    shipped: dict[tuple[int, str, int], Fraction] = defaultdict(Fraction)
    with hub.warehouse.reading() as connection:
        for each in parties:
            begin = min(row.date for row in ordered if row.party == each)
            sums = hub.turnovers.ORDERED.sums(connection, sites.get(each, []), begin, LAST)
            for _, _, document, item, quantity in sums:
                shipped[each, document, item] += Fraction(quantity)
    went = {key: hub.turnovers.to_millionth(exact) for key, exact in shipped.items()}
    return [
        Fill(
            party=codes[row.party],
            order=row.id,
            day=row.date,
            sku=row.sku_code,
            ordered=row.ours,
            shipped=went.get((row.party, row.id, row.sku), Decimal(0)),
        )
        for row in ordered
    ]


def fill_rate(lines: Iterable[Fill]) -> Decimal | None:
    """Percent of what was ordered: the mean of the lines', since units differ. None where nothing was."""
    shares = [each.filled / each.ordered for each in lines if each.ordered]
    return sum(shares, Decimal(0)) * 100 / len(shares) if shares else None
