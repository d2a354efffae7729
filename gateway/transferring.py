"""Use case: a packet in parts. Each part is durable once answered, so a broken transfer resumes where it was."""

import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.domain.errors import Busy, ContractBroken
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.receipt import Acceptance
from gateway.intake import Submission, submit
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.transfers import Transfer
    from gateway.wiring import Hub

MISSING_SHOWN = 20
LARGE = 16 << 20
LARGE_AT_ONCE = 2
"""Of one process: a transfer is whole in memory while it is judged, and the request that completes it is tiny."""
WAIT_SECONDS = 10.0
_turns = threading.BoundedSemaphore(LARGE_AT_ONCE)


@repeated
def open_transfer(
    hub: "Hub", sender: Sender, feed: str, packet_id: str, total_bytes: int, sha256: str | None
) -> tuple[str, list[int]]:
    """Key of the transfer and the parts that are here already. Raises ContractBroken for impossible sizes."""
    limit = hub.settings.transfer_bytes
    if not 0 < total_bytes <= limit:
        raise ContractBroken(f"totalBytes must be from 1 to {limit}")
    wanted = hub.transfers.Transfer(
        secrets.token_hex(16), sender.site, feed, packet_id, total_bytes, sha256.lower() if sha256 else None, 0
    )
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
        found = hub.transfers.find_same(connection, wanted)
        found = found or hub.transfers.begin(connection, wanted, hub.clock())
        return found.key, hub.transfers.received(connection, found)


@repeated
def put_part(hub: "Hub", sender: Sender, key: str, number: int, content: bytes) -> list[int]:
    """The parts that are here now. Raises ContractBroken for a part that can't belong to the transfer."""
    size = hub.settings.part_bytes
    if not 0 < len(content) <= size:
        raise ContractBroken(f"a part has from 1 to {size} bytes")
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
        into = _known(hub.transfers.find(connection, sender.site, key), key)
        # the smallest part worth sending is a kilobyte, but the last
        if not 1 <= number <= max(1, into.total_bytes // 1024 + 1):
            raise ContractBroken(f"part number {number} is out of bounds")
        if hub.transfers.is_judged(connection, into):
            raise ContractBroken("the transfer is complete: open another")
        if hub.transfers.put_part(connection, into, number, content) > into.total_bytes:
            raise ContractBroken(f"the parts have more than the {into.total_bytes} bytes that were announced")
        return hub.transfers.received(connection, into)


def complete(hub: "Hub", sender: Sender, key: str, dry_run: bool, confirm: bool) -> Acceptance:
    """Takes the whole packet in, as SendPacket would; parts that don't fit what was announced are its problems."""
    done = _gone_on(hub, sender, key)
    with _turn(done.total_bytes):
        return _completed(hub, sender, done, dry_run, confirm)


@repeated
def _gone_on(hub: "Hub", sender: Sender, key: str) -> "Transfer":
    """Dated anew: while it is judged, nobody prunes it as abandoned."""
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
        done = _known(hub.transfers.find(connection, sender.site, key), key)
        hub.transfers.go_on(connection, done, hub.clock())
    return done


def _completed(hub: "Hub", sender: Sender, done: "Transfer", dry_run: bool, confirm: bool) -> Acceptance:
    with hub.exchange.reading() as connection:
        numbers = hub.transfers.received(connection, done)
        content = hub.journal.read_payload(connection, done.payload)
    broken = _broken(done, numbers, content)
    payload = None if broken else done.payload  # an incomplete transfer stays open
    submission = Submission(done.feed, done.packet_id, content, dry_run, confirm, payload, tuple(broken))
    return submit(hub, sender, submission)


@contextmanager
def _turn(size: int) -> Iterator[None]:
    """Raises Busy where too many large transfers are completed already."""
    if size <= LARGE:
        yield
        return
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Busy("too many large transfers are completed at once", retry_after=5)
    try:
        yield
    finally:
        _turns.release()


def _known(found: "Transfer | None", key: str) -> "Transfer":
    if found is None:
        raise ContractBroken(f"there is no transfer {key[:40]}: open one")
    return found


def _broken(done: "Transfer", numbers: list[int], content: bytes) -> list[Problem]:
    missing = sorted(set(range(1, max(numbers, default=1) + 1)) - set(numbers))
    if missing:
        shown = ", ".join(map(str, missing[:MISSING_SHOWN]))
        return [Problem("TRANSFER_INCOMPLETE", params={"missing": shown})]
    if len(content) != done.total_bytes:
        params = {"said": str(done.total_bytes), "held": str(len(content))}
        return [Problem("TRANSFER_LENGTH", field="totalBytes", value=str(done.total_bytes), params=params)]
    if done.sha256 and hashlib.sha256(content).hexdigest() != done.sha256:
        return [Problem("TRANSFER_HASH", field="sha256", value=done.sha256)]
    return []
