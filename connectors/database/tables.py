"""Schema `exchange`: parties and their logins, packets and attempts, payloads, and the queue of work."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint

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
    UniqueConstraint("party", "code"),
    schema=EXCHANGE,
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
    Column("payload", ForeignKey(payload.c.key)),
    Index(None, "site", "packet_id"),
    Index(None, "received_at"),
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
    UniqueConstraint("site", "packet_id"),
    Index(None, "received_at"),
    Index(None, "state"),
    schema=EXCHANGE,
)

work = Table(
    "work",
    metadata,
    Column("packet", ForeignKey(packet.c.key), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("token", Integer, nullable=False, comment="fencing: rises with every claim"),
    Column("tries", Integer, nullable=False),
    Column("failure", Name(500)),
    Column("failed", Boolean, nullable=False),
    Index(None, "failed", "due_at"),
    schema=EXCHANGE,
)
