"""Use case: translates received orders, holds those that can't go on, offers the others; held ones go on by themselves.

Some hundred orders are one transaction of the exchange schema that reads the warehouse beside: cut off anywhere, it is
as if it had not begun.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gateway.domain.credit import OrderPolicy
from gateway.domain.order import Kind, State
from gateway.domain.order_translation import Packing, Sku, Translated, packing, to_ours, to_theirs
from gateway.domain.problem import Problem
from gateway.ordering_checking import checked
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

WAREHOUSE = "warehouse"
AT_ONCE = 500
HUB = "hub"
LOOK_AGAIN = timedelta(minutes=5)
"""When a held order is tried again though the crosswalk has not changed: debts, stock or our products may have."""
WARNING, ERROR = "warning", "error"
ONE = Fraction(1)


@dataclass
class Draft:
    """An order on its way through: what is known of it, and what is wrong."""

    row: Any
    party: int | None = None
    site: int | None = None
    organization: str | None = None
    their_outlet: str | None = None
    policy: OrderPolicy = field(default_factory=OrderPolicy)
    lines: list[Translated] = field(default_factory=list)
    problems: list[tuple[Problem, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = (int(self.row.key), int(self.row.revision))

    @property
    def is_held(self) -> bool:
        return any(severity == ERROR for _, severity in self.problems)

    def blame(self, problem: Problem, severity: str = ERROR) -> None:
        self.problems.append((problem, severity))


@repeated
def translate_next(hub: "Hub") -> int:
    """Takes some of the orders that are due; how many there were."""
    now = hub.clock()
    with hub.exchange.reading(beside=WAREHOUSE) as connection:
        if not _due(hub, connection, hub.mappings.last_change(connection), 1):
            return 0
    with hub.exchange.writing(beside=WAREHOUSE) as connection, _not_collecting():
        hub.locks.take_turn(connection, hub.locks.ORDERS)
        last_change = hub.mappings.last_change(connection)
        drafts = [
            Draft(row, row.party, row.site, row.organization) for row in _due(hub, connection, last_change, AT_ONCE)
        ]
        if not drafts:
            return 0
        _translate(hub, connection, drafts)
        _keep(hub, connection, drafts, last_change, now)
    return len(drafts)


@contextmanager
def _not_collecting() -> Iterator[None]:
    """Some hundred thousand small objects, none of them in a cycle: to look for such takes longer than the joins."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _due(hub: "Hub", connection: "Connection", last_change: int, limit: int) -> Sequence[Any]:
    found: Sequence[Any] = hub.order_translation.due(connection, last_change, hub.clock(), limit)
    return found


def _translate(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    translated = [each for each in drafts if not each.row.cancels]
    transfers = [each for each in translated if each.row.kind == Kind.TRANSFER]
    _route(hub, connection, [each for each in transfers if not each.row.known])
    routed = [each for each in transfers if each.party is not None]
    policies = hub.serving.policies(connection, list({each.party for each in drafts if each.party is not None}))
    for each in drafts:
        general = policies.get((each.party, ""), OrderPolicy())
        each.policy = policies.get((each.party, each.row.outlet), general)
    _outlets(hub, connection, routed)
    _to_theirs(hub, connection, routed)
    _to_ours(hub, connection, [each for each in translated if each.row.kind == Kind.PURCHASE])
    for each in translated:
        _leave_out(each)
    checked(hub, connection, [each for each in routed if not each.is_held])


def _route(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    """Who serves the outlet on the order's day: of several the one that began last, of the party that is named."""
    if not drafts:
        return
    serving: dict[int, list[Any]] = defaultdict(list)
    for row in hub.order_translation.routes(connection, [each.row.key for each in drafts]):
        serving[row.key].append(row)
    parties = hub.parties.party_keys(connection)
    only = {party: sites[0] for party, sites in hub.parties.sites_by_party(connection).items() if len(sites) == 1}
    for each in drafts:
        named = parties.get(each.row.named_party) if each.row.named_party else None
        chosen = [row for row in serving[each.row.key] if named is None or row.party == named]
        if chosen:
            best = max(chosen, key=lambda row: row.first_date)
            each.party, each.site, each.organization = best.party, best.site, best.organization
        elif named is not None and named in only:
            each.party, each.site, each.organization = named, only[named], None
        else:
            each.party = each.site = each.organization = None
            each.blame(Problem("ORDER_NO_ROUTE", field="outlet", value=each.row.outlet))
    routes = [
        {"its_key": each.row.key, "party": each.party, "site": each.site, "organization": each.organization}
        for each in drafts
    ]
    hub.order_outcomes.put_routes(connection, routes)


def _outlets(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    found = _best(hub.order_translation.their_outlets(connection, [each.row.key for each in drafts])) if drafts else {}
    for each in drafts:
        if code := found.get((each.party, each.row.outlet, each.row.date)):
            each.their_outlet = code[1]
        else:
            each.blame(Problem("ORDER_OUTLET_UNMAPPED", field="outlet", value=each.row.outlet))


def _best(rows: Sequence[Any]) -> dict[tuple[Any, ...], tuple[int, str]]:
    """By party, our code and day. Of several codes the one whose mapping began last, of equals the first by name.

    (So does `Crosswalk.to_theirs`.)
    """
    found: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        if row.code is None or row.valid_from is None:
            continue
        was = found.get((row.party, row.ours, row.day))
        if was is None or (-row.valid_from.toordinal(), row.code) < (-was.valid_from.toordinal(), was.code):
            found[row.party, row.ours, row.day] = row
    return {wanted: (row.code_key, row.code) for wanted, row in found.items()}


def _to_theirs(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    if not drafts:
        return
    by_key = {each.row.key: each for each in drafts}
    codes = _best(hub.order_translation.their_codes(connection, list(by_key)))
    units: dict[int, list[Any]] = defaultdict(list)
    for unit in hub.order_translation.units_of(connection, sorted({key for key, _ in codes.values()})):
        units[unit.code].append(unit)
    rows = hub.order_translation.our_lines(connection, list(by_key))
    without = sorted({row.sku for row in rows if row.sku is not None and row.price is None})
    prices = hub.prices.of_skus(connection, without)
    days = {key: (each.party, each.row.date) for key, each in by_key.items()}
    packings: dict[tuple[int, int, date], Packing] = {}
    for row in rows:
        draft = by_key[row.order]
        party, day = days[row.order]
        code = codes.get((party, row.product, day))
        if row.sku is None:
            draft.blame(Problem("ORDER_PRODUCT_UNKNOWN", row=row.n, field="product", value=row.product))
        elif code is None:
            draft.blame(Problem("ORDER_PRODUCT_UNMAPPED", row=row.n, field="product", value=row.product))
        else:
            price = None if row.price is not None else _list_price(prices, draft, row.sku)
            sku = Sku(row.sku, row.product, row.sku_unit)
            theirs = packings.get((code[0], row.sku, day))
            if theirs is None:
                theirs = packing(code[1], _on(day, units.get(code[0], ())), sku)
                packings[code[0], row.sku, day] = theirs
            _add(draft, to_theirs(row, sku, _factor(row), theirs, price))


def _on(day: date, units: Sequence[Any]) -> dict[str, Fraction]:
    """What a code's units count on a day."""
    then = (unit for unit in units if unit.valid_from <= day <= unit.valid_to)
    return {unit.name: Fraction(unit.numerator, unit.denominator) for unit in then}


def _to_ours(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    if not drafts:
        return
    by_key = {each.row.key: each for each in drafts}
    for row in hub.order_translation.their_lines(connection, list(by_key)):
        draft = by_key[row.order]
        if row.sku is None:
            draft.blame(Problem("ORDER_PRODUCT_UNMAPPED", row=row.n, field="product", value=row.product))
        else:
            _add(draft, to_ours(row, Sku(row.sku, row.sku_code, row.sku_unit), _factor(row)))


def _add(draft: Draft, found: Translated | Problem) -> None:
    if isinstance(found, Problem):
        draft.blame(found)
        return
    draft.lines.append(found)
    if found.remainder:
        said = f"{found.remainder.normalize():f} {found.sku.unit or ''}".strip()
        draft.blame(Problem("ORDER_REMAINDER", row=found.n, field="quantity", value=said), WARNING)


def _factor(row: Any) -> Fraction | None:
    if row.numerator == row.denominator == 1:
        return ONE
    return None if row.numerator is None else Fraction(row.numerator, row.denominator)


def _list_price(prices: Any, draft: Draft, sku: int) -> Decimal | None:
    """The party's own price of the day, else that for all; in the order's currency only."""
    for party in (draft.party, 0):
        for since, price, currency in prices.get((party, sku), ()):
            if since <= draft.row.date and currency == (draft.row.currency or "RUB"):
                return Decimal(price)
    return None


def _leave_out(draft: Draft) -> None:
    """By policy an order goes on without the lines that can't be translated, if any line is left."""
    draft.lines.sort(key=lambda each: each.n)
    if not (draft.policy.partial and draft.lines):
        return
    for place, (problem, severity) in enumerate(draft.problems):
        if severity == ERROR and problem.row is not None:
            draft.problems[place] = (problem, WARNING)
            draft.blame(Problem("ORDER_LINE_LEFT_OUT", row=problem.row), WARNING)


def _keep(hub: "Hub", connection: "Connection", drafts: list[Draft], last_change: int, now: Any) -> None:
    was = hub.order_outcomes.problems_of(connection, [each.row.key for each in drafts if each.row.state == State.HELD])
    held = [each for each in drafts if each.is_held]
    same = [each for each in held if was.get(each.place) == [_told(problem) for problem, _ in each.problems]]
    changed = [each for each in drafts if each not in same]
    going = [each for each in changed if not each.is_held]
    look_at = now + LOOK_AGAIN
    outcomes = hub.order_outcomes
    outcomes.seen(connection, [each.row.key for each in same], last_change, look_at)
    if not changed:
        return
    places = [each.place for each in changed]
    outcomes.put_problems(connection, places, [(each.place, *told) for each in changed for told in each.problems])
    outcomes.put_lines(connection, [(each.place, line) for each in going for line in each.lines])
    outcomes.put_offers(connection, [(each.place, each.their_outlet, _offer(hub, each)) for each in going])
    steps: list[Any] = [(each.place, State.HELD, _reasons(each)) for each in changed if each.is_held]
    steps += [(each.place, state, None) for each in going for state in (State.TRANSLATED, State.OFFERED)]
    outcomes.put_steps(connection, steps, HUB, now)
    waiting = [each.row.key for each in changed if each.is_held]
    outcomes.put_states(connection, waiting, State.HELD, now, seen_change=last_change, look_at=look_at)
    offered = [each.row.key for each in going]
    outcomes.put_states(connection, offered, State.OFFERED, now, seen_change=last_change, look_at=None)


def _told(problem: Problem) -> tuple[str, int | None, str | None]:
    return problem.code, problem.row, problem.value


def _reasons(draft: Draft) -> str:
    return ", ".join(dict.fromkeys(problem.code for problem, severity in draft.problems if severity == ERROR))


def _offer(hub: "Hub", draft: Draft) -> str | None:
    """The order as the distributor will get it."""
    row = draft.row
    if row.kind != Kind.TRANSFER:
        return None
    head = {"id": row.id, "revision": row.revision, "number": row.number, "date": row.date}
    head |= {"organization": draft.organization, "outlet": draft.their_outlet or row.their_outlet}
    told = {name: getattr(row, name) for name in ("wanted", "agreement", "comment", "currency")}
    head |= told | {"cancelled": True if row.cancels else None}
    return str(hub.formats.order_element(head, draft.lines))
