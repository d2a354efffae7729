"""Use case: a person lets a held order go on, with a reason; and hands orders over by file."""

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.errors import Misuse
from gateway.domain.order import State
from gateway.domain.party import Sender
from gateway.ordering_pulling import MOST, Result, acknowledge, pull
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub


@repeated
def release(hub: "Hub", key: int, by: str, reason: str) -> None:
    """The credit policy no longer holds this revision; what else is wrong with it still does. Raises Misuse."""
    if not reason.strip():
        raise Misuse("a release needs a reason")
    with hub.exchange.writing() as connection:
        head = hub.orders.by_key(connection, key)
        if head is None or head.state is not State.HELD:
            raise Misuse(f"the order is {head.state if head else 'not there'}, not held")
        hub.orders.set_revision(connection, key, head.revision, released_by=by, released_reason=reason[:1000])
        hub.orders.tell(connection, head, State.HELD, by, hub.clock(), note=reason)
        hub.orders.set_head(connection, key, look_at=hub.clock())


def export(hub: "Hub", sender: Sender, path: Path, dialect: int | None = None) -> tuple[str | None, int]:
    """Writes the site's batch: the one that it has not acknowledged, else a new one; its id and rows.

    A workbook, or CommerceML of the dialect (2 or 3). The same comes again until the batch is acknowledged. Raises
    Misuse.
    """
    batch = pull(hub, sender, MOST, as_text=True).batch
    if batch is None:
        return None, 0
    with hub.exchange.reading() as connection:
        orders = hub.order_batches.texts(connection, batch)
        its = hub.order_batches.find(connection, sender.site, batch)
    if dialect is not None:
        assert its is not None
        return batch, hub.formats.write_commerceml_orders(path, orders, its.made_at.astimezone(sender.zone), dialect)
    return batch, hub.formats.write_orders(path, orders, sender.language)


def handed_over(hub: "Hub", sender: Sender, batch: str) -> int:
    """All of a batch is with the distributor; what becomes of it, his statuses will tell. Raises ContractBroken."""
    with hub.exchange.reading() as connection:
        found = hub.order_batches.find(connection, sender.site, batch)
        items = hub.order_batches.items(connection, batch) if found else []
    return acknowledge(hub, sender, batch, [Result(row.id, row.given) for row in items])
