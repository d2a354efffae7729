"""A token lets a system of the manufacturer's own call the REST interface, as far as its scopes go."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PREFIX = "obmen"


class Scope(StrEnum):
    """What a token may do."""

    REFERENCE_READ = "reference:read"
    REFERENCE_WRITE = "reference:write"
    SALES_WRITE = "sales:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    FACTS_READ = "facts:read"
    INCIDENTS_READ = "incidents:read"


@dataclass(frozen=True)
class Token:
    """A token as the store keeps it: its secret half only as SHA-256, which 256 random bits make safe."""

    key: int
    name: str
    hash: str
    scopes: frozenset[Scope]
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, secret: str, now: datetime) -> bool:
        """Whether the secret is the right one, compared in constant time, and the token still valid."""
        right = hmac.compare_digest(self.hash, hash_of(secret))
        return right and self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def spelt(public: str, secret: str) -> str:
    """The token as its holder sends it."""
    return f"{PREFIX}_{public}_{secret}"


def halves(text: str) -> tuple[str, str] | None:
    """The public half, by which the store finds it, and the secret one; None where it is no token of ours."""
    parts = text.split("_")
    if len(parts) != 3 or parts[0] != PREFIX or not text.isascii() or not all(parts):
        return None
    return parts[1], parts[2]


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
