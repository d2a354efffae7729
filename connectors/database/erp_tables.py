"""What the ERP needs of the store: its tokens, answers kept for repeated requests, and what only it knows."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from connectors.database.facts import WAREHOUSE
from connectors.database.tables import EXCHANGE, metadata, party
from connectors.database.types import Code, Exact, Instant, Key, Name, Text

token = Table(
    "token",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Code(), nullable=False, unique=True),
    Column("public", String(20), nullable=False, unique=True, comment="the half that finds it"),
    Column("hash", String(64), nullable=False, comment="SHA-256 of the secret half"),
    Column("scopes", String(400), nullable=False, comment="blank between"),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    schema=EXCHANGE,
)


def _answered(schema: str) -> Table:
    """One in each schema: an answer is kept in the commit of what was done, and no commit spans both."""
    return Table(
        "answered",
        metadata,
        Column("token", Key, primary_key=True, autoincrement=False),
        Column("name", Code(200), primary_key=True, comment="the request's Idempotency-Key"),
        Column("digest", String(64), nullable=False, comment="SHA-256 of method, path and body"),
        Column("answer", Text, nullable=False),
        Column("kept_at", Instant, nullable=False),
        Index(f"ix_answered_in_{schema}", "kept_at"),
        schema=schema,
        comment="answers to requests that may come again",
    )


answered = {schema: _answered(schema) for schema in (EXCHANGE, WAREHOUSE)}

organization = Table(
    "organization",
    metadata,
    Column("party", ForeignKey(party.c.key), primary_key=True),
    Column("inn", Code(14), primary_key=True),
    Column("kpp", String(9)),
    Column("name", Name(200)),
    schema=EXCHANGE,
    comment="a party's legal entities, as the ERP knows them",
)

barcode = Table(
    "barcode",
    metadata,
    Column("sku", Key, primary_key=True, autoincrement=False),
    Column("unit", Code(), primary_key=True),
    Column("gtin", Code(14), nullable=False),
    schema=WAREHOUSE,
    comment="bar codes of packages; that of a SKU's own unit stands with the SKU",
)

sku_barcode = Table(
    "sku_barcode",
    metadata,
    Column("sku", Key, primary_key=True, autoincrement=False),
    Column("gtin", Code(14), primary_key=True),
    Index(None, "gtin"),
    schema=WAREHOUSE,
    comment="further bar codes of a SKU's own unit: the first stands with the SKU",
)

party_debt = Table(
    "party_debt",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False, index=True),
    Column("document", Code(), nullable=False),
    Column("date", Date, nullable=False),
    Column("due", Date),
    Column("amount", Exact, nullable=False),
    Column("open_amount", Exact, nullable=False),
    Column("currency", String(3), nullable=False),
    UniqueConstraint("party", "document", "date"),
    schema=WAREHOUSE,
    comment="what a party owes to the manufacturer, by open item: the ERP's last word",
)

debt_told = Table(
    "debt_told",
    metadata,
    Column("party", Key, primary_key=True, autoincrement=False),
    Column("as_of", Date, nullable=False),
    schema=WAREHOUSE,
    comment="as of when the ERP said what a party owes, be it nothing",
)

webhook = Table(
    "webhook",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Code(), nullable=False, unique=True),
    Column("url", Name(1000), nullable=False),
    Column("secret", String(100), nullable=False, comment="signs every call, so it is kept as it is"),
    Column("events", String(400), nullable=False, comment="blank between"),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    schema=EXCHANGE,
)

call = Table(
    "webhook_call",
    metadata,
    Column("key", Key, primary_key=True),
    Column("webhook", ForeignKey(webhook.c.key), nullable=False),
    Column("event", String(80), nullable=False, comment="id of the event: the same with every try"),
    Column("body", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, comment="none: done, or given up"),
    Column("tries", Integer, nullable=False),
    Column("done_at", Instant),
    Column("failure", Name(500)),
    UniqueConstraint("event", "webhook"),
    Index(None, "due_at"),
    schema=EXCHANGE,
    comment="written with what it tells of; called until it is answered",
)

bookmark = Table(
    "bookmark",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("place", Code(1000), nullable=False),
    schema=EXCHANGE,
    comment="how far journals have been told of, and what the ERP was asked for and told",
)
