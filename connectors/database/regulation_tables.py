"""Schema `exchange`, third part: the regulation's clauses, and the slots that come of them."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, String, Table, UniqueConstraint, text

from connectors.database.tables import EXCHANGE, metadata, packet, party, site
from connectors.database.types import Code, Instant, Key, Name, Text

_TO_LOOK_AT = text("look_at IS NOT NULL")

clause = Table(
    "clause",
    metadata,
    Column("key", Key, primary_key=True),
    Column("level", String(10), nullable=False, comment="all, group, party or site; or calendar, members"),
    Column("name", Code(250), nullable=False, comment="of the group, party, PARTY/SITE or calendar; empty: all"),
    Column("feed", Code(), nullable=False, comment="* for every feed"),
    Column("warehouse", Code(), nullable=False, comment="empty: all"),
    Column("first_date", Date),
    Column("last_date", Date),
    Column("body", Text, nullable=False, comment="JSON: the words that were agreed"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Name(100), nullable=False),
    Column("ended_at", Instant, comment="when another took its place; none: it holds"),
    Column("ended_by", Name(100)),
    Index(None, "ended_at"),
    schema=EXCHANGE,
    comment="what is agreed, and what was",
)

timetable = Table(
    "timetable",
    metadata,
    Column("site", ForeignKey(site.c.key), primary_key=True),
    Column("feed", Code(), primary_key=True),
    Column("periods", Text, nullable=False, comment="JSON: the words that hold from day to day, by warehouse"),
    schema=EXCHANGE,
    comment="what the clauses come to; beside it, what intake needs of it stands in regulation",
)

excuse = Table(
    "excuse",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", ForeignKey(party.c.key), nullable=False),
    Column("site", Key, comment="none: all of the party"),
    Column("feed", Code(), nullable=False, comment="* for every feed"),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("reason", Name(500), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Name(100), nullable=False),
    Column("ended_at", Instant, comment="when it was taken back"),
    Column("ended_by", Name(100)),
    Index(None, "party", "last_date"),
    schema=EXCHANGE,
    comment="days of which nothing is asked for",
)

slot = Table(
    "slot",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("feed", Code(), nullable=False),
    Column("warehouse", Code(), nullable=False, comment="empty: any will do"),
    Column("day", Date, nullable=False, comment="of which it has to tell"),
    Column("opens_at", Instant, nullable=False, comment="what comes earlier does not meet it"),
    Column("expected_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, comment="expected, and the grace"),
    Column("missing_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Column("met_at", Instant, comment="when the packet was received that meets it"),
    Column("packet", Key),
    Column("bad", Boolean, nullable=False, comment="that packet is beyond the limits of quality"),
    Column("excuse", Key),
    Column("followed", Boolean, nullable=False, comment="the next one of its kind is here"),
    Column("look_at", Instant, comment="when time itself changes something"),
    UniqueConstraint("site", "feed", "warehouse", "expected_at"),
    Index(None, "site", "feed", "day"),
    Index(None, "party", "day"),
    Index(None, "due_at"),
    Index(None, "look_at", sqlite_where=_TO_LOOK_AT, mssql_where=_TO_LOOK_AT),
    schema=EXCHANGE,
    comment="deliveries that are or were expected",
)

unjudged = Table(
    "unjudged",
    metadata,
    Column("packet", ForeignKey(packet.c.key), primary_key=True),
    Column("site", Key, nullable=False),
    Column("feed", Code(), nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("again", Boolean, nullable=False),
    Index(None, "loaded_at"),
    Index(None, "site", "feed"),
    schema=EXCHANGE,
    comment="loaded packets that the regulation has not been held against yet: deleted in the commit that does",
)

unsettled = Table(
    "unsettled",
    metadata,
    Column("site", ForeignKey(site.c.key), primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
    schema=EXCHANGE,
    comment="when another clause begins or ends to hold for a site; a new one is due at once",
)
