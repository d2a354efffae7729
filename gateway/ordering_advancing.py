"""Use case: moves orders on: what packets said of them, translation, leases that ran out. May run at once anywhere."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.domain.errors import Busy
from gateway.ordering_following import follow_mapping
from gateway.ordering_matching import match_next
from gateway.ordering_pulling import end_leases
from gateway.ordering_telling import tell_next
from gateway.ordering_translating import translate_next

if TYPE_CHECKING:
    from gateway.wiring import Hub

STEPS: "tuple[Callable[[Hub], int], ...]" = (match_next, follow_mapping, translate_next, end_leases, tell_next)


def advance(hub: "Hub") -> bool:
    """Does a bounded piece of whatever is due, each a commit of its own; whether there was anything.

    A piece that fails is logged and stops no other. Raises Busy.
    """
    done = [_tried(hub, step) for step in STEPS]
    return any(done)


def advance_all(hub: "Hub") -> None:
    """Until nothing is due."""
    while advance(hub):
        pass


def _tried(hub: "Hub", step: "Callable[[Hub], int]") -> bool:
    try:
        return step(hub) > 0
    except Busy:
        raise
    except Exception as error:
        hub.log.error("orders failed", step=step.__name__, exc_info=error)
        return False
