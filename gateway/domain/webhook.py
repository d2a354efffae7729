"""Webhooks: what the hub calls out about, how a call is signed, and when it is tried again."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_TRIES = 24
"""About four days; then a person has to ask for it (`obmen webhook retry`)."""
SIGNATURE_HEADER = "Obmen-Signature"


class Event(StrEnum):
    """What may be called out. A call tells that something happened, and where to read what it is now."""

    PURCHASE_ORDER = "purchase-order"
    TRANSFER_ORDER = "transfer-order"
    FACTS = "facts"
    TEST = "test"


@dataclass(frozen=True)
class Webhook:
    """Where to call. The secret is nobody's to read in a log."""

    key: int
    name: str
    url: str
    secret: str
    events: frozenset[Event]
    ended_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Webhook({self.name})"


@dataclass(frozen=True)
class Call:
    """One event for one webhook."""

    key: int
    webhook: Webhook
    event: str
    body: str
    tries: int
    due_at: datetime


def signature(secret: str, at: datetime, body: bytes) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over the moment (seconds since 1970), a point, and the body.

    Whoever is called makes the same, compares in constant time, and refuses a moment more than minutes away.
    """
    moment = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hex()
    return f"t={moment},v1={digest}"


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: no more."""
    if tries >= MOST_TRIES:
        return None
    return min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
