"""Use case: the hub calls the ERP's webhooks about what happened, at least once, until each call is answered.

A step of an order is its own outgoing notice: it is written in the commit of what it tells of, and read from there.
"""

import json
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Misuse
from gateway.domain.order import Kind
from gateway.domain.webhook import Event, wait_after
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from connectors.database.journal import Journalled
    from gateway.wiring import Hub

AT_ONCE = 20
STEPS_AT_ONCE = 500
LEASE = timedelta(minutes=5)
SETTLED = timedelta(minutes=10)
"""How long a commit may take: keys of the steps' journal may be committed in another order than they were given out."""
KEPT = timedelta(days=30)
STEPS = "order-steps"
_EVENTS = {Kind.PURCHASE: Event.PURCHASE_ORDER, Kind.TRANSFER: Event.TRANSFER_ORDER}


@repeated
def subscribe(hub: "Hub", name: str, url: str, events: Collection[Event]) -> str:
    """Begins to call an address about what happens from now on; the secret that signs the calls. Raises Misuse."""
    if not url.startswith(("https://", "http://")) or len(url) > 1000:
        raise Misuse("a webhook's address begins with https:// (or http:// within one's own network)")
    secret = secrets.token_hex(32)
    with hub.exchange.writing() as connection:
        if hub.bookmarks.place(connection, STEPS) is None:
            hub.bookmarks.go_on(connection, STEPS, str(hub.webhooks.last_step(connection)))
        hub.webhooks.add(connection, name, url, secret, events, hub.clock())
    return secret


def call_due(hub: "Hub") -> int:
    """Writes what is to be told, and calls what is due; how many calls were answered.

    1. Claimed calls are marked with when others may have them. 2. Each is made. 3. Each is marked as done, or put off.
    A crash between 2 and 3 makes the same call again, under the same event id.
    """
    if not _relayed(hub):
        return 0
    answered = 0
    silent: set[int] = set()
    for call in _claimed(hub):
        failure = "not tried: a call before it failed" if call.webhook.key in silent else hub.call(call, hub.clock())
        if failure is not None:
            silent.add(call.webhook.key)
        answered += failure is None
        _settle(hub, call, failure)
    return answered


@repeated
def try_out(hub: "Hub", name: str) -> None:
    """Writes a call that says nothing, to see whether it arrives. Raises Misuse."""
    with hub.exchange.writing() as connection:
        if name not in {each.name for each, _, _ in hub.webhooks.listed(connection) if not each.ended_at}:
            raise Misuse(f"there is no webhook {name}")
        event = f"test-{secrets.token_hex(8)}"
        hub.webhooks.tell(connection, Event.TEST, {event: _body(event, Event.TEST, hub.clock())}, hub.clock())


def tell_facts(hub: "Hub", connection: "Connection", packet: "Journalled") -> None:
    """Within the commit that tells the journal of a load: the facts of a window are others now."""
    if Event.FACTS not in hub.webhooks.wanted(connection):
        return
    event = f"facts-{packet.key}"
    subject = {
        "feed": packet.feed,
        "party": hub.parties.sender(connection, packet.site).party_code,
        "organization": packet.organization,
        "from": packet.first_date,
        "to": packet.last_date,
    }
    hub.webhooks.tell(connection, Event.FACTS, {event: _body(event, Event.FACTS, hub.clock(), **subject)}, hub.clock())


@repeated
def _relayed(hub: "Hub") -> bool:
    """Writes the calls that new steps of orders ask for; whether any call is due."""
    with hub.exchange.reading() as connection:
        wanted = hub.webhooks.wanted(connection)
        if not wanted:
            return False
        kinds = [kind for kind, event in _EVENTS.items() if event in wanted]
        position = int(hub.bookmarks.place(connection, STEPS) or 0)
        found = hub.webhooks.untold_steps(connection, position, kinds, STEPS_AT_ONCE)
        settled = hub.webhooks.last_step(connection, before=hub.clock() - SETTLED)
    if found or settled > position:
        with hub.exchange.writing() as connection:
            for kind in kinds:
                bodies = dict(_told(each) for each in found if each.kind == kind)
                hub.webhooks.tell(connection, _EVENTS[kind], bodies, hub.clock())
            if len(found) < STEPS_AT_ONCE and settled > position:
                hub.bookmarks.go_on(connection, STEPS, str(settled))
    with hub.exchange.reading() as connection:
        return bool(hub.webhooks.any_due(connection, hub.clock()))


def _told(step: Any) -> tuple[str, str]:
    event = f"order-step-{step.key}"
    kind = _EVENTS[Kind(step.kind)]
    where = {"order": step.id} if step.kind == Kind.TRANSFER else {"key": step.order, "order": step.id}
    return event, _body(event, kind, step.at, **where, state=step.state, revision=step.revision)


def _body(event: str, kind: Event, at: Any, **subject: Any) -> str:
    said = {"id": event, "event": kind.value, "at": at.isoformat(), **subject}
    return json.dumps(said, ensure_ascii=False, default=str)


@repeated
def _claimed(hub: "Hub") -> Any:
    with hub.exchange.writing() as connection:
        now = hub.clock()
        hub.webhooks.forget(connection, now - KEPT)
        return hub.webhooks.claimed(connection, now, now + LEASE, AT_ONCE)


@repeated
def _settle(hub: "Hub", call: Any, failure: str | None) -> None:
    with hub.exchange.writing() as connection:
        if failure is None:
            hub.webhooks.done(connection, call, hub.clock())
            return
        wait = wait_after(call.tries)
        hub.webhooks.failed(connection, call, failure, hub.clock() + wait if wait else None)
    if wait is None:
        hub.log.warning("webhook call given up", webhook=call.webhook.name, event_id=call.event, failure=failure)
