"""Use case: suggests what unmapped codes may stand for; a person, or a set threshold, accepts or rejects it."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from gateway.domain.crosswalk import Source, Wish
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.mapping import Changed, map_codes

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

Waiting = list[dict[str, Any]]
ITSELF = "obmen"
"""Who accepts above the threshold."""
MOST_OF_A_WAREHOUSE = 90
"""Every distributor has a "main warehouse": that one of ours is called so too says little."""


def suggest(hub: "Hub", party: int | None = None) -> tuple[int, Changed | None]:
    """Compares what is unmapped with our records: how many suggestions wait, and what was accepted by itself."""
    count = sum(_compared(hub, register, party) for register in Register)
    score = hub.settings.accept_score
    accepted = accept_above(hub, score, ITSELF, party) if score else None
    return count, accepted


def _compared(hub: "Hub", register: Register, party: int | None) -> int:
    with hub.warehouse.reading() as connection:
        theirs = hub.suggestions.unmapped(connection, register, party)
        ours = hub.suggestions.ours(connection, register)
    most = MOST_OF_A_WAREHOUSE if register is Register.WAREHOUSE else 100
    found = list(hub.matching.suggestions(theirs, ours, most))
    with hub.warehouse.writing() as connection:
        count: int = hub.suggestions.replace_waiting(connection, register, party, found, hub.clock())
    return count


def accept_above(hub: "Hub", score: int, by: str, party: int | None = None) -> Changed | None:
    """Accepts the best suggestion of every code where it has this score or more and no other has as much."""
    return _accept(hub, [best[0] for best in _by_code(hub, party) if _is_clear(best) and best[0]["score"] >= score], by)


def accept(
    hub: "Hub", party: int, code: str, ours: str | None, by: str, register: Register = Register.PRODUCT
) -> Changed | None:
    """Accepts what is suggested for a code: the named one, or the best. Raises Misuse where it isn't suggested."""
    return _accept(hub, [_suggested(hub, register, party, code, ours)], by)


def reject(hub: "Hub", party: int, code: str, ours: str | None, by: str, register: Register = Register.PRODUCT) -> None:
    """Never suggests it again. Raises Misuse where it isn't suggested."""
    one = _suggested(hub, register, party, code, ours)
    with hub.warehouse.writing() as connection:
        hub.suggestions.decide(connection, [one["key"]], "rejected", by, hub.clock())


def waiting(hub: "Hub", connection: "Connection", party: int | None) -> Waiting:
    """All that is suggested: products first, by party and code, the best first."""
    return [each for register in Register for each in hub.suggestions.waiting(connection, register, party)]


def _accept(hub: "Hub", chosen: Waiting, by: str) -> Changed | None:
    """1. The crosswalk changes. 2. The suggestions are done with; where that was cut off, their codes are mapped."""
    wishes = [
        Wish(
            each["party"],
            Register(each["register"]),
            each["code"],
            each["our_code"],
            source=Source(each["why"]),
            score=each["score"],
        )
        for each in chosen
    ]
    changed = map_codes(hub, "accept", by, wishes)
    with hub.warehouse.writing() as connection:
        hub.suggestions.decide(connection, [each["key"] for each in chosen], "accepted", by, hub.clock())
    return changed


def _suggested(hub: "Hub", register: Register, party: int, code: str, ours: str | None) -> dict[str, Any]:
    with hub.warehouse.reading() as connection:
        found: Waiting = hub.suggestions.waiting(connection, register, party, code)
    named = [each for each in found if ours in (None, each["our_code"])]
    if not named:
        raise Misuse(f"{ours} is not suggested for {code}" if ours else f"nothing is suggested for {code}")
    return named[0]


def _by_code(hub: "Hub", party: int | None) -> list[Waiting]:
    with hub.warehouse.reading() as connection:
        found: Waiting = waiting(hub, connection, party)
    return [list(group) for _, group in groupby(found, lambda each: (each["register"], each["party"], each["code"]))]


def _is_clear(best: Waiting) -> bool:
    return len(best) == 1 or best[0]["score"] > best[1]["score"]
