"""Use case: whether this gateway can take packets now, as a load balancer asks before it sends any."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.wiring import Hub


def readiness(hub: "Hub") -> dict[str, bool]:
    """What has to hold: both halves of the store answer, its schema is this version's, and the disk has room.

    Room for all that may be under way at once, which may all be accepted.
    """
    found = dict.fromkeys(("store", "schema", "disk"), False)
    try:
        free = hub.exchange.free_bytes()
        found["disk"] = free is None or free >= hub.settings.room_bytes
        with hub.exchange.reading() as connection:
            current = hub.migrate.is_current(connection)
        with hub.warehouse.reading() as connection:
            hub.figures.of_warehouse(connection)
    except Exception as error:  # a store of another make answers with errors of many kinds
        hub.log.warning("not ready", error=str(error))
    else:
        found["store"], found["schema"] = True, current
    return found
