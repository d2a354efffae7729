"""Use case: tokens of the REST interface are issued, shown once, checked with each request, and revoked."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.errors import AuthenticationFailed
from gateway.domain.token import Scope, Token, halves, hash_of, spelt

if TYPE_CHECKING:
    from gateway.wiring import Hub

SECRET_BYTES = 32


def issue(hub: "Hub", name: str, scopes: Collection[Scope], expires_at: datetime | None = None) -> str:
    """A new token's text: nobody can read it again. Raises Misuse where the name is taken."""
    public, secret = secrets.token_hex(6), secrets.token_hex(SECRET_BYTES)
    with hub.exchange.writing() as connection:
        hub.tokens.add(connection, name, public, hash_of(secret), scopes, expires_at, hub.clock())
    return spelt(public, secret)


def revoke(hub: "Hub", name: str) -> None:
    """Ends it at once. Raises Misuse where there is no valid token of that name."""
    with hub.exchange.writing() as connection:
        hub.tokens.revoke(connection, name, hub.clock())


def admitted(hub: "Hub", text: str) -> Token:
    """The token that a request brings. Raises AuthenticationFailed, which never says what exactly is wrong."""
    found = halves(text)
    if found is not None:
        with hub.exchange.reading() as connection:
            token: Token | None = hub.tokens.find(connection, found[0])
        if token is not None and token.opens(found[1], hub.clock()):
            return token
    raise AuthenticationFailed("a valid token is required")
