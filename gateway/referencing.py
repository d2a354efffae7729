"""Use case: takes in the manufacturer's reference, and maps what waited for it in place."""

from typing import TYPE_CHECKING

from gateway.domain.feed import Register
from gateway.domain.feeds import FEEDS
from gateway.domain.receipt import Loaded
from gateway.loading import unmapped_problems

if TYPE_CHECKING:
    from gateway.wiring import Hub


def load_reference(hub: "Hub", register: Register, records: list[dict[str, str]]) -> tuple[int, int]:
    """Adds or updates records (column → text, `code` and `name` always); how many, and how many facts were mapped.

    1. Reference and facts change in one commit.
    2. The journal's counts follow; where that was cut off, the next load of any reference does it.
    """
    with hub.warehouse.writing() as connection:
        hub.reference.upsert(connection, register, records, hub.clock())
        mapped = hub.codes.map_everything(connection, hub.clock())
    _refresh_journal(hub)
    return len(records), mapped


def _refresh_journal(hub: "Hub") -> None:
    with hub.exchange.reading() as connection:
        waiting = hub.journal.packets_with_unmapped(connection)
    for packet in waiting:
        feed = FEEDS[packet.feed]
        with hub.warehouse.reading() as connection:
            was = hub.merging.load_of(connection, packet.key)
        if was is None:
            continue
        unmapped = unmapped_problems(hub, feed, packet.key)
        now_unmapped = sum(int(problem.params["rows"]) for problem in unmapped)
        done = Loaded(was.rows_loaded, now_unmapped, was.rows_quarantined, was.superseded)
        with hub.exchange.writing() as connection:
            hub.journal.record_load(connection, packet.key, done, unmapped, hub.clock())
