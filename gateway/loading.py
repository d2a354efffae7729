"""Use case: loads accepted packets into facts, each exactly once, whatever crashes in between."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from gateway.calling import tell_facts
from gateway.deadline import bounded
from gateway.domain.errors import Busy, Exhausted, Overtaken
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import claim_key
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.receipt import Loaded, State
from gateway.guards import SUGGESTED_FOR, unknown_code
from gateway.incident_sources import PARKED, goes_on, waits_for_a_person
from gateway.repeating import repeated
from gateway.superseding import is_covered, superseded_by

if TYPE_CHECKING:
    from connectors.database.bulk import Batches, Merging
    from connectors.database.journal import Journalled
    from connectors.database.merging import Unmapped
    from connectors.database.queue import Claim
    from gateway.wiring import Hub

FIRST_DELAY_SECONDS = 10
LONGEST_DELAY_SECONDS = 3600


def load_next(hub: "Hub", asks_again: Callable[[], bool] = lambda: False) -> bool:
    """Claims the packet that is due longest and loads it; False where nothing is due.

    1. The claim is committed: a claimant that dies is followed by another when its lease runs out.
    2. Where an earlier claimant never came back, the token is noted beside the facts: from now on he comes too late.
    3. Facts, and beside them what the load did, are one commit. A load that finds it done skips to 4.
    4. The journal catches up and the work is off the queue, in one commit; again it changes nothing.

    Raises Busy where the store is away; the claim is put back then, as if it had never been. Where that takes a while,
    `asks_again` waits and says whether to go on trying.
    """
    claim = _claim(hub)
    if claim is None:
        return False
    try:
        with _kept(hub, claim):
            _load(hub, claim)
    except Overtaken:
        hub.log.warning("overtaken", packet=claim.packet, token=claim.token)
    except Busy:
        _put_back(hub, claim, asks_again)
        raise
    except Exception as error:  # whatever it is, one packet must not stop the others
        _postpone(hub, claim, error)
    return True


def is_due(hub: "Hub") -> bool:
    """Whether there is a packet that a lane may claim. Raises Busy."""
    with hub.exchange.reading() as connection:
        return bool(hub.queue.is_due(connection, hub.clock()))


def is_loading(hub: "Hub") -> bool:
    """Whether lanes are at work and will be for a while: more is due than they have. Raises Busy."""
    with hub.exchange.reading() as connection:
        busy = hub.queue.live_claims(connection, hub.clock())
        return bool(busy) and bool(hub.queue.is_due(connection, hub.clock()))


def load_all(hub: "Hub") -> int:
    """Loads until nothing is due; how many packets were taken."""
    sweep(hub)
    taken = 0
    while load_next(hub):
        taken += 1
    return taken


def sweep(hub: "Hub") -> None:
    """Drops what loads that were killed have left in staging."""

    def in_use() -> set[tuple[int, int]]:
        with hub.exchange.reading() as connection:
            return hub.queue.live_claims(connection, hub.clock())

    hub.bulk.sweep(hub.warehouse, in_use)


def delay_after(tries: int) -> timedelta:
    """How long a packet waits after its last try has failed: doubling, up to an hour."""
    doublings = min(tries - 1, LONGEST_DELAY_SECONDS.bit_length())
    return timedelta(seconds=min(FIRST_DELAY_SECONDS << doublings, LONGEST_DELAY_SECONDS))


@repeated
def _claim(hub: "Hub") -> "Claim | None":
    with hub.exchange.writing() as connection:
        claim = hub.queue.claim(connection, hub.clock(), _lease(hub))
        if claim:
            hub.journal.set_state(connection, claim.packet, State.LOADING, hub.clock())
    return claim


def _lease(hub: "Hub") -> timedelta:
    return timedelta(seconds=hub.settings.lease_seconds)


@contextmanager
def _kept(hub: "Hub", claim: "Claim") -> Iterator[None]:
    """Renews the claim until the block ends: a long load is not overtaken, one whose claimant died is."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(hub.settings.lease_seconds / 3):
            try:
                with hub.exchange.writing() as connection:
                    hub.queue.renew(connection, claim, hub.clock() + _lease(hub))
            except Busy as error:
                hub.log.warning("claim not renewed", packet=claim.packet, error=str(error))

    keeper = threading.Thread(target=keep, name="claim-keeper")
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _load(hub: "Hub", claim: "Claim") -> None:
    with hub.exchange.reading() as connection:
        packet = hub.journal.journalled(connection, claim.packet)
    if claim.overtakes:
        with hub.warehouse.writing() as connection:
            hub.merging.pass_fence(connection, packet, claim.token)
    done, codes = _facts_of(hub, claim, packet)
    unmapped = _told(hub, codes)  # a reference may have mapped some since: the journal will follow it
    covered = superseded_by(hub, packet)
    _finish(hub, claim, packet, done, unmapped, covered)
    hub.log.info("loaded", packet=packet.key, feed=packet.feed, rows=done.rows_loaded, state=done.state)


@repeated
def _finish(
    hub: "Hub", claim: "Claim", packet: "Journalled", done: Loaded, unmapped: list[Problem], covered: list[int]
) -> None:
    with hub.exchange.writing() as connection:
        if hub.queue.finish(connection, claim):
            hub.journal.record_load(connection, claim.packet, done, unmapped, hub.clock())
            hub.failures.supersede(connection, covered, hub.clock())
            goes_on(hub, connection, packet.site, packet.feed)
            hub.order_news.note(connection, packet)
            tell_facts(hub, connection, packet)


def _facts_of(hub: "Hub", claim: "Claim", packet: "Journalled") -> tuple[Loaded, "Unmapped"]:
    with hub.warehouse.reading() as connection:
        done = hub.merging.load_of(connection, packet.key)
        codes = hub.merging.unmapped_codes(connection, FEEDS[packet.feed], packet.key) if done else []
    if done:
        hub.bulk.discard(hub.warehouse, FEEDS[packet.feed], packet.key)
        return replace(done, rows_unmapped=sum(rows for _, rows in codes)), codes
    if claim.tries > hub.settings.tries:
        raise Exhausted(f"{hub.settings.tries} claimants of packet {packet.key} died without a word")
    with hub.exchange.reading() as connection:
        sender = hub.parties.sender(connection, packet.site)
        content = hub.journal.read_payload(connection, packet.payload)
    feed, key = FEEDS[packet.feed], claim_key(packet.key, claim.token)
    read = partial(batches, hub, packet, sender, content, key)
    with bounded(len(content)), hub.bulk.staged(hub.warehouse, feed, packet.key, claim.token, read) as merging:
        return _merged(hub, merging, feed, packet, sender, claim.token)


def batches(hub: "Hub", packet: "Journalled", sender: Sender, content: bytes, claim: int) -> "Batches":
    """What staging is filled with."""
    limit, place = hub.settings.packet_bytes, (sender.zone, packet.organization, packet.last_date)
    found: Batches = hub.formats.staged(FEEDS[packet.feed], content, limit, *place, claim)
    return found


@repeated
def _merged(
    hub: "Hub", merging: "Merging", feed: Feed, packet: "Journalled", sender: Sender, token: int
) -> tuple[Loaded, "Unmapped"]:
    with merging() as connection:
        return hub.merging.merge(connection, feed, packet, sender, token, hub.clock())


def unmapped_problems(hub: "Hub", feed: Feed, packet: int) -> list[Problem]:
    """A warning for each code of a loaded packet that has no SKU yet."""
    with hub.warehouse.reading() as connection:
        codes = hub.merging.unmapped_codes(connection, feed, packet)
    return _told(hub, codes)


def _told(hub: "Hub", codes: "Unmapped") -> list[Problem]:
    if not codes:
        return []
    with hub.warehouse.reading() as connection:
        similar = hub.similar.similar_codes(connection, [code for code, _ in codes[:SUGGESTED_FOR]])
    return [unknown_code(code, rows, similar.get(code, [])) for code, rows in codes]


def _put_back(hub: "Hub", claim: "Claim", asks_again: Callable[[], bool]) -> None:
    while True:
        try:
            with hub.exchange.writing() as connection:
                if hub.queue.put_back(connection, claim, hub.clock()):
                    hub.journal.set_state(connection, claim.packet, State.ACCEPTED, hub.clock())
            return
        except Busy:
            if not asks_again():
                return  # it runs out by itself


@repeated
def _postpone(hub: "Hub", claim: "Claim", error: Exception) -> None:
    """Due again after a delay that doubles; parked after the last try, unless there is nothing left to say."""
    parked = claim.tries >= hub.settings.tries
    due_at = None if parked else hub.clock() + delay_after(claim.tries)
    hub.log.error("load failed", packet=claim.packet, tries=claim.tries, parked=parked, exc_info=error)
    with hub.exchange.reading() as connection:
        packet = hub.journal.journalled(connection, claim.packet)
    covered = parked and is_covered(hub, packet)
    with hub.exchange.writing() as connection:
        if not hub.queue.postpone(connection, claim, f"{type(error).__name__}: {error}", due_at):
            return
        if covered:
            hub.failures.supersede(connection, [claim.packet], hub.clock())
            goes_on(hub, connection, packet.site, packet.feed)
        elif parked:
            tries = str(min(claim.tries, hub.settings.tries))
            hub.failures.park(connection, claim.packet, Problem(PARKED, params={"tries": tries}), hub.clock())
            waits_for_a_person(hub, connection, PARKED, packet.site, packet.feed, packet.packet_id, tries=tries)
        else:
            hub.journal.set_state(connection, claim.packet, State.ACCEPTED, hub.clock())
