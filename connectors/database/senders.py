"""Sites and parties beside their facts: analysts' views stand in `warehouse` alone, in SQLite a file of its own."""

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from connectors.database.facts import sender
from connectors.database.prepared import Prepared
from gateway.domain.party import Sender

_KNOWN = Prepared(select(sender).where(sender.c.site == bindparam("site", type_=sender.c.site.type)))


def introduce(connection: Connection, who: Sender) -> None:
    """Writes down what the sender is called now, where that is news."""
    values: dict[str, Any] = {column.name: getattr(who, column.name) for column in sender.columns}
    found = _KNOWN.first(connection, values)
    if found is None:
        connection.execute(insert(sender).values(values))
    elif found._asdict() != values:
        connection.execute(update(sender).where(sender.c.site == who.site).values(values))
