"""Use case: prunes by age what is no longer needed, never an id or a journal row; walks the audit journal's chain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.repeating import repeated
from gateway.sealing import Verdict, verify

if TYPE_CHECKING:
    from gateway.wiring import Hub

REFUSED_DAYS = 30
"""How long the contract keeps what was rejected."""
TRANSFER_DAYS = 7
"""How long a broken transfer may be resumed."""
AT_ONCE = 100
"""Payloads of one commit: intake, which writes beside it, waits no longer than for these."""


@dataclass(frozen=True)
class Pruned:
    """How many payloads lost their content, how many unfinished transfers went, and whether the audit chain holds."""

    payloads: int
    transfers: int
    audit: Verdict


def prune(hub: "Hub") -> Pruned:
    """May be cut off and run again at any moment, also beside another. Raises Busy."""
    pruned = Pruned(_payloads(hub), _transfers(hub), verify(hub))
    hub.log.info("pruned", payloads=pruned.payloads, transfers=pruned.transfers, audit_rows=pruned.audit.rows)
    if pruned.audit.breach:
        hub.log.error("the audit journal was touched", breach=pruned.audit.breach)
    return pruned


def _payloads(hub: "Hub") -> int:
    now = hub.clock()
    kept = timedelta(days=hub.settings.payload_days)
    ages = now - kept, now - min(kept, timedelta(days=REFUSED_DAYS))
    total, last = 0, 0
    while keys := _drop_next(hub, *ages, last):
        total, last = total + len(keys), keys[-1]
    return total


@repeated
def _drop_next(hub: "Hub", before: datetime, refused_before: datetime, after: int) -> list[int]:
    with hub.exchange.writing() as connection:
        keys: list[int] = hub.pruning.outdated(connection, before, refused_before, after, AT_ONCE)
        if keys:
            hub.pruning.drop_contents(connection, keys)
    return keys


def _transfers(hub: "Hub") -> int:
    before = hub.clock() - timedelta(days=TRANSFER_DAYS)
    total = 0
    while True:
        with hub.exchange.reading() as connection:
            found = hub.pruning.abandoned(connection, before, AT_ONCE)
        dropped = sum(_drop_transfer(hub, site, payload, before) for site, payload in found)
        total += dropped
        if not dropped:
            return total


@repeated
def _drop_transfer(hub: "Hub", site: int, payload: int, before: datetime) -> bool:
    """In the site's turn: a transfer that is being completed is not taken away under it."""
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(site))
        return bool(hub.pruning.drop_transfer(connection, payload, before))
