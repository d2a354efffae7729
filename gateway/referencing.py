"""Use case: takes in the manufacturer's reference, and maps what waited for it in place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.domain.crosswalk import UnitWish
from gateway.domain.feed import Register
from gateway.mapping import catch_up, tell_journal
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub


def load_reference(hub: "Hub", register: Register, records: list[dict[str, str]]) -> tuple[int, int]:
    """Adds or updates records (column → text, `code` and `name` always); how many, and how many facts were mapped.

    1. Reference and facts change in one commit.
    2. The journal's counts follow; where that was cut off, the next load of any reference does it.
    """
    mapped = _changed(hub, register, records)
    tell(hub)
    return len(records), mapped


@repeated
def _changed(hub: "Hub", register: Register, records: list[dict[str, str]]) -> int:
    with hub.warehouse.writing() as connection:
        return change_reference(hub, connection, register, records)


def change_reference(
    hub: "Hub",
    connection: "Connection",
    register: Register,
    records: list[dict[str, str]],
    units: Sequence[UnitWish] = (),
) -> int:
    """The first step, in a transaction of the caller's on the warehouse: how many facts were mapped."""
    hub.crosswalk.take_turn(connection)
    before = hub.reference.units(connection)
    hub.reference.upsert(connection, register, records, hub.clock())
    now = hub.reference.units(connection)
    hub.touching.note_skus(connection, [code for code, unit in before.items() if now[code] != unit])
    return _map_everything(hub, connection, units)


def tell(hub: "Hub") -> None:
    """The second step."""
    catch_up(hub)
    with hub.exchange.reading() as connection:
        waiting = hub.journal.packets_with_unmapped(connection)
    for packet in waiting:  # rows that a later packet has replaced wait no more
        tell_journal(hub, packet.key)


def _map_everything(hub: "Hub", connection: "Connection", units: Sequence[UnitWish]) -> int:
    """A change of the crosswalk like any other, unless it changes nothing."""
    change = hub.mappings.begin_change(connection, "reference", "reference", hub.clock())
    factors, old = hub.units.unit_differences(connection, units)
    if factors or old:
        hub.units.lay_units(connection, change, factors, old)
        hub.touching.note_units(connection, change)
    found = hub.codes.map_everything(connection, change, hub.clock())
    rows = hub.attribution.attribute_waiting(connection, change)
    if not (factors or old or found or any(rows.values())):
        hub.mappings.forget_change(connection, change)
    hub.attribution.note_rows(connection, change, rows)
    return sum(rows.values())
