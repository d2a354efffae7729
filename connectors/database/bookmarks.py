"""How far something has been read, to go on there."""

from sqlalchemy import Connection, insert, select, update

from connectors.database import locks
from connectors.database.erp_tables import bookmark


def place(connection: Connection, name: str) -> str | None:
    """None where nothing has been read yet."""
    return connection.scalar(select(bookmark.c.place).where(bookmark.c.name == name))


def take_turn(connection: Connection, name: str) -> None:
    """Who reads a place to change it is alone. Raises Busy."""
    locks.take_turn(connection, f"obmen bookmark {name}")


def go_on(connection: Connection, name: str, to: str) -> None:
    moved = update(bookmark).where(bookmark.c.name == name).values(place=to)
    if connection.execute(moved).rowcount == 0:
        connection.execute(insert(bookmark).values(name=name, place=to))
