"""The analytics tables, computed by pandas from the same sums as reconciliation; formulas in docs/reconciliation.md."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from gateway.domain.reconciliation import MILLION, intervals, millionths
from gateway.reconciling_balances import frame, placed

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

Report = tuple[str, dict[str, int], tuple[date, date] | None, list[dict[str, Any]]]
"""Table, whose rows, of which days, and the rows; figures in millionths."""
COVER_DAYS, HISTORY_DAYS = 28, 56
AGES = {"not_due": -1, "overdue_0_7": 7, "overdue_8_14": 14, "overdue_15_30": 30, "overdue_31_60": 60}
OLDEST = "overdue_over_60"
PLACE = ["organization", "warehouse", "item"]


def of_site(hub: "Hub", connection: "Connection", party: int, site: int, first: date, last: date) -> Iterator[Report]:
    """Cover of stock and age of debts for the days that a change between `first` and `last` reaches."""
    scope = {"party": party, "site": site}
    reach = (first, _later(last, COVER_DAYS - 1))
    yield "stock_cover", scope, reach, _cover(hub, connection, site, *reach)
    rows = hub.turnovers.OPEN_ITEMS_BY_DUE.sums(connection, [site], first, last)
    yield (
        "debt_age",
        scope,
        (first, last),
        ages(frame(("organization", "on", "outlet", "currency", "due", "value"), rows)),
    )


def of_party(hub: "Hub", connection: "Connection", party: int, sites: Sequence[int]) -> Iterator[Report]:
    """Recommended orders and plans: as of the last day of which any site has told."""
    told = [hub.turnovers.last_days(connection, site, "shipments") for site in sites]
    day = max((pair[0] for each in told for pair in each.values() if pair[0]), default=None)
    yield "recommended_order", {"party": party}, None, _recommended(hub, connection, party, sites, day) if day else []
    yield "plan_fact", {"party": party}, None, _plan_facts(hub, connection, party, sites, day)


def _later(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _cover(hub: "Hub", connection: "Connection", site: int, first: date, last: date) -> list[dict[str, Any]]:
    turnovers, columns = hub.turnovers, ("organization", "on", "warehouse", "item", "value")
    days: dict[tuple[str, int], list[date]] = defaultdict(list)
    for organization, warehouse, day in turnovers.stock_days(connection, site):
        days[organization, warehouse].append(day)
    since = date.fromordinal(max(1, first.toordinal() - COVER_DAYS + 1))
    spans = [(*where, *span) for where, each in days.items() for span in intervals(each)]
    sold = frame(columns, turnovers.SHIPMENTS.sums(connection, [site], since, last))
    sold = placed(sold, frame(("organization", "warehouse", "since", "day"), spans))
    held = frame(columns, turnovers.STOCK.sums(connection, [site], first, last))
    snapshots = [(*where, day) for where, each in days.items() for day in each if first <= day <= last]
    return cover(held, sold, frame(("organization", "warehouse", "day"), snapshots))


def cover(held: pd.DataFrame, sold: pd.DataFrame, snapshots: pd.DataFrame) -> list[dict[str, Any]]:
    """Each item that a snapshot holds or that was sold from its warehouse in the 28 days up to it."""
    recent = sold.merge(snapshots, on=PLACE[:2])
    recent = recent[(recent["on"] <= recent["day"]) & (recent["day"] < recent["on"] + COVER_DAYS)]
    keys, figures = [*PLACE, "day"], ["quantity", "quantity_rest", "sold", "sold_rest"]
    parts = [
        recent.assign(quantity=0, quantity_rest=0.0, sold=-recent["value"], sold_rest=-recent["rest"]),
        held.rename(columns={"on": "day", "value": "quantity", "rest": "quantity_rest"}).assign(sold=0, sold_rest=0.0),
    ]
    together = pd.concat([part[[*keys, *figures]] for part in parts], ignore_index=True)
    found = together.groupby(keys, as_index=False)[figures].sum()
    for name in ("quantity", "sold"):
        found[name] += found[f"{name}_rest"].round().astype("int64")
    return [_covered(row) for row in found.to_dict("records")]


def _covered(row: dict[Any, Any]) -> dict[str, Any]:
    quantity, sold, item = row["quantity"], max(row["sold"], 0), row["item"]
    held = max(quantity, 0)
    return {
        **{name: row[name] for name in ("organization", "warehouse", "quantity", "sold")},
        "day": date.fromordinal(row["day"]),
        "sku": item if item > 0 else None,
        "product": -item if item < 0 else None,
        "days": held * COVER_DAYS * MILLION // sold if sold else None,
        "out_of_stock": quantity <= 0 < sold,
        "sell_through": sold * 100 * MILLION // (sold + held) if sold else 0,
    }


def ages(items: pd.DataFrame) -> list[dict[str, Any]]:
    """Open debt of each outlet by days overdue."""
    if items.empty:
        return []
    overdue = items["on"] - items["due"]
    bounds = [float("-inf"), *AGES.values(), float("inf")]
    names = [*AGES, OLDEST]
    aged = items.assign(age=pd.cut(overdue, bounds, labels=names).astype("object"))
    keys = ["organization", "on", "outlet", "currency"]
    table = aged.pivot_table(index=keys, columns="age", values="value", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=names, fill_value=0).astype("int64").reset_index()
    return [
        {**row, "day": date.fromordinal(row.pop("on")), "open_amount": sum(row[name] for name in names)}
        for row in table.to_dict("records")
    ]


def _recommended(
    hub: "Hub", connection: "Connection", party: int, sites: Sequence[int], day: date
) -> list[dict[str, Any]]:
    since = date.fromordinal(max(1, day.toordinal() - HISTORY_DAYS + 1))
    turnovers, orders = hub.turnovers, hub.erp_lines.TRANSFER_ORDER
    sold = turnovers.SOLD.sums(connection, sites, since, day)
    shipped: dict[tuple[str, int], int | Fraction] = defaultdict(int)
    for _, _, document, item, quantity in turnovers.ORDERED.sums(connection, sites, since, day):
        shipped[document, item] += millionths(quantity)
    unfilled: dict[tuple[int, int], int] = defaultdict(int)
    ended = hub.erp_lines.called_off(connection, sites)
    for document, sku, place, quantity in hub.analytics.ordered_by_outlet(connection, party, orders, since, day):
        if document not in ended:
            unfilled[place, sku] += max(0, round(millionths(quantity) - shipped[document, sku]))
    return [{"day": day, **row} for row in recommended(sold, unfilled)]


def recommended(sold: Sequence[Any], unfilled: dict[tuple[int, int], int]) -> list[dict[str, Any]]:
    """What an outlet wants at a delivery: what it took and what it was left owed, over its deliveries; whole units.

    `sold` are (organization, day, outlet, item, quantity).
    """
    taken: dict[tuple[int, int], int | Fraction] = defaultdict(int)
    deliveries: dict[int, set[date]] = defaultdict(set)
    for _, day, outlet, sku, quantity in sold:
        if outlet is None or sku < 0:
            continue
        taken[outlet, sku] += millionths(quantity)
        if quantity > 0:
            deliveries[outlet].add(day)
    rows = []
    for outlet, sku in sorted(set(taken) | set(unfilled)):
        owed, times = unfilled.get((outlet, sku), 0), len(deliveries[outlet]) or 1
        shipped = round(taken[outlet, sku])
        wanted = max(0, shipped + owed)
        if wanted:
            names = {"outlet": outlet, "sku": sku, "shipped": shipped, "unfilled": owed}
            figures = {
                "cycle_days": HISTORY_DAYS * MILLION // times,
                "quantity": -(-wanted // (times * MILLION)) * MILLION,
            }
            rows.append(names | figures)
    return rows


def _plan_facts(
    hub: "Hub", connection: "Connection", party: int, sites: Sequence[int], day: date | None
) -> list[dict[str, Any]]:
    groups = hub.erp_lines.groups(connection)
    rows = []
    for plan in hub.erp_lines.plans(connection, party):
        figures: dict[str, int | None] = {}
        for name, turnover in (("quantity", hub.turnovers.SOLD), ("amount", hub.turnovers.REVENUE)):
            sums = turnover.sums(connection, sites, plan.first_date, plan.last_date)
            done = round(
                sum(millionths(each[-1] or Decimal(0)) for each in sums if groups.get(each[-2]) == plan.sku_group)
            )
            wanted = int((getattr(plan, name) or 0) * MILLION)
            figures |= {name: done, f"{name}_percent": done * 100 * MILLION // wanted if wanted else None}
        through = min(day, plan.last_date) if day and day >= plan.first_date else None
        rows.append({"plan": plan.key, "through": through, **figures})
    return rows
