"""When the store is away: full, locked, vanished. Then the answer is `Server.Busy`; an error of ours stays one."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connectors.database.server import is_deadlock
from gateway.domain.errors import Busy, Interrupted

RETRY_SECONDS = 30
LEAST_ROOM = 1 << 20
_AWAY = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
}
"""SQLite's primary codes for what time or an operator mends."""


def store_away() -> Busy:
    return Busy("the store is away, try again", retry_after=RETRY_SECONDS)


@contextmanager
def busy_while_away() -> Iterator[None]:
    """Turns what the store says while it is away into Busy."""
    try:
        yield
    except PoolTimeout as error:
        raise store_away() from error
    except (DBAPIError, sqlite3.Error) as error:
        if is_away(error):
            raise store_away() from error
        raise


@contextmanager
def interruptions() -> Iterator[None]:
    """A transaction that the server gave up is Interrupted, as long as its commit was not asked for."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or is_deadlock(error):
            raise Interrupted("the store gave up the transaction, try again", retry_after=5) from error
        raise


def is_away(error: DBAPIError | sqlite3.Error) -> bool:
    """Whether trying again later may help: SQLite has one class for a full disk and for a misspelt column."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        return getattr(origin, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in _AWAY
    if isinstance(error, DBAPIError) and (error.connection_invalidated or is_deadlock(error)):
        return True
    return isinstance(error, OperationalError)


def has_no_room(folder: Path) -> bool:
    """Whether the disk is full, or not there: ADBC does not tell why it could not write."""
    try:
        return shutil.disk_usage(folder).free < LEAST_ROOM
    except OSError:
        return True


def watch_files(engine: Engine, files: list[Path]) -> None:
    """Lets no connection be used whose files no longer stand where they stood.

    An open file of a folder that was moved or deleted takes writes as before: they would be acknowledged and lost.
    """

    def connected(_: Any, record: Any) -> None:
        record.info["files"] = [(file, _identity(file)) for file in files]

    def checked_out(_: Any, record: Any, __: Any) -> None:
        if not _in_place(record.info["files"]):
            raise DisconnectionError("the store's files were moved")

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checked_out)


def check_in_place(connection: Connection) -> None:
    """After a commit, before anybody is told of it. Raises Busy where the files were moved meanwhile."""
    if not is_in_place(connection):
        raise store_away()


def is_in_place(connection: Connection) -> bool:
    """Whether its files stand where they stood."""
    return _in_place(connection.info.get("files", []))


def _in_place(files: list[tuple[Path, tuple[int, int] | None]]) -> bool:
    return all(identity and identity == _identity(file) for file, identity in files)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
