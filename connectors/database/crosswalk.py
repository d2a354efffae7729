"""The crosswalk's tables: dated mappings and units with the changes that made and ended them, and suggestions.

A mapping or unit is never altered: it lives until `ended` names the change that took it away, and undoing that change
gives it back. `distributor_code.target` repeats the last live mapping, so that loading need not look for dates.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
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

from connectors.database import locks
from connectors.database.facts import WAREHOUSE, distributor_code, sku
from connectors.database.tables import metadata
from connectors.database.types import Code, Instant, Key, Name

change = Table(
    "change",
    metadata,
    Column("key", Key, primary_key=True),
    Column("kind", String(10), nullable=False, comment="map, unmap, unit, accept, import, reference or undo"),
    Column("made_by", Name(100), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("undone_by", Key, comment="the change that undid it"),
    schema=WAREHOUSE,
    comment="sets of changes of the crosswalk, each of which can be undone",
)

change_rows = Table(
    "change_rows",
    metadata,
    Column("change", ForeignKey(change.c.key), primary_key=True),
    Column("feed", Code(), primary_key=True),
    Column("rows", Integer, nullable=False, comment="facts that got another record of ours"),
    schema=WAREHOUSE,
)

behind = Table(
    "behind",
    metadata,
    Column("change", ForeignKey(change.c.key), primary_key=True),
    Column("packet", Key, primary_key=True, autoincrement=False),
    schema=WAREHOUSE,
    comment="packets whose unmapped rows a change has altered, until the journal says so too",
)

_LIVE = text("ended IS NULL")
_ENDED = text("ended IS NOT NULL")
"""Else SQLite would look all live mappings through by this index, rather than those of a code."""
BOUNDED = text("ended IS NULL AND valid_to < '9999-12-31'")
"""Of these `distributor_code.target` may not tell."""
mapping = Table(
    "mapping",
    metadata,
    Column("key", Key, primary_key=True),
    Column("code", ForeignKey(distributor_code.c.key), nullable=False),
    Column("target", Key, comment="key of our record; none: it stands for nothing, as a person decided"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False, comment="the last day"),
    Column("source", String(10), nullable=False),
    Column("score", SmallInteger, comment="likeness, 0 to 100, that it was suggested with"),
    Column("made_by", Name(100)),
    Column("made_at", Instant, nullable=False),
    Column("begun", ForeignKey(change.c.key), index=True, comment="none: mapped while a packet was loaded"),
    Column("ended", ForeignKey(change.c.key)),
    Index("ix_mapping_ended", "ended", sqlite_where=_ENDED, mssql_where=_ENDED),
    Index("ix_mapping_live", "code", "valid_from", unique=True, sqlite_where=_LIVE, mssql_where=_LIVE),
    Index("ix_mapping_bounded", "target", sqlite_where=BOUNDED, mssql_where=BOUNDED),
    schema=WAREHOUSE,
)

unit = Table(
    "unit",
    metadata,
    Column("key", Key, primary_key=True),
    Column("code", ForeignKey(distributor_code.c.key)),
    Column("sku", ForeignKey(sku.c.key)),
    Column("name", Name(100), nullable=False, comment="as it stands in packets"),
    Column("numerator", Key, nullable=False),
    Column("denominator", Key, nullable=False),
    Column("begun", ForeignKey(change.c.key), nullable=False, index=True),
    Column("ended", ForeignKey(change.c.key), index=True),
    Column("valid_from", Date, comment="never empty"),
    Column("valid_to", Date, comment="the last day; never empty"),
    CheckConstraint("numerator > 0 AND denominator > 0", name="ck_unit_positive"),
    Index("ix_unit_code", "code", "name", sqlite_where=_LIVE, mssql_where=_LIVE),
    Index("ix_unit_sku", "sku", "name", sqlite_where=_LIVE, mssql_where=_LIVE),
    schema=WAREHOUSE,
    comment="how many of the SKU's units one unit is, for a code or for a SKU",
)

suggestion = Table(
    "suggestion",
    metadata,
    Column("key", Key, primary_key=True),
    Column("code", ForeignKey(distributor_code.c.key), nullable=False),
    Column("target", Key, nullable=False),
    Column("score", SmallInteger, nullable=False, comment="likeness, 0 to 100"),
    Column("why", String(10), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("decision", String(10), comment="accepted or rejected; none: it waits"),
    Column("decided_by", Name(100)),
    Column("decided_at", Instant),
    UniqueConstraint("code", "target"),
    schema=WAREHOUSE,
)

live = mapping.c.ended.is_(None)


def keep_still(connection: Connection) -> None:
    """Nobody changes the crosswalk until the transaction ends: what is loaded now gets mappings that still hold then.

    Loads share it; a writer of SQLite is alone anyway. Raises Busy.
    """
    locks.take_turn(connection, locks.CROSSWALK, shared=True, seconds=locks.LOAD_SECONDS)


def take_turn(connection: Connection) -> None:
    """One change at a time, and none beside a load: one of both sees what the other did. Raises Busy."""
    locks.take_turn(connection, locks.CROSSWALK, seconds=locks.LOAD_SECONDS)
