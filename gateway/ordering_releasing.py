"""Use case: a person lets a held order go on, with a reason; hands orders over by file, and answers for others."""

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.errors import Misuse
from gateway.domain.order import Kind, State
from gateway.domain.party import Sender
from gateway.ordering_pulling import MOST, Result, acknowledge, pull
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub

XLSX, COMMERCEML, COMMERCEML_3 = "xlsx", "commerceml", "commerceml-3"
FORMS = {
    XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    COMMERCEML: ("xml", "application/xml"),
    COMMERCEML_3: ("xml", "application/xml"),
}
"""What files of orders can be: suffix and media type. CommerceML is of dialect 2.10, or 3.1."""


@repeated
def release(hub: "Hub", key: int, by: str, reason: str) -> None:
    """The credit policy no longer holds this revision; what else is wrong with it still does. Raises Misuse."""
    if not reason.strip():
        raise Misuse("a release needs a reason")
    with hub.exchange.writing() as connection:
        hub.orders.hold(connection, [key])
        head = hub.orders.by_key(connection, key)
        if head is None or head.state is not State.HELD:
            raise Misuse(f"the order is {head.state if head else 'not there'}, not held")
        hub.orders.set_revision(connection, key, head.revision, released_by=by, released_reason=reason[:1000])
        hub.orders.tell(connection, head, State.HELD, by, hub.clock(), note=reason)
        hub.orders.set_head(connection, key, look_at=hub.clock())


def export(hub: "Hub", sender: Sender, path: Path, form: str = XLSX) -> tuple[str | None, int]:
    """Writes the site's batch: the one that it has not acknowledged, else a new one; its id and rows.

    The same comes again until the batch is acknowledged. Raises Misuse.
    """
    batch = pull(hub, sender, MOST, as_text=True).batch
    return (None, 0) if batch is None else (batch, written(hub, sender, batch, path, form))


def written(hub: "Hub", sender: Sender, batch: str, path: Path, form: str) -> int:
    """How many rows of a site's batch stand in the file then: a workbook, or CommerceML. Raises Misuse."""
    with hub.exchange.reading() as connection:
        orders = hub.order_batches.texts(connection, batch)
        its = hub.order_batches.find(connection, sender.site, batch)
    if form == XLSX:
        return hub.formats.write_orders(path, orders, sender.language)
    assert its is not None
    made = its.made_at.astimezone(sender.zone)
    return hub.formats.write_commerceml_orders(path, orders, made, 3 if form == COMMERCEML_3 else 2)


def handed_over(hub: "Hub", sender: Sender, batch: str, by: str = "") -> int:
    """All of a batch is with the distributor; what becomes of it, his statuses will tell. Raises ContractBroken."""
    with hub.exchange.reading() as connection:
        found = hub.order_batches.find(connection, sender.site, batch)
        items = hub.order_batches.items(connection, batch) if found else []
    return acknowledge(hub, sender, batch, [Result(row.id, row.given) for row in items], by)


def answered(
    hub: "Hub", key: int, by: str, accepted: bool | None, reason: str | None = None, number: str | None = None
) -> None:
    """A person has the distributor's word on an order that went out as a file or by e-mail. Raises Misuse."""
    with hub.exchange.reading() as connection:
        order = hub.order_reading.order(connection, key)
        head = hub.orders.by_key(connection, key)
        assert head
        batch = hub.order_batches.find(connection, head.site or 0, order.batch) if order.batch else None
        if batch is None or order.kind is not Kind.TRANSFER:
            raise Misuse(f"the order is {order.state}: its revision {order.revision} was given to nobody")
        if not batch.ended:
            raise Misuse(f"batch {batch.id} is still open: its site acknowledges it, or `obmen order handed-over`")
        sender = hub.parties.sender(connection, head.site)
    result = Result(order.id, order.revision, accepted, reason, document_number=number)
    acknowledge(hub, sender, batch.id, [result], by)
