"""Rules about a party as a whole: primary sales against its purchases, transfer orders against its shipments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.domain.matching import Matched, Parcel, match
from gateway.domain.reconciliation import JUDGED, Line, Rule, Tolerance, millionths

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

ALL = (date.min, date.max)


@dataclass(frozen=True)
class Party:
    """A party with its sites. What was sent months ago may come today: its documents are matched all together."""

    hub: "Hub"
    connection: "Connection"
    party: int
    sites: Sequence[int]
    tolerances: dict[Rule, Tolerance]

    def results(self) -> Iterator[tuple[Rule, tuple[date, date], list[Line]]]:
        said = self._said(self.hub.erp_lines.PRIMARY_SALE)
        yield Rule.PURCHASES, ALL, self._purchases(said)
        ordered = self._said(self.hub.erp_lines.TRANSFER_ORDER)
        yield Rule.ORDERS, ALL, self._orders(ordered)

    def _said(self, kind: str) -> list[Parcel]:
        found = self.hub.erp_lines.lines(self.connection, kind, self.party)
        return [Parcel(document, sku, day, millionths(quantity)) for document, sku, day, quantity in found]

    def _came(self, turnover: Any) -> list[Parcel]:
        found = turnover.sums(self.connection, self.sites, *ALL)
        return [
            Parcel(document or "", item, day, millionths(quantity or Decimal(0)))
            for _, day, document, *_, item, quantity in found
            if item > 0
        ]

    def _purchases(self, said: list[Parcel]) -> list[Line]:
        if not said:
            return []  # the ERP is not heard
        first = min(each.day for each in said)
        known = {each.document for each in said}
        came = self._came(self.hub.turnovers.PURCHASES)
        came = [each for each in came if each.document in known or each.day >= first]
        if all(each.quantity >= 0 for each in said):  # an ERP that tells of no returns says nothing about them
            came = [each for each in came if each.quantity >= 0]
        return self._lines(Rule.PURCHASES, match(said, came))

    def _orders(self, ordered: list[Parcel]) -> list[Line]:
        if not ordered:
            return []
        ended = self.hub.erp_lines.called_off(self.connection, self.sites)
        wanted = [each if each.document not in ended else _nothing(each) for each in ordered]
        return self._lines(Rule.ORDERS, match(wanted, self._came(self.hub.turnovers.ORDERED), only_named=True))

    def _lines(self, rule: Rule, matched: list[Matched]) -> list[Line]:
        feed, days = JUDGED[rule].feed, self.tolerances[rule].days
        told = self._told_until(feed)
        return [
            Line(
                rule=rule,
                feed=feed,
                day=each.day,
                item=each.sku,
                document=each.document or None,
                expected=round(each.actual) - each.gap,
                actual=round(each.actual),
                missing=feed if told is None else "",
                on_its_way=told is None or told < each.day + timedelta(days=days),
            )
            for each in matched
        ]

    def _told_until(self, feed: str) -> date | None:
        """The last day that any of its sites has told of: what was not there by then had not come."""
        ends = (self.hub.turnovers.last_days(self.connection, site, feed) for site in self.sites)
        days = [day for each in ends for pair in each.values() for day in pair if day]
        return max(days, default=None)


def _nothing(called_off: Parcel) -> Parcel:
    return Parcel(called_off.document, called_off.sku, called_off.day, 0)
