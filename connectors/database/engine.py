"""Opens the store: connections to SQLite files (attached under the schemas' names) or to MS SQL."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from sqlalchemy import Connection as Connection  # the face that use cases see of it
from sqlalchemy import CursorResult, Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from connectors.database import server
from connectors.database.away import (
    busy_while_away,
    check_in_place,
    interruptions,
    is_in_place,
    store_away,
    watch_files,
)
from connectors.database.together import Together
from gateway.domain.errors import Busy

T = TypeVar("T")
PAGE_BYTES = {"warehouse": 16384}
"""Large pages suit large loads, small ones intake's short commits."""
AT_REST = 8
"""Connections that are kept out of the pool at most."""
STATEMENTS = 1024
"""How many a connection keeps ready: those of ten feeds."""
WAIT_SECONDS = 20
"""How long a statement waits for another writer of the same SQLite file, unless told otherwise."""
POLL_SECONDS, LONGEST_POLL_SECONDS = 0.0003, 0.01
"""How often a writer asks for its lock: SQLite's own pauses grow so fast that the file lies idle between writers."""


class Store:
    """One schema (or both) of the store; hands out connections with the transaction that the caller needs."""

    def __init__(self, engine: Engine, folder: Path | None = None, wait_seconds: float = WAIT_SECONDS) -> None:
        self.engine = engine
        self.folder = folder
        """Where a SQLite store keeps its files; None for a server."""
        self._wait_seconds = wait_seconds
        self._turn = threading.Lock()
        self.steps = Together(self.writing, wait_seconds)
        self._at_rest: list[Connection] = []
        """A file's connections, between transactions: to take one from the pool costs more than a small read."""

    @contextmanager
    def reading(
        self, attach: dict[str, Path] | None = None, beside: str = "", on: Connection | None = None
    ) -> Iterator[Connection]:
        """A consistent view; of the schema `beside` too, where one is named. Raises Busy where the store is away.

        What is written, to files that are attached as by `writing`, nobody else sees, and it is gone at the end.
        """
        files = {schema: (file, "rw") for schema, file in (attach or {}).items()} | self._read(beside)
        with busy_while_away(), self._connected(on) as connection, _also_attached(connection, files):
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(
        self, attach: dict[str, Path] | None = None, beside: str = "", on: Connection | None = None
    ) -> Iterator[Connection]:
        """One durable commit at the end of the block, or nothing. Raises Busy where the store is away.

        That is Interrupted where surely nothing is committed, so that the block may run again; a connection that
        drops during the commit itself leaves that open, and the caller's own way of finding out what was done.

        `attach` names further SQLite files that the connection sees as schemas for the time of the block, `beside` a
        schema that it only reads: whoever writes there is not waited for. `on` is a connection of `with_memory`.
        """
        files = {schema: (file, "rw") for schema, file in (attach or {}).items()} | self._read(beside)
        with (
            self._in_turn(),
            busy_while_away(),
            self._connected(on) as connection,
            _also_attached(connection, files),
        ):
            connection.execution_options(immediate=True)
            try:
                with connection.begin(), interruptions():
                    yield connection
            finally:
                connection.execution_options(immediate=False)
            check_in_place(connection)

    def together(self, step: Callable[[Connection], T]) -> T:
        """As a block of `writing`, in one transaction with the steps of others who wait for the same file.

        The step may run twice, the first time for nothing. On a server it has a transaction of its own.
        """
        if self.folder is not None:
            return self.steps.run(step)
        with self.writing() as connection:
            return step(connection)

    def with_memory(self, schema: str) -> Connection:
        """A connection for `reading` and `writing`, to be closed by the caller, with a schema in its own memory.

        Whoever has the connection next finds the schema as it was left: its statements stay ready. Raises Busy.
        """
        with busy_while_away():
            connection = self.engine.connect()
            if connection.info.get("in_memory") != schema:
                raw: Any = connection.connection.dbapi_connection
                raw.execute(f"ATTACH ':memory:' AS {schema}")
                connection.info["in_memory"] = schema
            return connection

    @contextmanager
    def _connected(self, on: Connection | None = None) -> Iterator[Connection]:
        """One that is whole goes to rest; after any error it is the pool's to judge. The caller's own stays."""
        if on is not None:
            yield on
            return
        connection = self._rested() or self.engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self.folder is None or len(self._at_rest) >= AT_REST:
            connection.close()
        else:
            self._at_rest.append(connection)

    def _rested(self) -> Connection | None:
        """The one that rests since the shortest time: its pages are the freshest."""
        with suppress(IndexError):
            while True:
                connection = self._at_rest.pop()
                if is_in_place(connection):
                    return connection
                connection.invalidate()
                connection.close()
        return None

    def _read(self, schema: str) -> dict[str, tuple[Path, str]]:
        """The file of a schema that SQLite does not see by itself; a server has them all."""
        return {schema: (database_file(self.folder, schema), "ro")} if schema and self.folder else {}

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Writers of one process queue here: SQLite lets them poll, and the unlucky starve."""
        if self.folder is None:
            yield
            return
        if not self._turn.acquire(timeout=self._wait_seconds):
            raise Busy("the store is busy, try again", retry_after=30)
        try:
            yield
        finally:
            self._turn.release()

    def free_bytes(self) -> int | None:
        """Room on the disk of a SQLite store; a server doesn't tell. Raises Busy where the store is away."""
        if self.folder is None:
            return None
        try:
            return shutil.disk_usage(self.folder).free
        except OSError as error:
            raise store_away() from error

    def close(self) -> None:
        while self._at_rest:
            self._at_rest.pop().close()
        self.engine.dispose()


def open_store(url: str, *schemas: str, create: bool = False, wait_seconds: float = WAIT_SECONDS) -> Store:
    """`sqlite:///FOLDER` keeps a file for each schema in that folder; any other URL is SQLAlchemy's own.

    Only with `create` a file is made: one that vanished must not come back empty.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return Store(server.open_engine(parsed))
    folder = Path(parsed.database or ".")
    engine = create_engine(
        "sqlite://",
        creator=lambda: _attached(folder, schemas, create, wait_seconds),
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=60,
        hide_parameters=True,  # they would bring payloads into the log
    )
    event.listen(engine, "begin", partial(_begin, wait_seconds=wait_seconds))
    watch_files(engine, [database_file(folder, schema) for schema in schemas])
    return Store(engine, folder, wait_seconds)


def database_file(folder: Path, schema: str) -> Path:
    return folder / f"{schema}.db"


def _attached(folder: Path, schemas: tuple[str, ...], create: bool, wait_seconds: float) -> sqlite3.Connection:
    options: dict[str, Any] = {"timeout": wait_seconds, "isolation_level": None, "check_same_thread": False}
    options["cached_statements"] = STATEMENTS
    connection: sqlite3.Connection = sqlite3.connect(":memory:", uri=True, **options)
    try:
        for schema in schemas:
            _attach(connection, schema, database_file(folder, schema), "rwc" if create else "rw", wait_seconds)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _attach(connection: sqlite3.Connection, schema: str, file: Path, mode: str, wait_seconds: float) -> None:
    connection.execute("ATTACH ? AS " + schema, (f"{file.absolute().as_uri()}?mode={mode}",))
    connection.execute(f"PRAGMA {schema}.page_size = {PAGE_BYTES.get(schema, 4096)}")  # of a new file
    _write_ahead(connection, schema, wait_seconds)
    connection.execute(f"PRAGMA {schema}.synchronous = FULL")  # what is acknowledged survives a power cut
    connection.execute(f"PRAGMA {schema}.cache_size = -32768")


def _write_ahead(connection: sqlite3.Connection, schema: str, wait_seconds: float) -> None:
    """Where a new file's journal changes, SQLite waits for nobody: one of two that make it would be refused at once."""
    _asked_again(connection, f"PRAGMA {schema}.journal_mode = WAL", wait_seconds)


def _asked_again(connection: sqlite3.Connection, statement: str, wait_seconds: float) -> None:
    """Runs a statement, again and again while another connection has the lock."""
    ends, pause = monotonic() + wait_seconds, POLL_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > ends:
                raise
            sleep(pause)
            pause = min(pause * 1.1, LONGEST_POLL_SECONDS)


@contextmanager
def _also_attached(connection: Connection, files: dict[str, tuple[Path, str]]) -> Iterator[None]:
    """Outside of any transaction: SQLite attaches nothing within one."""
    raw: Any = connection.connection.dbapi_connection
    for schema, (file, mode) in files.items():
        if connection.info.get("in_memory") == schema:
            raw.execute(f"DETACH {connection.info.pop('in_memory')}")
        raw.execute("ATTACH ? AS " + schema, (f"{file.absolute().as_uri()}?mode={mode}",))
    try:
        yield
    finally:
        for schema in files:
            raw.execute(f"DETACH {schema}")


def _begin(connection: Connection, wait_seconds: float) -> None:
    """A writer takes its lock at once: a lock asked for in the middle of a transaction may be refused."""
    raw: Any = connection.connection.dbapi_connection
    if not connection.get_execution_options().get("immediate"):
        raw.execute("BEGIN")
        return
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        _asked_again(raw, "BEGIN IMMEDIATE", wait_seconds)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(wait_seconds * 1000)}")


def new_key(inserted: CursorResult[Any]) -> int:
    """The key that the store gave to an inserted row."""
    assert inserted.inserted_primary_key
    return int(inserted.inserted_primary_key[0])
