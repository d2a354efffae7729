"""Schema `exchange`: parties and their logins, packets and attempts, payloads, and the queue of work."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from connectors.database.types import Bytes, Code, Instant, Key, Name, Text

EXCHANGE = "exchange"
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

party = Table(
    "party",
    metadata,
    Column("key", Key, primary_key=True),
    Column("code", Code(), nullable=False, unique=True),
    Column("name", Name(200), nullable=False),
    Column("language", String(2), nullable=False),
    schema=EXCHANGE,
)

site = Table(
    "site",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", ForeignKey(party.c.key), nullable=False),
    Column("code", Code(), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("addresses", Name(1000), comment="networks it may call from, blank between; none: any"),
    Column("closed_at", Instant, comment="since when it exchanges no more; none: it does"),
    Column("closed_by", Name(200)),
    UniqueConstraint("party", "code"),
    schema=EXCHANGE,
)

severity = Table(
    "severity",
    metadata,
    Column("party", ForeignKey(party.c.key), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("severity", String(10), nullable=False),
    schema=EXCHANGE,
    comment="problems that count more or less than usual for a party",
)

site_organization = Table(
    "site_organization",
    metadata,
    Column("site", ForeignKey(site.c.key), primary_key=True),
    Column("inn", Code(14), primary_key=True),
    schema=EXCHANGE,
)

login = Table(
    "login",
    metadata,
    Column("key", Key, primary_key=True),
    Column("site", ForeignKey(site.c.key), nullable=False, index=True),
    Column("name", Code(), nullable=False, unique=True),
    Column("secret", String(200), nullable=False, comment="argon2 hash"),
    Column("old_secret", String(200), comment="still valid for a while after a rotation"),
    Column("old_until", Instant),
    schema=EXCHANGE,
)

person = Table(
    "person",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Code(), nullable=False, unique=True),
    Column("secret", String(200), nullable=False, comment="argon2 hash"),
    schema=EXCHANGE,
)

visit = Table(
    "visit",
    metadata,
    Column("token", String(64), primary_key=True, comment="SHA-256 of the cookie"),
    Column("person", ForeignKey(person.c.key), nullable=False, index=True),
    Column("ends", Instant, nullable=False),
    schema=EXCHANGE,
)

payload = Table(
    "payload",
    metadata,
    Column("key", Key, primary_key=True),
    Column("size", Integer, nullable=False, comment="bytes as kept"),
    Column("kept_at", Instant, nullable=False),
    schema=EXCHANGE,
)

payload_part = Table(
    "payload_part",
    metadata,
    Column("payload", ForeignKey(payload.c.key), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", Bytes, nullable=False),
    schema=EXCHANGE,
)

transfer = Table(
    "transfer",
    metadata,
    Column("key", String(32), primary_key=True, comment="random: what the caller quotes"),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("feed", Code(), nullable=False),
    Column("packet_id", Code(), nullable=False),
    Column("total_bytes", Integer, nullable=False),
    Column("sha256", String(64)),
    Column("payload", ForeignKey(payload.c.key), nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Index(None, "site", "packet_id"),
    schema=EXCHANGE,
)

attempt = Table(
    "attempt",
    metadata,
    Column("key", Key, primary_key=True),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("packet_id", Code(), nullable=False),
    Column("feed", Code(), nullable=False),
    Column("status", String(20), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("sha256", String(64)),
    Column("documents", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("problems_total", Integer, nullable=False),
    Column("acceptance", Text, nullable=False, comment="the answer as given, JSON"),
    Column("payload", ForeignKey(payload.c.key), index=True),
    Column("organization", Code(), comment="from here on the packet's own words, as far as they could be read"),
    Column("created", Instant),
    Column("first_date", Date),
    Column("last_date", Date),
    Column("mode", String(10)),
    Column("software", Name(1000)),
    Column("module", Name(100)),
    Column("historic", Boolean, comment="imported: a person vouches for it; none: sent"),
    Index(None, "site", "packet_id"),
    Index(None, "received_at"),
    Index(None, "status"),
    schema=EXCHANGE,
)

problem = Table(
    "problem",
    metadata,
    Column("attempt", ForeignKey(attempt.c.key), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("code", String(40), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("document", Name(250)),
    Column("row", Integer),
    Column("field", Name(100)),
    Column("value", Name(100)),
    Column("params", Text, comment="JSON: what fills the message"),
    schema=EXCHANGE,
)

packet = Table(
    "packet",
    metadata,
    Column("key", Key, primary_key=True),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("packet_id", Code(), nullable=False),
    Column("attempt", ForeignKey(attempt.c.key), nullable=False, unique=True),
    Column("payload", ForeignKey(payload.c.key), nullable=False),
    Column("feed", Code(), nullable=False),
    Column("organization", Code(14), nullable=False),
    Column("created", Instant, nullable=False),
    Column("first_date", Date),
    Column("last_date", Date),
    Column("mode", String(10), nullable=False),
    Column("software", Name(1000)),
    Column("module", Name(100)),
    Column("sha256", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("rows_loaded", Integer, nullable=False),
    Column("rows_unmapped", Integer, nullable=False),
    Column("rows_quarantined", Integer, nullable=False),
    Column("historic", Boolean, comment="as the attempt's"),
    UniqueConstraint("site", "packet_id"),
    Index(None, "received_at"),
    Index(None, "state", "attempt"),
    Index(None, "site", "feed", "received_at"),
    schema=EXCHANGE,
)

regulation = Table(
    "regulation",
    metadata,
    Column("site", ForeignKey(site.c.key), primary_key=True),
    Column("feed", Code(), primary_key=True),
    Column("minimum_interval", Integer, comment="seconds between packets"),
    Column("history_days", Integer, comment="how far back documents may be dated"),
    Column("closed_through", Date, comment="a packet that reaches back to here is held"),
    Column("shrink_percent", Integer, comment="a packet that withdraws more of its scope is held"),
    Column("modes", String(40), comment="allowed modes, blank between; none: all of the feed"),
    Column("resend_from", Date),
    Column("resend_to", Date),
    schema=EXCHANGE,
    comment="what is agreed with a site for a feed; absent: the settings' defaults",
)

notice = Table(
    "notice",
    metadata,
    Column("key", Key, primary_key=True),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("code", String(40), nullable=False),
    Column("text", Name(1000), nullable=False, comment="in the party's language"),
    Column("packet_id", Code()),
    Column("acknowledged_at", Instant),
    Index(None, "site", "acknowledged_at", "made_at"),
    schema=EXCHANGE,
    comment="messages to a distributor's 1C",
)

audit = Table(
    "audit",
    metadata,
    Column("key", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("login", Name(200)),
    Column("site", Key),
    Column("address", String(64), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("packet_id", Name(100)),
    Column("outcome", String(60), nullable=False, comment="status of the answer, or code of the fault"),
    Column("milliseconds", Integer, nullable=False),
    Column("bytes", Integer, nullable=False, comment="size of the request"),
    schema=EXCHANGE,
    comment="every request",
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_key", Key, nullable=False),
    Column("last_key", Key, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    Column("hash", String(64), nullable=False, comment="over the seal before and every row of the segment"),
    Column("marks", Bytes, nullable=False, comment="key and short hash of each row: which one was touched"),
    schema=EXCHANGE,
)

scope = Table(
    "scope",
    metadata,
    Column("site", ForeignKey(site.c.key), primary_key=True),
    Column("feed", Code(), primary_key=True),
    Column("organization", Code(14), primary_key=True),
    Column("token", Integer, nullable=False, comment="fencing: rises with every claim of one of its packets"),
    schema=EXCHANGE,
    comment="whose packets are loaded in the order of their `created`, one at a time",
)

_CLAIMED, _FAILURE = text("token IS NOT NULL"), text("failure IS NOT NULL")
work = Table(
    "work",
    metadata,
    Column("packet", ForeignKey(packet.c.key), primary_key=True),
    Column("site", Key, nullable=False),
    Column("feed", Code(), nullable=False),
    Column("organization", Code(14), nullable=False),
    Column("created", Instant, nullable=False),
    Column("mode", String(10), nullable=False),
    Column("due_at", Instant, nullable=False, comment="when it may be claimed; of a claim: when it expires"),
    Column("token", Integer, comment="of its claim; none: nobody has it"),
    Column("tries", Integer, nullable=False),
    Column("failure", Name(500)),
    Column("failed", Boolean, nullable=False, comment="parked until a person puts it back"),
    Index(None, "failed", "due_at"),
    Index(None, "site", "feed", "organization", "created"),
    Index("ix_work_claimed", "site", "feed", "organization", sqlite_where=_CLAIMED, mssql_where=_CLAIMED),
    Index("ix_work_failure", "site", "feed", "organization", sqlite_where=_FAILURE, mssql_where=_FAILURE),
    schema=EXCHANGE,
)
