"""Staging: one packet's documents, rows and codes as they were read, for the set-based merge.

In SQLite each load has a file of its own, filled by ADBC and attached to the merge as schema `staging`: two SQLite
libraries in one process must never have the same file open at once. In MS SQL they are permanent tables, and
what a load brings stands under the key of its claim.
"""

from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, SmallInteger, String, Table, UniqueConstraint

from connectors.database.facts import TYPES, table_name
from connectors.database.tables import metadata
from connectors.database.types import Code, Key, Name
from gateway.domain.feed import Feed, Field
from gateway.domain.feeds import FEEDS

STAGING = "staging"
staging_metadata = MetaData(schema=STAGING, naming_convention=metadata.naming_convention)


class StagingDiffers(Exception):
    """Staging holds other rows than it was given."""


code = Table(
    "code",
    staging_metadata,
    Column("claim", Key, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("register", String(10), nullable=False),
    Column("code", Code(), nullable=False),
    Column("gtin", Code(14)),
    Column("key", Key),
    Column("target", Key),
    UniqueConstraint("claim", "register", "code"),
    sqlite_with_rowid=False,
)

extension = Table(
    "extension",
    staging_metadata,
    Column("claim", Key, nullable=False),
    Column("document", Integer, nullable=False),
    Column("position", Integer, nullable=False, comment="row within the document, from 0; -1 for the document itself"),
    Column("number", Integer, nullable=False),
    Column("name", Name(100), nullable=False),
    Column("value", Name(2000), nullable=False),
    Index(None, "claim", "document", mssql_clustered=True),
)


@dataclass(frozen=True)
class Staging:
    """A feed's two staging tables; a coded field holds the ordinal of its `code`."""

    document: Table
    row: Table | None


def _columns(fields: tuple[Field, ...]) -> list[Column[object]]:
    return [Column(field.column, Integer if field.register else TYPES[field.kind]()) for field in fields]


def _staging(feed: Feed) -> Staging:
    document = Table(
        f"{table_name(feed)}_document",
        staging_metadata,
        Column("claim", Key, primary_key=True, autoincrement=False),
        Column("ordinal", Integer, primary_key=True, autoincrement=False),
        Column("identity", Code(250), nullable=False),
        Column("number", Name(100), nullable=False),
        Column("date", Date),
        Column("sign", SmallInteger, nullable=False),
        Column("deleted", Boolean, nullable=False),
        *_columns(feed.own_document_fields),
        Column("key", Key, comment="the fact that it replaces"),
        Column("stale", Boolean, nullable=False, comment="a newer packet has spoken for it"),
        Column("fingerprint", Key),
        sqlite_with_rowid=False,
    )
    if feed.row is None:
        return Staging(document, None)
    row = Table(
        f"{table_name(feed)}_row",
        staging_metadata,
        Column("claim", Key, nullable=False),
        Column("document", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("row", Integer, nullable=False),
        Column("n", Integer, nullable=False),
        Column("quarantine", String(40)),
        *_columns(feed.own_row_fields),
        Index(None, "claim", "row", mssql_clustered=True),
    )
    return Staging(document, row)


STAGINGS = {feed.name: _staging(feed) for feed in FEEDS.values()}


def tables_of(feed: Feed) -> dict[str, Table]:
    """Where each part of a packet is staged."""
    tables = {"document": STAGINGS[feed.name].document, "extension": extension, "code": code}
    if (row := STAGINGS[feed.name].row) is not None:
        tables["row"] = row
    return tables
