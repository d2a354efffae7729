"""Use case: moves orders on: what packets said of them, translation, leases that ran out. May run at once anywhere."""

from typing import TYPE_CHECKING

from gateway.ordering_matching import match_next
from gateway.ordering_pulling import end_leases
from gateway.ordering_telling import tell_next
from gateway.ordering_translating import translate_next

if TYPE_CHECKING:
    from gateway.wiring import Hub


def advance(hub: "Hub") -> bool:
    """Does a bounded piece of whatever is due, each a commit of its own; whether there was anything. Raises Busy."""
    done = [match_next(hub), translate_next(hub) > 0, end_leases(hub) > 0, tell_next(hub) > 0]
    return any(done)


def advance_all(hub: "Hub") -> None:
    """Until nothing is due."""
    while advance(hub):
        pass
