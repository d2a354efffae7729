"""Use case: a request with an idempotency key is done once; sent again it gets the answer that it got before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import Declined
from gateway.domain.problem import Problem
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection, Store
    from gateway.wiring import Hub

KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Request:
    """What may come again: whose it is, its key, and the digest of all that it says."""

    token: int
    name: str
    digest: str


@repeated
def once(
    hub: "Hub", schema: str, request: Request | None, change: "Callable[[Connection], str | None]"
) -> tuple[str | None, bool]:
    """Makes a change and keeps its answer in one commit with it; the answer, and whether it is the one kept before.

    `schema` names the store that `change` writes to. Without a request nothing is kept. Raises Declined where the
    key came with another request, and whatever `change` raises: then nothing is done. Where it answers None, what it
    did stands, and the key is free.
    """
    store: Store = getattr(hub, schema)
    with store.writing() as connection:
        if request is None:
            return change(connection), False
        hub.answers.take_turn(connection, request.token, request.name)
        kept = hub.answers.find(connection, schema, request.token, request.name)
        if kept is None:
            answer = change(connection)
            if answer is None:
                return None, False
            hub.answers.forget(connection, schema, hub.clock() - KEPT)
            hub.answers.keep(connection, schema, request.token, request.name, request.digest, answer, hub.clock())
            return answer, False
        if kept[0] != request.digest:
            raise Declined(Problem("KEY_REUSED", value=request.name))
        return kept[1], True
