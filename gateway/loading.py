"""Use case: loads accepted packets into facts, each exactly once, whatever crashes in between."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import Overtaken
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Problem
from gateway.domain.receipt import Loaded, State
from gateway.guards import SUGGESTED_FOR, unknown_code

if TYPE_CHECKING:
    from connectors.database.queue import Claim
    from gateway.wiring import Hub

FIRST_DELAY_SECONDS = 10


def load_next(hub: "Hub") -> bool:
    """Claims the packet that is due longest and loads it; False where nothing is due.

    1. The claim is committed: a claimant that dies is followed by another when its lease runs out.
    2. Facts, and beside them what the load did, are one commit. A load that finds it done skips to 3.
    3. The journal catches up and the work is off the queue, in one commit; again it changes nothing.
    """
    claim = _claim(hub)
    if claim is None:
        return False
    try:
        _load(hub, claim)
    except Overtaken:
        hub.log.warning("overtaken", packet=claim.packet, token=claim.token)
    except Exception as error:  # whatever it is, one packet must not stop the others
        _postpone(hub, claim, error)
    return True


def load_all(hub: "Hub") -> int:
    """Loads until nothing is due; how many packets were taken."""
    taken = 0
    while load_next(hub):
        taken += 1
    return taken


def _claim(hub: "Hub") -> "Claim | None":
    with hub.exchange.writing() as connection:
        claim = hub.queue.claim(connection, hub.clock(), timedelta(seconds=hub.settings.lease_seconds))
        if claim:
            hub.journal.set_state(connection, claim.packet, State.LOADING, hub.clock())
    return claim


def _load(hub: "Hub", claim: "Claim") -> None:
    with hub.exchange.reading() as connection:
        packet = hub.journal.journalled(connection, claim.packet)
    done = _facts_of(hub, claim)
    unmapped = unmapped_problems(hub, FEEDS[packet.feed], packet.key) if done.rows_unmapped else []
    waiting = sum(int(problem.params["rows"]) for problem in unmapped)
    done = replace(done, rows_unmapped=waiting)  # a reference may have mapped some since
    with hub.exchange.writing() as connection:
        if hub.queue.finish(connection, claim):
            hub.journal.record_load(connection, packet.key, done, unmapped, hub.clock())
    hub.log.info("loaded", packet=packet.key, feed=packet.feed, rows=done.rows_loaded, state=done.state)


def _facts_of(hub: "Hub", claim: "Claim") -> Loaded:
    with hub.warehouse.reading() as connection:
        done = hub.merging.load_of(connection, claim.packet)
    if done:
        hub.bulk.discard(hub.warehouse, claim.packet)
        return done
    with hub.exchange.reading() as connection:
        packet = hub.journal.journalled(connection, claim.packet)
        sender = hub.parties.sender(connection, packet.site)
        content = hub.journal.read_payload(connection, packet.payload)
    feed, limit = FEEDS[packet.feed], hub.settings.packet_bytes
    batches = hub.formats.staged(feed, content, limit, sender.zone, packet.organization, packet.last_date, packet.key)
    with hub.bulk.staged(hub.warehouse, feed, packet.key, claim.token, batches) as connection:
        return hub.merging.merge(connection, feed, packet, sender.party, claim.token, hub.clock())


def unmapped_problems(hub: "Hub", feed: Feed, packet: int) -> list[Problem]:
    """A warning for each code of a loaded packet that has no SKU yet."""
    with hub.warehouse.reading() as connection:
        codes = hub.merging.unmapped_codes(connection, feed, packet)
        similar = hub.similar.similar_codes(connection, [code for code, _ in codes[:SUGGESTED_FOR]])
    return [unknown_code(code, rows, similar.get(code, [])) for code, rows in codes]


def _postpone(hub: "Hub", claim: "Claim", error: Exception) -> None:
    """Due again after a delay that doubles; parked after the last try."""
    parked = claim.tries >= hub.settings.tries
    delay = timedelta(seconds=FIRST_DELAY_SECONDS * 2 ** (claim.tries - 1))
    failure = f"{type(error).__name__}: {error}"
    hub.log.error("load failed", packet=claim.packet, tries=claim.tries, parked=parked, exc_info=error)
    with hub.exchange.writing() as connection:
        if hub.queue.postpone(connection, claim, failure, None if parked else hub.clock() + delay):
            hub.journal.set_state(connection, claim.packet, State.FAILED if parked else State.ACCEPTED, hub.clock())
