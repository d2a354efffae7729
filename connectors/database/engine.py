"""Opens the store: connections to SQLite files (attached under the schemas' names) or to MS SQL."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Connection  # the face that use cases see of it
from sqlalchemy import CursorResult, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from gateway.domain.errors import Busy

PAGE_BYTES = {"warehouse": 16384}
"""Large pages suit large loads, small ones intake's short commits."""
WAIT_SECONDS = 20
"""How long a statement waits for another writer of the same SQLite file."""


class Store:
    """One schema (or both) of the store; hands out connections with the transaction that the caller needs."""

    def __init__(self, engine: Engine, folder: Path | None = None) -> None:
        self.engine = engine
        self.folder = folder
        """Where a SQLite store keeps its files; None for a server."""
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view. Raises Busy where the store is away."""
        with _store_away(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, attach: dict[str, Path] | None = None) -> Iterator[Connection]:
        """One durable commit at the end of the block, or nothing. Raises Busy where the store is away.

        `attach` names further SQLite files that the connection sees as schemas for the time of the block.
        """
        with (
            self._in_turn(),
            _store_away(),
            self.engine.connect() as connection,
            _also_attached(connection, attach or {}),
        ):
            connection.execution_options(immediate=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Writers of one process queue here: SQLite lets them poll, and the unlucky starve."""
        if self.folder is None:
            yield
            return
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise Busy("the store is busy, try again", retry_after=30)
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, *schemas: str, create: bool = False) -> Store:
    """`sqlite:///FOLDER` keeps a file for each schema in that folder; any other URL is SQLAlchemy's own.

    Only with `create` a file is made: one that vanished must not come back empty.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return Store(create_engine(parsed, pool_pre_ping=True, hide_parameters=True))
    folder = Path(parsed.database or ".")
    engine = create_engine(
        "sqlite://",
        creator=lambda: _attached(folder, schemas, create),
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=60,
        hide_parameters=True,  # they would bring payloads into the log
    )
    event.listen(engine, "begin", _begin)
    return Store(engine, folder)


def database_file(folder: Path, schema: str) -> Path:
    return folder / f"{schema}.db"


def _attached(folder: Path, schemas: tuple[str, ...], create: bool) -> sqlite3.Connection:
    options: dict[str, Any] = {"timeout": WAIT_SECONDS, "isolation_level": None, "check_same_thread": False}
    connection: sqlite3.Connection = sqlite3.connect(":memory:", uri=True, **options)
    for schema in schemas:
        file = database_file(folder, schema).absolute().as_uri()
        connection.execute("ATTACH ? AS " + schema, (f"{file}?mode={'rwc' if create else 'rw'}",))
        connection.execute(f"PRAGMA {schema}.page_size = {PAGE_BYTES.get(schema, 4096)}")  # of a new file
        connection.execute(f"PRAGMA {schema}.journal_mode = WAL")
        connection.execute(f"PRAGMA {schema}.synchronous = FULL")  # what is acknowledged survives a power cut
        connection.execute(f"PRAGMA {schema}.cache_size = -32768")
    return connection


@contextmanager
def _also_attached(connection: Connection, files: dict[str, Path]) -> Iterator[None]:
    """Outside of any transaction: SQLite attaches nothing within one."""
    raw: Any = connection.connection.dbapi_connection
    for schema, file in files.items():
        raw.execute("ATTACH ? AS " + schema, (f"{file.absolute().as_uri()}?mode=rw",))
    try:
        yield
    finally:
        for schema in files:
            raw.execute(f"DETACH {schema}")


def _begin(connection: Connection) -> None:
    """A writer takes its lock at once: a lock asked for in the middle of a transaction may be refused."""
    immediate = connection.get_execution_options().get("immediate")
    raw: Any = connection.connection.dbapi_connection
    raw.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _store_away() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if _is_away(error):
            raise Busy("the store is away, try again", retry_after=30) from error
        raise


def _is_away(error: DBAPIError | PoolTimeout) -> bool:
    """A statement that can't be right is no reason to try again, though SQLite gives it the same class."""
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    return isinstance(error, PoolTimeout) or error.connection_invalidated


def new_key(inserted: CursorResult[Any]) -> int:
    """The key that the store gave to an inserted row."""
    assert inserted.inserted_primary_key
    return int(inserted.inserted_primary_key[0])
