"""Use case: orders that are under way when the crosswalk changes. What nobody has pulled follows, the rest is told.

A change of the crosswalk marks the orders whose codes or units it touched; they are then translated anew
(`ordering_translating`). Of an order that was handed over only what would be different now is written down.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.order import Kind, State
from gateway.domain.order_translation import Translated, Translation
from gateway.domain.problem import Problem
from gateway.ordering_draft import WARNING, Draft
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

WAREHOUSE, HUB = "warehouse", "hub"
BOOKMARK = "orders: crosswalk"


def follow_mapping(hub: "Hub") -> int:
    """Marks what the changes since the last time touched; how many orders."""
    with hub.exchange.reading(beside=WAREHOUSE) as connection:
        last = hub.mappings.last_change(connection)
        if int(hub.bookmarks.place(connection, BOOKMARK) or 0) == last:
            return 0
    return _followed(hub)


@repeated
def _followed(hub: "Hub") -> int:
    with hub.exchange.writing(beside=WAREHOUSE) as connection:
        hub.locks.take_turn(connection, hub.locks.ORDERS)
        last = hub.mappings.last_change(connection)
        since = int(hub.bookmarks.place(connection, BOOKMARK) or 0)
        marked: int = hub.order_following.mark(connection, since, last, hub.clock())
        hub.bookmarks.go_on(connection, BOOKMARK, str(last))
    return marked


def tell_of_mapping(hub: "Hub", connection: "Connection", drafts: Sequence[Draft], now: datetime) -> None:
    """Writes down beside each order, and tells who pulled it, which of its lines would be translated otherwise now."""
    if not drafts:
        return
    stored = hub.order_following.stored(connection, [each.place for each in drafts])
    told = hub.order_outcomes.problems_of(connection, [each.row.key for each in drafts])
    for each in drafts:
        known = set(told.get(each.place, ()))
        problems = [
            problem
            for problem in _otherwise(each, stored.get(each.place, {}))
            if (problem.code, problem.row, problem.value) not in known
        ]
        if problems:
            hub.order_following.add_problems(connection, each.place, problems, WARNING)
            hub.orders.tell(
                connection, hub.orders.head_of(each.row), State(each.row.state), HUB, now, note=problems[0].code
            )
            _notify(hub, connection, each, problems, now)


def _notify(hub: "Hub", connection: "Connection", draft: Draft, problems: Sequence[Problem], now: datetime) -> None:
    if draft.row.kind != Kind.TRANSFER:
        return
    sender = hub.parties.sender(connection, draft.row.site)
    texts = [f"{problem.row}: {hub.problems.wording(problem, sender.language).message}" for problem in problems]
    said = f"{draft.row.number} ({draft.row.id}): {' '.join(texts)}"
    hub.notices.add_notice(connection, sender.site, problems[0].code, said, None, now)


def _otherwise(draft: Draft, stored: Mapping[int, Translation]) -> Iterator[Problem]:
    """A line that can't be translated at all any more has no code now."""
    lines = {line.n: line for line in draft.lines}
    for n, was in stored.items():
        line = lines.get(n)
        if line is None or not _same(draft, line, was):
            yield Problem("ORDER_MAPPING_CHANGED", row=n, field="product", value=line.product if line else "—")


def _same(draft: Draft, line: Translated, was: Translation) -> bool:
    """Of a transfer order quantities may have been cut; of a purchase order they are the SKU's."""
    product, unit, times, ours = was
    if draft.row.kind == Kind.TRANSFER:
        return (product, unit, times) == (line.product, line.unit, line.times)
    return (product, ours) == (line.product, line.ours)
