"""Use case: translates orders, holds those that can't go on, offers the others; held ones go on by themselves.

Some hundred orders are one transaction of the exchange schema that reads the warehouse beside: cut off anywhere, it is
as if it had not begun. An order over which it fails is found by halving, and put aside; the others go on.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.domain.credit import OrderPolicy
from gateway.domain.order import Kind, State
from gateway.domain.problem import Problem
from gateway.isolating import isolated
from gateway.ordering_checking import checked
from gateway.ordering_draft import ERROR, Draft
from gateway.ordering_following import tell_of_mapping
from gateway.ordering_lines import leave_out, put_into_codes
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

WAREHOUSE = "warehouse"
AT_ONCE = 500
HUB = "hub"
LOOK_AGAIN = timedelta(minutes=5)
"""When a held order is tried again though the crosswalk has not changed: debts, stock or our products may have."""


def translate_next(hub: "Hub") -> int:
    """Takes some of the orders that are due; how many there were."""
    with hub.exchange.reading(beside=WAREHOUSE) as connection:
        last_change = hub.mappings.last_change(connection)
        keys = hub.order_translation.due_keys(connection, last_change, hub.clock(), AT_ONCE)
    if keys:
        for key, error in isolated(partial(_translated, hub), keys):
            _put_aside(hub, key, error)
    return len(keys)


@repeated
def _translated(hub: "Hub", keys: Sequence[int]) -> None:
    """Those of the orders that are due still."""
    now = hub.clock()
    with hub.exchange.writing(beside=WAREHOUSE) as connection, _not_collecting():
        hub.locks.take_turn(connection, hub.locks.ORDERS)
        last_change = hub.mappings.last_change(connection)
        drafts = [Draft(row) for row in _due(hub, connection, last_change, keys)]
        if drafts:
            _translate(hub, connection, drafts)
            _keep(hub, connection, drafts, last_change, now)


def _due(hub: "Hub", connection: "Connection", last_change: int, keys: Sequence[int]) -> Sequence[Any]:
    """Nobody revises them, calls them off or pulls them until they are offered."""
    hub.orders.hold(connection, keys)
    rows: Sequence[Any] = hub.order_translation.due(connection, last_change, hub.clock(), keys)
    return rows


@repeated
def _put_aside(hub: "Hub", key: int, error: Exception) -> None:
    """It is held, and tried again after a while; whoever was given it keeps it as it is."""
    hub.log.error("an order failed", order=key, exc_info=error)
    now = hub.clock()
    with hub.exchange.writing(beside=WAREHOUSE) as connection:
        hub.locks.take_turn(connection, hub.locks.ORDERS)
        last_change = hub.mappings.last_change(connection)
        for row in _due(hub, connection, last_change, [key]):
            draft = Draft(row)
            if draft.is_new:
                draft.blame(Problem("ORDER_FAILED", value=type(error).__name__))
                _keep(hub, connection, [draft], last_change, now)
            else:
                hub.order_outcomes.seen(connection, [key], last_change, None)


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


def _translate(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    translated = [each for each in drafts if not each.row.cancels]
    put_into_codes(hub, connection, translated)
    policies = hub.serving.policies(connection, list({each.party for each in drafts if each.party is not None}))
    for each in drafts:
        general = policies.get((each.party, ""), OrderPolicy())
        each.policy = policies.get((each.party, each.row.outlet), general)
    for each in translated:
        leave_out(each)
    transfers = [each for each in translated if each.row.kind == Kind.TRANSFER and each.party is not None]
    checked(hub, connection, [each for each in transfers if not each.is_held and not each.is_handed_over])


def _keep(hub: "Hub", connection: "Connection", drafts: list[Draft], last_change: int, now: Any) -> None:
    handed = [each for each in drafts if each.is_handed_over]
    tell_of_mapping(hub, connection, handed, now)
    held = [each for each in drafts if each.is_held and each not in handed]
    was = hub.order_outcomes.problems_of(connection, [each.row.key for each in held if each.row.state == State.HELD])
    same = [each for each in held if was.get(each.place) == [_told(problem) for problem, _ in each.problems]]
    going = [(each, _offer(hub, each)) for each in drafts if each not in held and each not in handed]
    again = [each for each, offer in going if each.row.state == State.OFFERED and each.row.offer == offer]
    outcomes = hub.order_outcomes
    outcomes.seen(connection, [each.row.key for each in same], last_change, now + LOOK_AGAIN)
    outcomes.seen(connection, [each.row.key for each in (*again, *handed)], last_change, None)
    going = [(each, offer) for each, offer in going if each not in again]
    _hold(hub, connection, [each for each in held if each not in same], last_change, now)
    _go_on(hub, connection, going, last_change, now)


def _hold(hub: "Hub", connection: "Connection", drafts: list[Draft], last_change: int, now: Any) -> None:
    _put_problems(hub, connection, drafts)
    hub.order_outcomes.put_steps(connection, [(each.place, State.HELD, _reasons(each)) for each in drafts], HUB, now)
    keys, look_at = [each.row.key for each in drafts], now + LOOK_AGAIN
    hub.order_outcomes.put_states(connection, keys, State.HELD, now, seen_change=last_change, look_at=look_at)


def _go_on(
    hub: "Hub", connection: "Connection", going: list[tuple[Draft, str | None]], last_change: int, now: Any
) -> None:
    drafts = [each for each, _ in going]
    _put_problems(hub, connection, drafts)
    outcomes = hub.order_outcomes
    outcomes.put_lines(connection, [(each.place, line) for each in drafts for line in each.lines])
    outcomes.put_offers(connection, [(each.place, each.their_outlet, offer) for each, offer in going])
    steps = [(each.place, state, None) for each in drafts for state in (State.TRANSLATED, State.OFFERED)]
    outcomes.put_steps(connection, steps, HUB, now)
    keys = [each.row.key for each in drafts]
    outcomes.put_states(connection, keys, State.OFFERED, now, seen_change=last_change, look_at=None)


def _put_problems(hub: "Hub", connection: "Connection", drafts: list[Draft]) -> None:
    """What an order that was offered before had for lines goes with its problems."""
    outcomes = hub.order_outcomes
    outcomes.drop_lines(connection, [each.place for each in drafts if each.row.state == State.OFFERED])
    places = [each.place for each in drafts]
    outcomes.put_problems(connection, places, [(each.place, *told) for each in drafts for told in each.problems])


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
