"""Brings the store's schemas to the newest revision (Alembic)."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from connectors.database import locks
from connectors.database.engine import Connection, Store, database_file, open_store
from connectors.database.facts import WAREHOUSE
from connectors.database.staging import STAGING
from connectors.database.tables import EXCHANGE, party
from connectors.shipped import SCHEMAS
from gateway.domain.errors import Busy, Misuse

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = SCHEMAS / "migrations"
_VERSION = table("alembic_version", column("version_num"), schema=EXCHANGE)
_BACKUP = "bring back both files, from one backup"


def upgrade(store: Store, revision: str = "head") -> None:
    """Upgrades in place; running it again changes nothing. `store` must hold both schemas, and be closed afterwards.

    A store that has what is wanted is only looked at: a writer of both schemas keeps intake waiting behind a merge.
    """
    if store.folder:
        _make(store.folder)
    with _explained(store):
        with store.reading() as connection:
            told, has = _revision(connection), _warehouse_revision(connection)
            wanted = revision != "head" or not _is_current(told)
        if store.folder and told and (has or "") < told:
            _check_cut_short(store, has, told)
            _follow(store.folder, has, told)
        if wanted:
            _upgrade(store, revision)


def _check_cut_short(store: Store, has: str | None, told: str) -> None:
    """A warehouse that is lost must not come back empty under a journal that calls its packets loaded.

    Nobody can have used a store that was cut short while it was made.
    """
    if told not in _revisions():
        raise Misuse("a newer version was cut short while it upgraded the store: start that one")
    with store.reading() as connection:
        if has is None and connection.scalar(select(1).select_from(party).limit(1)):
            raise Misuse(f"{store.folder}: the warehouse is lost or empty; {_BACKUP}")


def _upgrade(store: Store, revision: str) -> None:
    if store.folder:
        with store.writing() as connection:  # what it says from now on is known where the next commit is cut short
            _note(connection, _warehouse_revision(connection))
    with store.writing() as connection:
        locks.take_turn_of_session(connection, locks.MIGRATIONS)
        _make_schemas(connection)
        _run(connection, revision)


def _run(connection: Connection, revision: str) -> None:
    from alembic.command import upgrade as alembic_upgrade  # slow to load, and most processes only look

    told, has = _revision(connection) or "", _warehouse_revision(connection) or ""
    if has > told:
        raise Misuse(f"the exchange is lost, or older than the warehouse; {_BACKUP}")
    if has < told:
        raise Busy("another process was cut short while it upgraded the store, try again", retry_after=5)
    config = _config()
    config.attributes["connection"] = connection
    alembic_upgrade(config, revision)
    _note(connection, _revision(connection))


def _follow(folder: Path, has: str | None, told: str) -> None:
    """Two files of SQLite are two commits, and whoever upgrades may end in between: the warehouse is then behind.

    It goes the same way beside an exchange that is thrown away, and empty: no migration may copy from there.
    """
    with TemporaryDirectory() as apart:
        url = f"sqlite:///{apart}"
        with closing(open_store(url, EXCHANGE, WAREHOUSE, create=True)) as both, both.writing() as connection:
            if has:
                _run(connection, has)
        behind = {WAREHOUSE: database_file(folder, WAREHOUSE)}
        with closing(open_store(url, EXCHANGE)) as exchange, exchange.writing(attach=behind) as connection:
            if _warehouse_revision(connection) == has:
                _run(connection, told)


def _revision(connection: Connection) -> str | None:
    known = inspect(connection).has_table(_VERSION.name, EXCHANGE)
    return connection.scalar(select(_VERSION.c.version_num)) if known else None


def _warehouse_revision(connection: Connection) -> str | None:
    """What the warehouse's file says of itself. Where it is silent, or there are no files, it is the exchange's."""
    if connection.dialect.name != "sqlite":
        return _revision(connection)
    if noted := connection.exec_driver_sql(f"PRAGMA {WAREHOUSE}.user_version").scalar():
        return f"{noted:04}"
    return _revision(connection) if inspect(connection).get_table_names(WAREHOUSE) else None


def _note(connection: Connection, revision: str | None) -> None:
    """In the file of the warehouse, with the same commit as its tables."""
    if connection.dialect.name == "sqlite" and revision:
        connection.exec_driver_sql(f"PRAGMA {WAREHOUSE}.user_version = {int(revision)}")


def is_current(connection: Connection) -> bool:
    """Whether the store has the schema that this version wants, or a newer one: those serve older versions too."""
    return _is_current(connection.scalar(select(_VERSION.c.version_num)))


def _is_current(revision: str | None) -> bool:
    *older, _ = _revisions()
    return revision is not None and revision not in older


@cache
def _revisions() -> tuple[str, ...]:
    """All that this version knows, the newest last: the first words of their files' names."""
    return tuple(sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")))


@contextmanager
def _explained(store: Store) -> Iterator[None]:
    """At the start a person sits there: a server that can't be reached is told of in the driver's words."""
    try:
        yield
    except Busy as error:
        if store.folder or not isinstance(error.__cause__, DBAPIError):
            raise
        reason = " ".join(str(error.__cause__.orig).split())
        raise Misuse(f"OBMEN_DATABASE: {reason} (see docs/mssql.md)") from error


def _make_schemas(connection: Connection) -> None:
    """Before Alembic: its own table stands in one of them. Each in a batch of its own, as MS SQL wants it."""
    if connection.dialect.name == "mssql":
        for schema in (EXCHANGE, WAREHOUSE, STAGING):
            connection.exec_driver_sql(f"IF SCHEMA_ID('{schema}') IS NULL EXEC('CREATE SCHEMA [{schema}]')")


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misuse(f"OBMEN_DATABASE: {folder} can't be made a folder: {error.strerror}") from error
