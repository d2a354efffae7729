"""Whether translated orders may go on: what their outlets owe and what the distributor has, by what is agreed."""

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.domain.credit import Action, Debt, OrderPolicy, Shortage, breaches, plain
from gateway.domain.order_translation import Translated
from gateway.domain.problem import Problem
from gateway.ordering_draft import ERROR, WARNING

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.ordering_draft import Draft
    from gateway.wiring import Hub


def checked(hub: "Hub", connection: "Connection", drafts: "list[Draft]") -> None:
    """Adds to each draft what its policy finds; what blocks is an error unless a person has released the order."""
    _stock(hub, connection, [each for each in drafts if each.policy.stock is not Shortage.IGNORE])
    _credit(hub, connection, [each for each in drafts if _asks_for_debts(each.policy)])


def _asks_for_debts(policy: OrderPolicy) -> bool:
    stale = policy.stale is not Action.IGNORE and policy.stale_days is not None
    return stale or policy.credit is not Action.IGNORE


def _credit(hub: "Hub", connection: "Connection", drafts: "list[Draft]") -> None:
    if not drafts:
        return
    debts = _debts(hub, connection, drafts)
    today = hub.clock().date()
    for each in drafts:
        for problem, action in breaches(each.policy, debts[each.row.key], _worth(each.lines), today):
            blocks = action is Action.BLOCK and not each.row.released_by
            each.blame(problem, ERROR if blocks else WARNING)


def _debts(hub: "Hub", connection: "Connection", drafts: "list[Draft]") -> dict[int, Debt]:
    last = hub.order_checks.last_receivables(connection, list({each.site for each in drafts}))
    items: dict[int, list[Any]] = defaultdict(list)
    for row in hub.order_checks.open_items(connection, [each.row.key for each in drafts]):
        items[row.order].append(row)
    today = hub.clock().date()
    found = {}
    for each in drafts:
        days = [day for (site, inn), day in last.items() if site == each.site and each.organization in (None, inn)]
        overdue = [row for row in items[each.row.key] if row.due < today and row.amount > 0]
        found[each.row.key] = Debt(
            as_of=min(days, default=None),
            open_amount=sum((row.amount for row in items[each.row.key]), Decimal(0)),
            overdue_amount=sum((row.amount for row in overdue), Decimal(0)),
            overdue_days=max(((today - row.due).days for row in overdue), default=0),
        )
    return found


def _worth(lines: list[Translated]) -> Decimal:
    """What the order adds to the debt; a line without a price is not counted."""
    total = Decimal(0)
    for line in lines:
        if line.amount is not None:
            total += line.amount
        elif line.price is not None:
            total += line.price * line.quantity
    return total


def _stock(hub: "Hub", connection: "Connection", drafts: "list[Draft]") -> None:
    """What is there goes to orders as they were received, within one to its lines as they stand.

    One that was held comes behind those that went on meanwhile: these were promised the goods.
    """
    if not drafts:
        return
    skus = sorted({line.sku.key for each in drafts for line in each.lines})
    sites = list({each.site for each in drafts})
    held = hub.order_checks.on_hand(connection, sites, skus)
    promised: dict[tuple[Any, int], dict[int, Decimal]] = defaultdict(dict)
    for row in hub.order_checks.promised(connection, sites, skus):
        promised[row.site, row.sku][row.order] = row.ours
    for each in drafts:  # in the order of their receipt
        for sku in {line.sku.key for line in each.lines}:
            promised[each.site, sku].pop(each.row.key, None)
        left = {line.sku.key: _left(each, line.sku.key, held, promised) for line in each.lines}
        lines = [line for line in (_supplied(each, line, left) for line in each.lines) if line]
        each.lines = lines
        for line in lines:
            its = promised[each.site, line.sku.key]
            its[each.row.key] = its.get(each.row.key, Decimal(0)) + line.ours
        if not lines:
            each.blame(Problem("ORDER_NOTHING_LEFT"))


def _left(draft: "Draft", sku: int, held: Any, promised: Any) -> Decimal:
    """Of the SKU, when those have theirs who come first; one that is offered keeps its place before later ones."""
    others = promised[draft.site, sku].items()
    first = sum((ours for key, ours in others if draft.is_new or key < draft.row.key), Decimal(0))
    found: Decimal = held.get((draft.site, sku), Decimal(0)) - first
    return found


def _supplied(draft: "Draft", line: Translated, left: dict[int, Decimal]) -> Translated | None:
    available = max(left[line.sku.key], Decimal(0))
    left[line.sku.key] = available - line.ours
    if available >= line.ours:
        return line
    params = {"held": plain(available), "said": plain(line.ours)}
    cuts = draft.policy.stock is Shortage.CUT
    draft.blame(Problem("ORDER_STOCK_CUT" if cuts else "ORDER_STOCK_SHORT", row=line.n, params=params), WARNING)
    cut = line.cut(available) if cuts else line
    return cut if cut.quantity else None
