"""Sites and parties beside their facts: analysts' views stand in `warehouse` alone, in SQLite a file of its own."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from connectors.database.facts import sender
from gateway.domain.party import Sender


def introduce(connection: Connection, who: Sender) -> None:
    """Writes down what the sender is called now, where that is news."""
    values: dict[str, Any] = {column.name: getattr(who, column.name) for column in sender.columns}
    found = connection.execute(select(sender).where(sender.c.site == who.site)).mappings().one_or_none()
    if found is None:
        connection.execute(insert(sender).values(values))
    elif dict(found) != values:
        connection.execute(update(sender).where(sender.c.site == who.site).values(values))
