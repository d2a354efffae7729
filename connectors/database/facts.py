"""Schema `warehouse`: our reference, the crosswalk, and facts: a table of documents and one of rows for each feed.

Quantities and amounts in facts are signed, returns negative. A distributor code stands in facts as the key of its
`distributor_code`, and beside it the key of our record, NULL while it is unmapped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from connectors.database.tables import metadata
from connectors.database.types import Code, Exact, Instant, Key, Name
from gateway.domain.feed import Feed, Field, Kind, Register
from gateway.domain.feeds import FEEDS

WAREHOUSE = "warehouse"
TYPES: dict[Kind, Callable[[], Any]] = {
    Kind.TEXT: lambda: Name(1000),
    Kind.CODE: Code,
    Kind.NUMBER: Exact,
    Kind.INTEGER: Integer,
    Kind.DATE: Date,
    Kind.INSTANT: Instant,
    Kind.FLAG: Boolean,
}


def _register(name: str, *columns: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("key", Key, primary_key=True),
        Column("code", Code(), nullable=False, unique=True),
        Column("name", Name(500), nullable=False),
        Column("changed_at", Instant, nullable=False),
        *columns,
        schema=WAREHOUSE,
    )


sku = _register("sku", Column("gtin", Code(14), index=True), Column("unit", Name(100)))
outlet = _register(
    "outlet",
    Column("address", Name(1000)),
    Column("inn", Code(14)),
    Column("kpp", Code(14)),
    Column("fsrar_id", Code(14)),
)
warehouse = _register("warehouse")
REGISTERS = {Register.PRODUCT: sku, Register.OUTLET: outlet, Register.WAREHOUSE: warehouse}

sender = Table(
    "sender",
    metadata,
    Column("site", Key, primary_key=True, autoincrement=False),
    Column("site_code", Code(), nullable=False),
    Column("party", Key, nullable=False),
    Column("party_code", Code(), nullable=False),
    Column("party_name", Name(200), nullable=False),
    schema=WAREHOUSE,
    comment="whose facts they are, for views: as of the last load",
)

distributor_code = Table(
    "distributor_code",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("register", String(10), nullable=False),
    Column("code", Code(), nullable=False),
    Column("gtin", Code(14)),
    Column("target", Key, comment="key of our SKU, outlet or warehouse"),
    Column("mapped_at", Instant),
    UniqueConstraint("party", "register", "code"),
    Index(None, "register", "target"),
    Index(None, "party", "register", "target"),
    schema=WAREHOUSE,
)

coverage = Table(
    "coverage",
    metadata,
    Column("packet", Key, primary_key=True),
    Column("warehouse", Code(), primary_key=True, comment="empty where the feed has no warehouses"),
    Column("site", Key, nullable=False),
    Column("feed", Code(), nullable=False),
    Column("organization", Code(14), nullable=False),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("created", Instant, nullable=False),
    Index(None, "site", "feed", "organization", "last_date"),
    schema=WAREHOUSE,
    comment="windows that replace and snapshot packets have spoken for",
)

loaded = Table(
    "loaded",
    metadata,
    Column("packet", Key, primary_key=True, autoincrement=False),
    Column("rows_loaded", Integer, nullable=False),
    Column("rows_unmapped", Integer, nullable=False),
    Column("rows_quarantined", Integer, nullable=False),
    Column("superseded", Boolean, nullable=False),
    schema=WAREHOUSE,
    comment="what each packet's load did: written with its facts",
)

fence = Table(
    "fence",
    metadata,
    Column("site", Key, primary_key=True, autoincrement=False),
    Column("feed", Code(), primary_key=True),
    Column("organization", Code(14), primary_key=True),
    Column("token", Integer, nullable=False),
    schema=WAREHOUSE,
    comment="the highest token of a scope that has come to the facts: lower ones are out of date",
)

history = Table(
    "history",
    metadata,
    Column("key", Key, primary_key=True),
    Column("site", Key, nullable=False),
    Column("feed", Code(), nullable=False),
    Column("identity", Code(250), nullable=False),
    Column("packet", Key, nullable=False, index=True, comment="by which it was changed"),
    Column("at", Instant, nullable=False),
    Column("change", String(10), nullable=False, comment="changed, deleted, withdrawn or returned"),
    Column("old_packet", Key, nullable=False, comment="which had brought what stood before"),
    Column("old_number", Name(100)),
    Column("old_date", Date),
    Column("old_rows", Integer),
    Column("old_quantity", Exact),
    Column("old_amount", Exact),
    Column("new_number", Name(100)),
    Column("new_date", Date),
    Column("new_rows", Integer),
    Column("new_quantity", Exact),
    Column("new_amount", Exact),
    Index(None, "site", "feed", "identity"),
    schema=WAREHOUSE,
    comment="what became of documents that stood in the facts; quantities and amounts signed",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("packet", Key, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("document", Name(250), nullable=False),
    Column("n", Integer, nullable=False),
    Column("reason", String(40), nullable=False, comment="code of the problem"),
    schema=WAREHOUSE,
)

extension = Table(
    "extension",
    metadata,
    Column("feed", Code(), primary_key=True),
    Column("document", Key, primary_key=True),
    Column("n", Integer, primary_key=True, comment="the line; 0 for the document itself"),
    Column("number", Integer, primary_key=True),
    Column("name", Name(100), nullable=False, comment="`mark` for marking codes"),
    Column("value", Name(2000), nullable=False),
    schema=WAREHOUSE,
)


@dataclass(frozen=True)
class Facts:
    """A feed's two fact tables."""

    document: Table
    row: Table | None


def table_name(feed: Feed) -> str:
    return feed.name.replace("-", "_")


def _columns(fields: tuple[Field, ...]) -> list[Column[object]]:
    columns: list[Column[object]] = []
    for field in fields:
        if field.register:
            columns += [Column(field.column, Key), Column(field.target, Key)]
        else:
            columns.append(Column(field.column, TYPES[field.kind]()))
    return columns


def _document(feed: Feed) -> Table:
    return Table(
        f"{table_name(feed)}_document",
        metadata,
        Column("key", Key, primary_key=True, autoincrement=False, comment="packet × 2²⁶ + place in the packet"),
        Column("party", Key, nullable=False),
        Column("site", Key, nullable=False),
        Column("organization", Code(14), nullable=False),
        Column("identity", Code(250), nullable=False),
        Column("number", Name(100), nullable=False),
        Column("date", Date),
        Column("sign", SmallInteger, nullable=False),
        *_columns(feed.own_document_fields),
        Column("packet", Key, nullable=False, index=True),
        Column("created", Instant, nullable=False),
        Column("deleted", Boolean, nullable=False, comment="deleted or withdrawn; it has no rows"),
        Column("fingerprint", Key, comment="another where any field of it or of its rows is; none: loaded before 0006"),
        UniqueConstraint("site", "identity"),
        Index(None, "site", "organization", "date"),
        schema=WAREHOUSE,
    )


def _row(feed: Feed, document: Table) -> Table:
    unmapped = text("sku IS NULL")  # only these are looked up by code, and an index of all rows would double a load
    return Table(
        f"{table_name(feed)}_row",
        metadata,
        Column("document", ForeignKey(document.c.key), primary_key=True),
        Column("n", Integer, primary_key=True),
        Column("row", Integer, nullable=False, comment="row of the packet, from 1"),
        *_columns(feed.own_row_fields),
        *([Index(None, "product", sqlite_where=unmapped, mssql_where=unmapped)] if feed.has_products else []),
        schema=WAREHOUSE,
        sqlite_with_rowid=False,
    )


def _facts(feed: Feed) -> Facts:
    document = _document(feed)
    return Facts(document, _row(feed, document) if feed.row else None)


FACTS = {feed.name: _facts(feed) for feed in FEEDS.values()}
