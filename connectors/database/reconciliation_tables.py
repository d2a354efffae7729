"""Schema `warehouse`, second part: what reconciliation needs, and what it and the analytics leave behind."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table

from connectors.database.facts import WAREHOUSE
from connectors.database.tables import metadata
from connectors.database.types import Code, Exact, Key, Name, Text

touched = Table(
    "touched",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("site", Key, comment="none: all of the party"),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    schema=WAREHOUSE,
    comment="days changed and not reconciled yet: written with the change, deleted with its reconciliation",
)

sent = Table(
    "sent",
    metadata,
    Column("packet", Key, primary_key=True, autoincrement=False),
    Column("party", Key, nullable=False),
    Column("site", Key, nullable=False),
    Column("feed", Code(), nullable=False),
    Column("organization", Code(14), nullable=False),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("quantity", Exact),
    Column("amount", Exact),
    Index(None, "site", "last_date"),
    schema=WAREHOUSE,
    comment="the sender's sums of each packet, signed: as its control totals, which were compared when it came",
)

tolerance = Table(
    "tolerance",
    metadata,
    Column("party", Key, primary_key=True, autoincrement=False),
    Column("rule", String(20), primary_key=True),
    Column("absolute", Exact, nullable=False, comment="units or roubles"),
    Column("percent", Exact, nullable=False, comment="of what is expected"),
    Column("days", Integer, nullable=False, comment="how long goods may be on their way"),
    Column("off", Boolean, nullable=False),
    schema=WAREHOUSE,
    comment="what is agreed with a party for a rule; absent: the rule's default",
)

erp_line = Table(
    "erp_line",
    metadata,
    Column("key", Key, primary_key=True),
    Column("kind", String(20), nullable=False, comment="primary-sale or transfer-order"),
    Column("party", Key, nullable=False),
    Column("document", Code(), nullable=False),
    Column("date", Date, nullable=False),
    Column("outlet", Code(), comment="our code, of a transfer order"),
    Column("sku", Key, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("amount", Exact),
    Index(None, "party", "kind", "document"),
    schema=WAREHOUSE,
    comment="what the ERP says: primary sales and transfer orders, line by line",
)

reconciled = Table(
    "reconciled",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("site", Key, comment="none where a rule is about the party as a whole"),
    Column("rule", String(20), nullable=False),
    Column("feed", Code(), nullable=False, comment="the feed that is judged"),
    Column("organization", Code(14)),
    Column("since", Date, comment="the day of the opening balance"),
    Column("day", Date, nullable=False),
    Column("warehouse", Key, comment="key of the distributor code"),
    Column("outlet", Key, comment="key of the distributor code"),
    Column("sku", Key),
    Column("product", Key, comment="key of the distributor code, where it has no SKU"),
    Column("document", Code(), comment="of the ERP; or the packet's key"),
    Column("currency", String(3)),
    Column("measure", String(10), nullable=False, comment="quantity, amount or rows"),
    Column("opening", Exact),
    Column("expected", Exact, nullable=False),
    Column("actual", Exact, nullable=False),
    Column("gap", Exact, nullable=False, comment="actual − expected"),
    Column("verdict", String(10), nullable=False),
    Column("missing", Name(100), comment="feeds that were not sent for these days"),
    Index(None, "party", "rule", "day"),
    Index(None, "site", "rule", "day"),
    schema=WAREHOUSE,
)

finding = Table(
    "finding",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("site", Key),
    Column("rule", String(20), nullable=False),
    Column("feed", Code(), nullable=False),
    Column("day", Date, nullable=False),
    Column("code", String(40), nullable=False, comment="of the problem"),
    Column("params", Text, nullable=False, comment="JSON: what fills the message"),
    Index(None, "party", "rule", "day"),
    schema=WAREHOUSE,
    comment="breaches: one for a rule, site and day, however many lines are out of tolerance",
)

judged = Table(
    "judged",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    schema=WAREHOUSE,
    comment="parties whose findings may be others now: written with them, deleted when incidents have followed",
)

sku_group = Table(
    "sku_group",
    metadata,
    Column("sku", Key, primary_key=True, autoincrement=False),
    Column("code", Code(), nullable=False, index=True),
    schema=WAREHOUSE,
)

plan = Table(
    "plan",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("sku_group", Code(), nullable=False),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("quantity", Exact),
    Column("amount", Exact),
    Index(None, "party", "first_date"),
    schema=WAREHOUSE,
)

plan_fact = Table(
    "plan_fact",
    metadata,
    Column("plan", Key, primary_key=True, autoincrement=False),
    Column("party", Key, nullable=False, index=True),
    Column("quantity", Exact, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("quantity_percent", Exact, comment="of the plan"),
    Column("amount_percent", Exact),
    Column("through", Date, comment="last day with shipments"),
    schema=WAREHOUSE,
)

stock_cover = Table(
    "stock_cover",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("site", Key, nullable=False),
    Column("organization", Code(14), nullable=False),
    Column("warehouse", Key, nullable=False),
    Column("sku", Key),
    Column("product", Key),
    Column("day", Date, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("sold", Exact, nullable=False, comment="in the 28 days up to the day"),
    Column("days", Exact, comment="of stock; none where nothing was sold"),
    Column("out_of_stock", Boolean, nullable=False),
    Column("sell_through", Exact, comment="percent"),
    Index(None, "site", "day"),
    schema=WAREHOUSE,
)

debt_age = Table(
    "debt_age",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("site", Key, nullable=False),
    Column("organization", Code(14), nullable=False),
    Column("outlet", Key, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("day", Date, nullable=False),
    Column("open_amount", Exact, nullable=False),
    Column("not_due", Exact, nullable=False),
    *(Column(f"overdue_{name}", Exact, nullable=False) for name in ("0_7", "8_14", "15_30", "31_60", "over_60")),
    Index(None, "site", "day"),
    schema=WAREHOUSE,
)

recommended_order = Table(
    "recommended_order",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False, index=True),
    Column("outlet", Key, nullable=False, comment="key of the distributor code"),
    Column("sku", Key, nullable=False),
    Column("day", Date, nullable=False, comment="last day with shipments"),
    Column("shipped", Exact, nullable=False, comment="in the 56 days up to the day"),
    Column("unfilled", Exact, nullable=False, comment="ordered and not shipped in these days"),
    Column("cycle_days", Exact, nullable=False),
    Column("quantity", Exact, nullable=False, comment="recommended, whole units"),
    schema=WAREHOUSE,
)
