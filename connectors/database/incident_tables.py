"""Schema `exchange`, second part: incidents with their history, the people who are told, and what is sent to them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from connectors.database.tables import EXCHANGE, metadata, party, site
from connectors.database.types import Code, Instant, Key, Name, Text

incident = Table(
    "incident",
    metadata,
    Column("key", Key, primary_key=True),
    Column("identity", String(64), nullable=False, comment="of rule and subject"),
    Column("ended", Key, nullable=False, comment="0 while open, then its own key: one is open of each identity"),
    Column("rule", String(40), nullable=False, comment="code of the problem"),
    Column("party", ForeignKey(party.c.key)),
    Column("site", ForeignKey(site.c.key)),
    Column("feed", Code()),
    Column("warehouse", Code()),
    Column("subject", Name(200), nullable=False, comment="what is neither party nor site, as a channel or a DAG"),
    Column("severity", String(10), nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, comment="of the last breach"),
    Column("closed_at", Instant),
    Column("repeats", Integer, nullable=False),
    Column("params", Text, nullable=False, comment="JSON: what fills the problem's words"),
    Column("slot", Key),
    Column("packet_id", Code()),
    Column("tell", Text, nullable=False, comment="JSON: people and roles"),
    Column("escalation", Text, nullable=False, comment="JSON: pairs of seconds, and people and roles"),
    Column("level", Integer, nullable=False, comment="escalations that were told"),
    Column("told_at", Instant, comment="none: it opened while muted"),
    Column("muted_until", Instant),
    Column("assignee", Code()),
    Column("due_at", Instant),
    Column("wakes_at", Instant, index=True, comment="when something is due of itself; none: never"),
    UniqueConstraint("identity", "ended"),
    Index(None, "party", "opened_at"),
    Index(None, "site", "ended"),
    Index(None, "ended", "severity"),
    schema=EXCHANGE,
)

incident_step = Table(
    "incident_step",
    metadata,
    Column("key", Key, primary_key=True),
    Column("incident", ForeignKey(incident.c.key), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("who", Name(200), comment="none: the hub itself"),
    Column("comment", Name(1000)),
    schema=EXCHANGE,
    comment="history: a row for each transition",
)

mute = Table(
    "mute",
    metadata,
    Column("key", Key, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("rule", String(40), comment="none, here and in the following: any"),
    Column("party", ForeignKey(party.c.key)),
    Column("site", ForeignKey(site.c.key)),
    Column("feed", Code()),
    Column("identity", String(64)),
    Column("reason", Name(1000), nullable=False),
    Column("who", Name(200), nullable=False),
    schema=EXCHANGE,
    comment="what nobody is told of for a time",
)

contact_book = Table(
    "contact_book",
    metadata,
    Column("key", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Name(200), nullable=False),
    Column("text", Text, nullable=False, comment="the YAML file as it was loaded"),
    Column("routes", Text, nullable=False, comment="JSON: whom to tell of what"),
    schema=EXCHANGE,
    comment="every version; the last is in force",
)

contact = Table(
    "contact",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Code(), nullable=False, unique=True),
    Column("party", ForeignKey(party.c.key), index=True, comment="none: of the operations staff"),
    Column("active", Boolean, nullable=False, comment="stands in the book that is in force"),
    Column("terms", Text, nullable=False, comment="JSON: language, zone, roles, hours, absences"),
    schema=EXCHANGE,
)

channel = Table(
    "channel",
    metadata,
    Column("key", Key, primary_key=True),
    Column("contact", ForeignKey(contact.c.key), nullable=False, index=True),
    Column("kind", String(10), nullable=False, comment="email, telegram, webhook or other"),
    Column("address", Code(500), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, comment="one after the other"),
    Column("refused", Boolean, nullable=False, comment="the address itself failed, not the server that all share"),
    Column("retry_at", Instant, comment="nothing is sent until then"),
    Column("dead_since", Instant),
    schema=EXCHANGE,
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", String(36), nullable=False, comment="what a receiver drops doubles by"),
    Column("incident", ForeignKey(incident.c.key), nullable=False),
    Column("step", ForeignKey(incident_step.c.key), nullable=False),
    Column("channel", ForeignKey(channel.c.key), nullable=False),
    Column("kind", String(20), nullable=False, comment="of the step"),
    Column("title", Name(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("digest_at", Instant, comment="sent as one with all others of the channel and this instant"),
    Column("state", String(10), nullable=False, comment="waiting, sent or dropped"),
    Column("due_at", Instant, nullable=False, comment="when it may be sent; of a claim: when it expires"),
    Column("claim", String(36)),
    Column("tries", Integer, nullable=False),
    Column("failure", Name(500)),
    Column("sent_at", Instant),
    UniqueConstraint("step", "channel"),
    Index(None, "state", "due_at"),
    Index(None, "incident", "channel"),
    schema=EXCHANGE,
    comment="notices to people, a row for each channel; it is written with the step that it tells of",
)
