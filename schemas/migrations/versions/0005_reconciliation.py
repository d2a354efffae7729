"""Reconciliation: what changed, what the ERP says, results, findings, tolerances, and the analytics tables."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "debt_age",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("outlet", kinds.Key, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("open_amount", kinds.Exact(), nullable=False),
        sa.Column("not_due", kinds.Exact(), nullable=False),
        sa.Column("overdue_0_7", kinds.Exact(), nullable=False),
        sa.Column("overdue_8_14", kinds.Exact(), nullable=False),
        sa.Column("overdue_15_30", kinds.Exact(), nullable=False),
        sa.Column("overdue_31_60", kinds.Exact(), nullable=False),
        sa.Column("overdue_over_60", kinds.Exact(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_debt_age")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_debt_age_site_day"), "debt_age", ["site", "day"], unique=False, schema="warehouse")
    op.create_table(
        "erp_line",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="primary-sale or transfer-order"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("document", kinds.Code(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("outlet", kinds.Code(), nullable=True, comment="our code, of a transfer order"),
        sa.Column("sku", kinds.Key, nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=False),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_erp_line")),
        schema="warehouse",
        comment="what the ERP says: primary sales and transfer orders, line by line",
    )
    op.create_index(
        op.f("ix_erp_line_party_kind_document"),
        "erp_line",
        ["party", "kind", "document"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "finding",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=True),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False, comment="of the problem"),
        sa.Column("params", kinds.Text, nullable=False, comment="JSON: what fills the message"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_finding")),
        schema="warehouse",
        comment="breaches: one for a rule, site and day, however many lines are out of tolerance",
    )
    op.create_index(
        op.f("ix_finding_party_rule_day"), "finding", ["party", "rule", "day"], unique=False, schema="warehouse"
    )
    op.create_table(
        "plan",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("sku_group", kinds.Code(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_plan")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_plan_party_first_date"), "plan", ["party", "first_date"], unique=False, schema="warehouse")
    op.create_table(
        "plan_fact",
        sa.Column("plan", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=False),
        sa.Column("amount", kinds.Exact(), nullable=False),
        sa.Column("quantity_percent", kinds.Exact(), nullable=True, comment="of the plan"),
        sa.Column("amount_percent", kinds.Exact(), nullable=True),
        sa.Column("through", sa.Date(), nullable=True, comment="last day with shipments"),
        sa.PrimaryKeyConstraint("plan", name=op.f("pk_plan_fact")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_plan_fact_party"), "plan_fact", ["party"], unique=False, schema="warehouse")
    op.create_table(
        "recommended_order",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("outlet", kinds.Key, nullable=False, comment="key of the distributor code"),
        sa.Column("sku", kinds.Key, nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="last day with shipments"),
        sa.Column("shipped", kinds.Exact(), nullable=False, comment="in the 56 days up to the day"),
        sa.Column("unfilled", kinds.Exact(), nullable=False, comment="ordered and not shipped in these days"),
        sa.Column("cycle_days", kinds.Exact(), nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=False, comment="recommended, whole units"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_recommended_order")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_recommended_order_party"), "recommended_order", ["party"], unique=False, schema="warehouse"
    )
    op.create_table(
        "reconciled",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=True, comment="none where a rule is about the party as a whole"),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False, comment="the feed that is judged"),
        sa.Column("organization", kinds.Code(14), nullable=True),
        sa.Column("since", sa.Date(), nullable=True, comment="the day of the opening balance"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("warehouse", kinds.Key, nullable=True, comment="key of the distributor code"),
        sa.Column("outlet", kinds.Key, nullable=True, comment="key of the distributor code"),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("product", kinds.Key, nullable=True, comment="key of the distributor code, where it has no SKU"),
        sa.Column("document", kinds.Code(), nullable=True, comment="of the ERP; or the packet's key"),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("measure", sa.String(length=10), nullable=False, comment="quantity, amount or rows"),
        sa.Column("opening", kinds.Exact(), nullable=True),
        sa.Column("expected", kinds.Exact(), nullable=False),
        sa.Column("actual", kinds.Exact(), nullable=False),
        sa.Column("gap", kinds.Exact(), nullable=False, comment="actual − expected"),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("missing", kinds.Name(100), nullable=True, comment="feeds that were not sent for these days"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reconciled")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_reconciled_party_rule_day"), "reconciled", ["party", "rule", "day"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_reconciled_site_rule_day"), "reconciled", ["site", "rule", "day"], unique=False, schema="warehouse"
    )
    op.create_table(
        "sent",
        sa.Column("packet", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_sent")),
        schema="warehouse",
        comment="the sender's sums of each packet, signed: as its control totals, which were compared when it came",
    )
    op.create_index(op.f("ix_sent_site_last_date"), "sent", ["site", "last_date"], unique=False, schema="warehouse")
    op.create_table(
        "sku_group",
        sa.Column("sku", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_sku_group")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_sku_group_code"), "sku_group", ["code"], unique=False, schema="warehouse")
    op.create_table(
        "stock_cover",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("warehouse", kinds.Key, nullable=False),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("product", kinds.Key, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=False),
        sa.Column("sold", kinds.Exact(), nullable=False, comment="in the 28 days up to the day"),
        sa.Column("days", kinds.Exact(), nullable=True, comment="of stock; none where nothing was sold"),
        sa.Column("out_of_stock", sa.Boolean(), nullable=False),
        sa.Column("sell_through", kinds.Exact(), nullable=True, comment="percent"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stock_cover")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_stock_cover_site_day"), "stock_cover", ["site", "day"], unique=False, schema="warehouse")
    op.create_table(
        "tolerance",
        sa.Column("party", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("absolute", kinds.Exact(), nullable=False, comment="units or roubles"),
        sa.Column("percent", kinds.Exact(), nullable=False, comment="of what is expected"),
        sa.Column("days", sa.Integer(), nullable=False, comment="how long goods may be on their way"),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("party", "rule", name=op.f("pk_tolerance")),
        schema="warehouse",
        comment="what is agreed with a party for a rule; absent: the rule's default",
    )
    op.create_table(
        "touched",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=True, comment="none: all of the party"),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_touched")),
        schema="warehouse",
        comment="days changed and not reconciled yet: written with the change, deleted with its reconciliation",
    )
