"""Use case: orders go by e-mail to a site that can't pull. Mailed is pulled; a status or a person acknowledges.

1. A batch is leased, as by a pull, and the turn to mail it is taken.
2. The mail server takes the letter, under the batch's id.
3. The batch ends: its orders stay pulled, and those that come later go in a letter of their own.

After a crash between 2 and 3 the same letter goes again, under the same Message-ID; its orders are known by id and
revision. What the server does not take is tried again, and told of as an incident when it goes on failing.
"""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gateway.domain.incident import Breach, Severity, Subject
from gateway.incidents import breached, recovered
from gateway.notifying import delay_after
from gateway.ordering_pulling import MOST, pull
from gateway.ordering_releasing import FORMS, written
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.notify import Failure, Message
    from gateway.domain.party import Sender
    from gateway.wiring import Hub

BY = "e-mail"
NOT_MAILED = "ORDERS_NOT_MAILED"
LEASE = timedelta(minutes=5)
"""Longer than any mail server is waited for."""
_WORDS = {
    "ru": (
        "Заказы: {count}, партия {batch}",
        "Во вложении заказы: {orders}.\n\nЗагрузите файл в учётную систему и передайте статусы заказов (поток "
        "order-statuses) или ответьте вашему менеджеру. Заказ с тем же номером и той же версией берите один раз.",
    ),
    "en": (
        "Orders: {count}, batch {batch}",
        "Attached are the orders {orders}.\n\nLoad the file into your books and send the orders' statuses (feed "
        "order-statuses), or answer your contact. Take an order of the same id and revision once.",
    ),
}
NAMED = 20
"""Orders that the letter names."""


@repeated
def by_mail(hub: "Hub", sender: "Sender", address: str, form: str) -> None:
    """A site's orders go there from now on, in one of FORMS; without an address it pulls them."""
    with hub.exchange.writing() as connection:
        hub.order_mails.agree(connection, sender.site, address or None, form)
        recovered(hub, connection, NOT_MAILED, Subject(sender.party, sender.site), hub.clock())


def mail_next(hub: "Hub") -> int:
    """Writes to every site for which orders wait; how many letters went."""
    with hub.exchange.reading() as connection:
        due = hub.order_mails.due(connection, hub.clock())
    return sum(_mailed(hub, row) for row in due)


def _mailed(hub: "Hub", row: Any) -> bool:
    if not _claimed(hub, row.site):
        return False
    with hub.exchange.reading() as connection:
        sender = hub.parties.sender(connection, row.site)
    batch = pull(hub, sender, MOST, as_text=True, by=BY).batch
    failure = hub.notifier.send("email", row.address, _letter(hub, sender, batch, row.form)) if batch else None
    if failure is not None:
        _failed(hub, sender, row, failure)
        return False
    _done(hub, sender, batch)
    return batch is not None


@repeated
def _claimed(hub: "Hub", site: int) -> bool:
    with hub.exchange.writing() as connection:
        now = hub.clock()
        return hub.order_mails.claim(connection, site, now, now + LEASE)


def _letter(hub: "Hub", sender: "Sender", batch: str, form: str) -> "Message":
    suffix, kind = FORMS[form]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"orders-{batch}.{suffix}"
        written(hub, sender, batch, path, form)
        file = hub.Attachment(path.name, kind, path.read_bytes())
    with hub.exchange.reading() as connection:
        ids = [row.id for row in hub.order_batches.items(connection, batch)]
    title, text = _WORDS[sender.language]
    orders = ", ".join(ids[:NAMED]) + (", …" if len(ids) > NAMED else "")
    return hub.Message(
        batch, title.format(count=len(ids), batch=batch[:8]), text.format(orders=orders), attachments=(file,)
    )


@repeated
def _done(hub: "Hub", sender: "Sender", batch: str | None) -> None:
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_pull(sender.site))
        found = hub.order_batches.find(connection, sender.site, batch) if batch else None
        if found and not found.ended:
            hub.order_batches.end(connection, found.id, acknowledged=False, now=hub.clock())
        hub.order_mails.succeeded(connection, sender.site)
        recovered(hub, connection, NOT_MAILED, Subject(sender.party, sender.site), hub.clock())


@repeated
def _failed(hub: "Hub", sender: "Sender", row: Any, failure: "Failure") -> None:
    now, failures = hub.clock(), row.failures + 1
    hub.log.warning("orders not mailed", site=sender.site_code, to=row.address, failure=failure.text)
    with hub.exchange.writing() as connection:
        hub.order_mails.failed(connection, sender.site, failure.text, now + delay_after(failures))
        if failures >= hub.settings.notice_tries:
            params = {"people": row.address, "failure": failure.text[:300]}
            subject = Subject(sender.party, sender.site)
            breached(hub, connection, [Breach(NOT_MAILED, subject, Severity.ERROR, now, params)])
