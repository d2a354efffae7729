"""Use case: a distributor's 1C pulls its orders, at least once, and says of each what it has made of it.

1. A pull leases a batch: orders and batch are one commit. Whoever asks again, having lost the answer or being a second
   client of the site, gets the same batch until it is acknowledged.
2. An acknowledgement ends the batch; the same again changes nothing. What it leaves out is offered again.
3. A batch that nobody acknowledges runs out, and its orders are offered again. A late answer counts all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import ContractBroken
from gateway.domain.order import State, after_answer, may
from gateway.domain.party import Sender
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from connectors.database.order_batches import Batch
    from gateway.wiring import Hub

USUAL, MOST = 100, 1000
"""Orders in a batch."""


@dataclass(frozen=True)
class Pulled:
    """Without a batch there is nothing to pull."""

    batch: str | None = None
    content: bytes | None = None
    text: str | None = None
    more: bool = False


@dataclass(frozen=True)
class Result:
    """What became of an order at the distributor; `accepted` None: a status will tell."""

    order: str
    revision: int
    accepted: bool | None = None
    reason: str | None = None
    document_id: str | None = None
    document_number: str | None = None


def pull(hub: "Hub", sender: Sender, limit: int | None, as_text: bool, by: str = "") -> Pulled:
    """The site's batch: the one it has and did not acknowledge, else a new one. Raises ContractBroken.

    `by` stands in the orders' history; the site itself, where it is empty.
    """
    limit = USUAL if limit is None else limit
    if not 0 < limit <= MOST:
        raise ContractBroken(f"limit must be 1 to {MOST}")
    with hub.exchange.reading() as connection:
        batch = hub.order_batches.open_batch(connection, sender.site)
        if batch is None and not hub.order_batches.is_any_offered(connection, sender.site):
            return Pulled()
    if batch is None or batch.lease_until <= hub.clock():
        batch = _leased(hub, sender, limit, by or sender.site_code)
    if batch is None:
        return Pulled()
    with hub.exchange.reading() as connection:
        orders = hub.order_batches.texts(connection, batch.id)
    text = hub.formats.order_packet(batch.id, batch.made_at, orders)
    if as_text:
        return Pulled(batch.id, text=text, more=batch.more)
    return Pulled(batch.id, hub.formats.zipped("orders.xml", text), more=batch.more)


def acknowledge(hub: "Hub", sender: Sender, batch: str, results: Sequence[Result], by: str = "") -> int:
    """How many of the batch's orders the results speak of. Raises ContractBroken where batch or order is strange."""
    given = {(each.order, each.revision): each for each in results}
    if len(given) < len(results):
        raise ContractBroken("an order stands in results twice")
    return _acknowledged(hub, sender, batch, given, by or sender.site_code)


def end_leases(hub: "Hub") -> int:
    """Offers the orders of batches again that nobody acknowledged in time; how many batches there were."""
    with hub.exchange.reading() as connection:
        waiting = hub.order_batches.expired(connection, hub.clock())
    for batch, site in waiting:
        _end_lease(hub, batch, site)
    return len(waiting)


@repeated
def _leased(hub: "Hub", sender: Sender, limit: int, by: str) -> "Batch | None":
    now, lease = hub.clock(), timedelta(seconds=hub.settings.order_lease_seconds)
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_pull(sender.site))
        batch: Batch | None = hub.order_batches.open_batch(connection, sender.site)
        if batch is not None and batch.lease_until > now:
            return batch
        if batch is not None:
            _dissolve(hub, connection, batch.id, now)
        found, more = hub.order_batches.offered(connection, sender.site, limit)
        places = [(row.key, row.revision) for row in found]
        if not places:
            return None
        batch = hub.order_batches.make(connection, sender.site, places, more, now, lease)
        steps = [(place, State.PULLED, None) for place in places]
        hub.order_outcomes.put_steps(connection, steps, by, now, batch.id)
        keys = [key for key, _ in places]
        hub.order_outcomes.put_states(connection, keys, State.PULLED, now, known=True)
        return batch


@repeated
def offer_again(hub: "Hub", sender: Sender, batch: str) -> int:
    """Offers those orders of a batch again of which nothing was said since; how many. Raises ContractBroken."""
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_pull(sender.site))
        found = hub.order_batches.find(connection, sender.site, batch)
        if found is None or found.acknowledged:
            raise ContractBroken(f"{'acknowledged is' if found else 'there is no'} batch {batch[:40]}")
        return _dissolve(hub, connection, batch, hub.clock())


@repeated
def _end_lease(hub: "Hub", batch: str, site: int) -> None:
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_pull(site))
        found = hub.order_batches.find(connection, site, batch)
        if found and not found.ended and found.lease_until <= hub.clock():
            _dissolve(hub, connection, batch, hub.clock())


def _dissolve(hub: "Hub", connection: "Connection", batch: str, now: datetime) -> int:
    hub.order_batches.hold(connection, batch)
    hub.order_batches.end(connection, batch, acknowledged=False, now=now)
    return _offer_again(hub, connection, hub.order_batches.items(connection, batch), batch, now)


def _offer_again(hub: "Hub", connection: "Connection", items: Sequence[Any], batch: str, now: datetime) -> int:
    """Those that the site has in this revision only, and said nothing of."""
    left = [row for row in items if row.state == State.PULLED and row.revision == row.given]
    steps = [((row.key, row.given), State.OFFERED, None) for row in left]
    hub.order_outcomes.put_steps(connection, steps, "hub", now, batch)
    hub.order_outcomes.put_states(connection, [row.key for row in left], State.OFFERED, now)
    return len(left)


@repeated
def _acknowledged(hub: "Hub", sender: Sender, batch_id: str, given: Mapping[tuple[str, int], Result], by: str) -> int:
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_pull(sender.site))
        batch = hub.order_batches.find(connection, sender.site, batch_id)
        if batch is None:
            raise ContractBroken(f"there is no batch {batch_id[:40]}")
        hub.order_batches.hold(connection, batch_id)
        items = hub.order_batches.items(connection, batch_id)
        strange = set(given) - {(row.id, row.given) for row in items}
        if strange:
            order, revision = min(strange)
            raise ContractBroken(f"batch {batch_id} holds no order {order[:40]} in revision {revision}")
        if batch.acknowledged:
            return len(given)
        answered = [(row, given[row.id, row.given]) for row in items if (row.id, row.given) in given]
        _answer(hub, connection, by, batch_id, [each for each in answered if each[0].answered_at is None], now)
        if not batch.ended:
            silent = [row for row in items if (row.id, row.given) not in given]
            _offer_again(hub, connection, silent, batch_id, now)
            hub.order_batches.end(connection, batch_id, acknowledged=True, now=now)
        return len(given)


def _answer(
    hub: "Hub", connection: "Connection", by: str, batch: str, answered: list[tuple[Any, Result]], now: datetime
) -> None:
    steps, ends = [], {}
    for row, result in answered:
        states = after_answer(row.cancels, result.accepted, State(row.before) if row.before else None)
        steps += [((row.key, row.given), state, result.reason) for state in states]
        if row.revision != row.given:
            hub.orders.set_revision(connection, row.key, row.revision, before=states[-1])
        elif may(row.kind, State(row.state), State.ACKNOWLEDGED, known=True):
            ends[row.key] = states[-1]
    hub.order_outcomes.put_steps(connection, steps, by, now, batch)
    for state in set(ends.values()):
        hub.order_outcomes.put_states(connection, [key for key, end in ends.items() if end is state], state, now)
    hub.order_batches.put_answers(
        connection,
        [
            {
                "its_order": row.key,
                "its_revision": row.given,
                "answered_at": now,
                "accepted": result.accepted,
                "reason": result.reason,
            }
            for row, result in answered
        ],
    )
    documents = [
        {"its_key": row.key, "document_id": result.document_id, "document_number": result.document_number}
        for row, result in answered
        if result.document_id or result.document_number
    ]
    hub.order_batches.put_documents(connection, documents)
