"""Brings the store's schemas to the newest revision (Alembic)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from connectors.database import locks
from connectors.database.engine import Connection, Store
from connectors.database.facts import WAREHOUSE
from connectors.database.staging import STAGING
from connectors.database.tables import EXCHANGE
from connectors.shipped import SCHEMAS
from gateway.domain.errors import Busy, Misuse

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = SCHEMAS / "migrations"
_VERSION = table("alembic_version", column("version_num"), schema=EXCHANGE)


def upgrade(store: Store, revision: str = "head") -> None:
    """Upgrades in place; running it again changes nothing. `store` must hold both schemas, and be closed afterwards.

    A store that has what is wanted is only looked at: a writer of both schemas keeps intake waiting behind a merge.
    """
    if store.folder:
        _make(store.folder)
    with _explained(store):
        if revision != "head" or not _has_all(store):
            _upgrade(store, revision)


def _has_all(store: Store) -> bool:
    with store.reading() as connection:
        return inspect(connection).has_table(_VERSION.name, EXCHANGE) and is_current(connection)


def _upgrade(store: Store, revision: str) -> None:
    with store.writing() as connection:
        locks.take_turn_of_session(connection, locks.MIGRATIONS)
        _make_schemas(connection)
        from alembic.command import upgrade as alembic_upgrade  # slow to load, and most processes only look

        config = _config()
        config.attributes["connection"] = connection
        alembic_upgrade(config, revision)


def is_current(connection: Connection) -> bool:
    """Whether the store has the schema that this version wants, or a newer one: those serve older versions too."""
    found = connection.scalar(select(_VERSION.c.version_num))
    *older, _ = _revisions()
    return found is not None and found not in older


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
