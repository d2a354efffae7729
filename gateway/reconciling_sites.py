"""Rules about one site: the stock equation, goods, debt, settlements, control totals."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from gateway.domain.reconciliation import (
    JUDGED,
    MILLION,
    Line,
    Rule,
    Spoken,
    affected_until,
    intervals,
    whole_days,
    whole_intervals,
)
from gateway.reconciling_balances import balances, compared, frame, placed

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

WAREHOUSE, ITEM, DEBT = ["organization", "warehouse"], ["item"], ["outlet", "currency"]
Span = tuple[date, date]
Result = tuple[Rule, Span, list[Line]]
Snapshots = dict[str, dict[int, list[date]]]
"""By organisation and warehouse."""


@dataclass(frozen=True)
class Site:
    """A site and days of it that changed."""

    hub: "Hub"
    connection: "Connection"
    site: int
    first: date
    last: date

    def results(self) -> Iterator[Result]:
        """Every rule, with the days that its lines stand for: all that may have changed, and no line outside."""
        yield from self._goods()
        yield self._debt()
        yield self._settlements()
        yield self._control()

    def sums(self, turnovers: Iterable[Any], columns: tuple[str, ...], first: date, last: date) -> pd.DataFrame:
        names = ("organization", "on", *columns, "value")
        rows = [row for each in turnovers for row in each.sums(self.connection, [self.site], first, last)]
        return frame(names, rows)

    def spoken(self, feed: str, since: date, last: date) -> dict[str, Spoken]:
        """By organisation."""
        turnovers = self.hub.turnovers
        found: dict[str, dict[str, Any]] = defaultdict(lambda: {"windows": [], "days": set()})
        for organization, begin, end in turnovers.windows(self.connection, self.site, feed, since):
            found[organization]["windows"].append((begin, end))
        for organization, day in turnovers.document_days(self.connection, self.site, feed, since, last):
            found[organization]["days"].add(day)
        ends = turnovers.last_days(self.connection, self.site, feed)
        return {
            name: Spoken(tuple(found[name]["windows"]), frozenset(found[name]["days"]), told, window)
            for name, (told, window) in ends.items()
        }

    def lines(self, rule: Rule, found: pd.DataFrame, measure: str) -> list[Line]:
        """Rows of a frame as lines; says of each which feeds were not sent for its days."""
        if found.empty:
            return []
        needs, feed = JUDGED[rule].needs, JUDGED[rule].feed
        begin = "since" if "since" in found else "day"
        first, last = (date.fromordinal(int(each)) for each in (found[begin].min(), found["day"].max()))
        spoken = {need: self.spoken(need, first, last) for need in needs}

        @cache
        def missing(organization: str, since: int, day: int) -> str:
            start, end = date.fromordinal(min(since + 1, day)), date.fromordinal(day)
            silent = (need for need in needs if not spoken[need].get(organization, Spoken()).covers(start, end))
            return " ".join(silent)

        lines = []
        for row in found.to_dict("records"):
            since = row.get("since", row["day"])
            lines.append(
                Line(
                    rule=rule,
                    feed=feed,
                    site=self.site,
                    organization=row["organization"],
                    since=date.fromordinal(since) if "since" in row else None,
                    day=date.fromordinal(row["day"]),
                    warehouse=row.get("warehouse"),
                    outlet=row.get("outlet"),
                    item=row.get("item"),
                    currency=row.get("currency"),
                    measure=measure,
                    opening=row.get("opening"),
                    expected=row["expected"] - round(row.get("rest", 0)),
                    actual=row["actual"],
                    missing=missing(row["organization"], since, row["day"]),
                )
            )
        return lines

    def _goods(self) -> Iterator[Result]:
        """The stock equation of each warehouse, and the goods of all of them together."""
        turnovers = self.hub.turnovers
        snapshots: Snapshots = defaultdict(lambda: defaultdict(list))
        for organization, warehouse, day in turnovers.stock_days(self.connection, self.site):
            snapshots[organization][warehouse].append(day)
        single = [
            (organization, warehouse, *span)
            for organization, each in snapshots.items()
            for warehouse, days in each.items()
            for span in intervals(days)
        ]
        whole = {organization: whole_days(each) for organization, each in snapshots.items()}
        together = [(name, *span) for name, each in whole.items() for span in whole_intervals(each)]
        last = self._until([days for each in snapshots.values() for days in each.values()])
        last = affected_until(last, [list(each) for each in whole.values()])
        spans, wholes = (self._spans([*WAREHOUSE, "since", "day"], each, last) for each in (single, together))
        since = self._begin(spans, wholes)
        levels = self.sums([turnovers.STOCK], ("warehouse", "item"), since, last)
        changes = self.sums(turnovers.GOODS, ("warehouse", "item"), since, last)
        around = frame(
            [*WAREHOUSE, "since", "day"], [each for each in single if since <= each[-1] and each[-2] <= last]
        )
        by_warehouse = balances(levels, placed(changes, around), spans, WAREHOUSE, ITEM)
        yield Rule.STOCK, (self.first, last), self.lines(Rule.STOCK, by_warehouse, "quantity")
        goods = balances(levels, changes, wholes, WAREHOUSE, ITEM).drop(columns="warehouse")
        goods = goods.groupby(["organization", *ITEM, "since", "day"], as_index=False).sum()
        yield Rule.GOODS, (self.first, last), self.lines(Rule.GOODS, goods, "quantity")

    def _debt(self) -> Result:
        turnovers = self.hub.turnovers
        days: dict[str, list[date]] = defaultdict(list)
        for organization, day in turnovers.debt_days(self.connection, self.site):
            days[organization].append(day)
        last = self._until(days.values())
        found = [(name, *span) for name, each in days.items() for span in intervals(each)]
        spans = self._spans(["organization", "since", "day"], found, last)
        since = self._begin(spans)
        levels = self.sums([turnovers.OPEN_ITEMS], ("outlet", "currency"), since, last)
        changes = self.sums([turnovers.DEBTS], ("outlet", "currency"), since, last)
        lines = self.lines(Rule.DEBT, balances(levels, changes, spans, ["organization"], DEBT), "amount")
        return Rule.DEBT, (self.first, last), lines

    def _settlements(self) -> Result:
        """Invoices and returns of the settlements against what was shipped, by outlet and day."""
        turnovers, names = self.hub.turnovers, ("outlet", "currency")
        billed = self.sums([turnovers.BILLED], names, self.first, self.last)
        invoiced = self.sums([turnovers.INVOICES], names, self.first, self.last)
        found = compared(billed, invoiced, ["organization", "on", *DEBT]).rename(columns={"on": "day"})
        span = (self.first, self.last)
        return Rule.SETTLEMENTS, span, self.lines(Rule.SETTLEMENTS, found, "amount")

    def _control(self) -> Result:
        """The sender's sums of a packet against ours; one that was taken over in part can no longer be compared."""
        totals = self.hub.packet_totals
        last = totals.last_day(self.connection, self.site, self.first, self.last) or self.last
        span = (self.first, max(last, self.last))
        theirs = totals.theirs(self.connection, self.site, *span)
        ours = {feed: totals.ours(self.connection, feed, self.site, *span) for feed in {each.feed for each in theirs}}
        lines = [line for each in theirs for line in _of_packet(each, ours[each.feed].get(each.packet))]
        return Rule.CONTROL, span, lines

    def _begin(self, *spans: pd.DataFrame) -> date:
        """The earliest opening day, from which on facts are needed."""
        return min((date.fromordinal(int(each["since"].min())) for each in spans if not each.empty), default=self.first)

    def _until(self, snapshots: Iterable[list[date]]) -> date:
        return affected_until(self.last, [sorted(each) for each in snapshots])

    def _spans(self, names: list[str], found: list[tuple[Any, ...]], last: date) -> pd.DataFrame:
        """Those whose closing day lies in the days that changed."""
        return frame(names, [each for each in found if self.first <= each[-1] <= last])


def _of_packet(theirs: Any, ours: Any) -> Iterator[Line]:
    documents = ours.documents if ours else 0
    if documents != theirs.documents:
        return
    for measure in ("rows", "quantity", "amount"):
        said = getattr(theirs, measure)
        if said is None:
            continue
        held = getattr(ours, measure, None) if ours else None
        yield Line(
            rule=Rule.CONTROL,
            feed=theirs.feed,
            site=theirs.site,
            organization=theirs.organization,
            day=theirs.last_date,
            document=str(theirs.packet),
            measure=measure,
            expected=int(said * MILLION),
            actual=int((held or 0) * MILLION),
        )
