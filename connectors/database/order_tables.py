"""Schema `exchange`, second part: orders both ways, with every revision, step, batch and answer.

Here and not in the warehouse, so that nobody who pulls or gives an order waits behind a large load.
"""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from connectors.database.tables import EXCHANGE, metadata, packet, party, site
from connectors.database.types import Code, Exact, Instant, Key, Name, Text

order_head = Table(
    "order_head",
    metadata,
    Column("key", Key, primary_key=True),
    Column("kind", String(10), nullable=False, comment="transfer or purchase"),
    Column("origin", Key, nullable=False, comment="the site that sent a purchase order; 0: the manufacturer"),
    Column("id", Code(250), nullable=False, comment="the giver's own"),
    Column("party", ForeignKey(party.c.key), comment="the distributor; none: not routed yet"),
    Column("site", ForeignKey(site.c.key), comment="who pulls it, or who sent it"),
    Column("organization", Code(14)),
    Column("revision", Integer, nullable=False, comment="the current one, from 1"),
    Column("state", String(15), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("known", Boolean, nullable=False, comment="the other side has had a revision of it"),
    Column("look_at", Instant, comment="when it is translated again, whatever changed"),
    Column("seen_change", Key, nullable=False, comment="the crosswalk's last change when it was last tried"),
    Column("offered", Key, comment="the step by which it was last offered"),
    Column("untold", Boolean, nullable=False, comment="reconciliation has not heard of its last change"),
    Column("document_id", Code(), comment="the other side's document"),
    Column("document_number", Name(100)),
    UniqueConstraint("origin", "id"),
    Index(None, "state", "party"),
    Index(None, "kind", "offered"),
    Index(None, "site", "changed_at"),
    Index(None, "site", "state"),
    Index(None, "untold"),
    Index(None, "look_at"),
    schema=EXCHANGE,
)

order_revision = Table(
    "order_revision",
    metadata,
    Column("order", ForeignKey(order_head.c.key), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("received_at", Instant, nullable=False),
    Column("received_by", Name(100), nullable=False),
    Column("packet", ForeignKey(packet.c.key), comment="that brought it"),
    Column("number", Name(100), nullable=False),
    Column("date", Date, nullable=False),
    Column("named_party", Code(), comment="whom the giver named"),
    Column("outlet", Code(), comment="the manufacturer's code"),
    Column("their_outlet", Code(), comment="the distributor's code"),
    Column("wanted", Date),
    Column("place", Code()),
    Column("agreement", Code()),
    Column("comment", Name(1000)),
    Column("currency", String(3)),
    Column("cancels", Boolean, nullable=False),
    Column("before", String(15), comment="the order's state when it came"),
    Column("released_by", Name(100), comment="who let it go on in spite of the credit policy"),
    Column("released_reason", Name(1000)),
    Column("offer", Text, comment="as it is given to the distributor: an element of the order packet"),
    Column("batch", String(32), index=True, comment="the batch that gave it out last"),
    Column("answered_at", Instant),
    Column("accepted", Boolean),
    Column("reason", Name(1000)),
    schema=EXCHANGE,
)

order_line = Table(
    "order_line",
    metadata,
    Column("order", Key, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("product", Code(), nullable=False),
    Column("unit", Name(100)),
    Column("quantity", Exact, nullable=False),
    Column("price", Exact),
    Column("amount", Exact),
    schema=EXCHANGE,
    sqlite_with_rowid=False,
    comment="as they came",
)

order_translated = Table(
    "order_translated",
    metadata,
    Column("order", Key, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("sku", Key, nullable=False),
    Column("sku_code", Code(), nullable=False),
    Column("product", Code(), nullable=False, comment="in the codes of whoever gets the order"),
    Column("unit", Name(100)),
    Column("quantity", Exact, nullable=False),
    Column("remainder", Exact, nullable=False, comment="what no whole package holds, in the SKU's unit"),
    Column("ours", Exact, nullable=False, comment="all of it in the SKU's unit, remainder included"),
    Column("our_unit", Name(100)),
    Column("numerator", Key, nullable=False, comment="the SKU's units in one of `unit`"),
    Column("denominator", Key, nullable=False),
    Column("price", Exact, comment="of one `unit`"),
    schema=EXCHANGE,
    sqlite_with_rowid=False,
)

order_problem = Table(
    "order_problem",
    metadata,
    Column("order", Key, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, comment="the line"),
    Column("code", String(40), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("field", Name(100)),
    Column("value", Name(100)),
    Column("params", Text),
    schema=EXCHANGE,
    sqlite_with_rowid=False,
    comment="why an order is held, or what stands to be known of it",
)

_ONCE = text("source IS NOT NULL")
order_step = Table(
    "order_step",
    metadata,
    Column("key", Key, primary_key=True),
    Column("order", ForeignKey(order_head.c.key), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(15), nullable=False, comment="where it went, or was asked to go"),
    Column("made_by", Name(200), nullable=False),
    Column("packet", Code(), comment="id of the packet or batch"),
    Column("note", Name(1000)),
    Column("refused", Boolean, nullable=False),
    Column("source", Code(400), comment="what it was taken from, so that it is taken once"),
    Index(None, "order"),
    Index("ix_order_step_once", "order", "source", unique=True, sqlite_where=_ONCE, mssql_where=_ONCE),
    schema=EXCHANGE,
)

order_answer_line = Table(
    "order_answer_line",
    metadata,
    Column("order", Key, primary_key=True, autoincrement=False),
    Column("state", String(15), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("quantity", Exact, nullable=False, comment="in the SKU's unit"),
    schema=EXCHANGE,
    sqlite_with_rowid=False,
    comment="how much of each line of a purchase order the manufacturer has accepted, shipped, …",
)

order_batch = Table(
    "order_batch",
    metadata,
    Column("id", String(32), primary_key=True, comment="random: what the caller quotes"),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("ended_at", Instant, comment="acknowledged, or run out"),
    Column("acknowledged", Boolean, nullable=False),
    Column("more", Boolean, nullable=False),
    Index(None, "site", "ended_at"),
    Index(None, "ended_at", "lease_until"),
    schema=EXCHANGE,
)

order_batch_item = Table(
    "order_batch_item",
    metadata,
    Column("batch", ForeignKey(order_batch.c.id), primary_key=True),
    Column("order", Key, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    schema=EXCHANGE,
    sqlite_with_rowid=False,
)

order_policy = Table(
    "order_policy",
    metadata,
    Column("party", ForeignKey(party.c.key), primary_key=True),
    Column("outlet", Code(), primary_key=True, comment="the manufacturer's code; empty: all of the party's"),
    Column("credit", String(10), nullable=False),
    Column("overdue_amount", Exact),
    Column("overdue_days", Integer),
    Column("credit_limit", Exact),
    Column("stale_days", Integer),
    Column("stale", String(10), nullable=False),
    Column("stock", String(10), nullable=False),
    Column("partial", Boolean, nullable=False),
    schema=EXCHANGE,
)

serves = Table(
    "serves",
    metadata,
    Column("outlet", Code(), primary_key=True, comment="the manufacturer's code"),
    Column("first_date", Date, primary_key=True),
    Column("last_date", Date, nullable=False),
    Column("party", ForeignKey(party.c.key), nullable=False),
    Column("site", ForeignKey(site.c.key), nullable=False),
    Column("organization", Code(14)),
    schema=EXCHANGE,
    comment="who serves an outlet, from when on; of several the one that began last",
)

order_news = Table(
    "order_news",
    metadata,
    Column("packet", ForeignKey(packet.c.key), primary_key=True, autoincrement=False),
    Column("feed", Code(), nullable=False),
    Column("site", Key, nullable=False),
    Column("done", Key, nullable=False, comment="the last of its documents that was seen to"),
    Column("look_at", Instant, comment="when one that failed is tried again"),
    schema=EXCHANGE,
    comment="loaded packets that may speak of orders: written with the journal, deleted with what they led to",
)

order_mail = Table(
    "order_mail",
    metadata,
    Column("site", ForeignKey(site.c.key), primary_key=True, autoincrement=False),
    Column("address", Name(500), nullable=False),
    Column("form", String(12), nullable=False, comment="xlsx, commerceml or commerceml-3"),
    Column("due_at", Instant, comment="not before: somebody is at it, or it failed"),
    Column("failures", Integer, nullable=False, comment="on end"),
    Column("failure", Name(500)),
    schema=EXCHANGE,
    comment="sites that get their orders by e-mail",
)
