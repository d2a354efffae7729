"""Orders put into the other side's codes and units: who gets them, their outlets, their lines."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gateway.domain.order import Kind
from gateway.domain.order_translation import ONE, Packing, Sku, Translated, packing, to_ours, to_theirs
from gateway.domain.problem import Problem
from gateway.ordering_draft import ERROR, WARNING, Draft

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub


def put_into_codes(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    """Fills in routes, outlets and lines; adds problems where that can't be."""
    transfers = [each for each in drafts if each.row.kind == Kind.TRANSFER]
    closed = hub.parties.closed_sites(connection)
    _route(hub, connection, [each for each in transfers if each.is_new and not each.row.known], closed)
    for each in transfers:
        if each.is_new and each.row.known and each.site in closed:  # who had it can't be given what has changed
            each.blame(Problem("ORDER_NO_ROUTE", field="outlet", value=each.row.outlet))
    routed = [each for each in transfers if each.party is not None]
    _outlets(hub, connection, routed)
    _to_theirs(hub, connection, routed)
    _to_ours(hub, connection, [each for each in drafts if each.row.kind == Kind.PURCHASE])


def leave_out(draft: Draft) -> None:
    """By policy an order goes on without the lines that can't be translated, if any line is left."""
    draft.lines.sort(key=lambda each: each.n)
    if not (draft.policy.partial and draft.lines):
        return
    for place, (problem, severity) in enumerate(draft.problems):
        if severity == ERROR and problem.row is not None:
            draft.problems[place] = (problem, WARNING)
            draft.blame(Problem("ORDER_LINE_LEFT_OUT", row=problem.row), WARNING)


def _route(hub: "Hub", connection: "Connection", drafts: list[Draft], closed: set[int]) -> None:
    """Who serves the outlet on the order's day: of several the one that began last, of the party that is named."""
    if not drafts:
        return
    serving: dict[int, list[Any]] = defaultdict(list)
    for row in hub.order_translation.routes(connection, [each.row.key for each in drafts]):
        serving[row.key].append(row)
    parties = hub.parties.party_keys(connection)
    left = {party: set(sites) - closed for party, sites in hub.parties.sites_by_party(connection).items()}
    only = {party: min(sites) for party, sites in left.items() if len(sites) == 1}
    for each in drafts:
        named = parties.get(each.row.named_party) if each.row.named_party else None
        chosen = [row for row in serving[each.row.key] if row.site not in closed and named in (None, row.party)]
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
    found: dict[tuple[Any, ...], tuple[int, str]] = {}
    ranks: dict[tuple[Any, ...], tuple[int, str]] = {}
    for party, ours, day, key, code, valid_from in rows:
        if code is None or valid_from is None:
            continue
        wanted, rank = (party, ours, day), (-valid_from.toordinal(), code)
        if wanted not in ranks or rank < ranks[wanted]:
            found[wanted], ranks[wanted] = (key, code), rank
    return found


def _to_theirs(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    if not drafts:
        return
    by_key = {each.row.key: each for each in drafts}
    codes = _best(hub.order_translation.their_codes(connection, list(by_key)))
    units: dict[int, list[Any]] = defaultdict(list)
    for unit in hub.order_translation.units_of(connection, sorted({key for key, _ in codes.values()})):
        units[unit.code].append(unit)
    rows = hub.order_translation.our_lines(connection, list(by_key))
    prices = hub.prices.of_skus(connection, sorted({row.sku for row in rows if row.price is None and row.sku}))
    packings: dict[tuple[int, int, date], tuple[Sku, Packing]] = {}
    for row in rows:
        draft = by_key[row.order]
        code = codes.get((draft.party, row.product, draft.row.date))
        if row.sku is None:
            draft.blame(Problem("ORDER_PRODUCT_UNKNOWN", row=row.n, field="product", value=row.product))
        elif code is None:
            draft.blame(Problem("ORDER_PRODUCT_UNMAPPED", row=row.n, field="product", value=row.product))
        else:
            place = (code[0], row.sku, draft.row.date)
            if (known := packings.get(place)) is None:
                known = packings[place] = _packed(row, code, units.get(code[0], ()), draft.row.date)
            price = None if row.price is not None else _list_price(prices, draft, row.sku)
            _add(draft, to_theirs(row, known[0], _factor(row), known[1], price))


def _packed(row: Any, code: tuple[int, str], units: Sequence[Any], day: date) -> tuple[Sku, Packing]:
    sku = Sku(row.sku, row.product, row.sku_unit)
    if not units:  # most codes: the SKU's own
        return sku, Packing(code[1], sku.unit, ONE)
    return sku, packing(code[1], _on(day, units), sku)


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
