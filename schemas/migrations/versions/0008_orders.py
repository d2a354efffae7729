"""Orders both ways, who serves an outlet, prices, and the indexes that translate from our codes to theirs."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "order_answer_line",
        sa.Column("order", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=15), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity", kinds.Exact(), nullable=False, comment="in the SKU's unit"),
        sa.PrimaryKeyConstraint("order", "state", "n", name=op.f("pk_order_answer_line")),
        schema="exchange",
        comment="how much of each line of a purchase order the manufacturer has accepted, shipped, …",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_line",
        sa.Column("order", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product", kinds.Code(), nullable=False),
        sa.Column("unit", kinds.Name(100), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=False),
        sa.Column("price", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.PrimaryKeyConstraint("order", "revision", "n", name=op.f("pk_order_line")),
        schema="exchange",
        comment="as they came",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_problem",
        sa.Column("order", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=True, comment="the line"),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("field", kinds.Name(100), nullable=True),
        sa.Column("value", kinds.Name(100), nullable=True),
        sa.Column("params", kinds.Text, nullable=True),
        sa.PrimaryKeyConstraint("order", "revision", "number", name=op.f("pk_order_problem")),
        schema="exchange",
        comment="why an order is held, or what stands to be known of it",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_translated",
        sa.Column("order", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", kinds.Key, nullable=False),
        sa.Column("sku_code", kinds.Code(), nullable=False),
        sa.Column("product", kinds.Code(), nullable=False, comment="in the codes of whoever gets the order"),
        sa.Column("unit", kinds.Name(100), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=False),
        sa.Column("remainder", kinds.Exact(), nullable=False, comment="what no whole package holds, in the SKU's unit"),
        sa.Column("ours", kinds.Exact(), nullable=False, comment="all of it in the SKU's unit, remainder included"),
        sa.Column("our_unit", kinds.Name(100), nullable=True),
        sa.Column("numerator", kinds.Key, nullable=False, comment="the SKU's units in one of `unit`"),
        sa.Column("denominator", kinds.Key, nullable=False),
        sa.Column("price", kinds.Exact(), nullable=True, comment="of one `unit`"),
        sa.PrimaryKeyConstraint("order", "revision", "n", name=op.f("pk_order_translated")),
        schema="exchange",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price",
        sa.Column("party", kinds.Key, autoincrement=False, nullable=False, comment="0: all"),
        sa.Column("sku", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("price", kinds.Exact(), nullable=False, comment="of the SKU's own unit, VAT included"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("changed_at", kinds.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("party", "sku", "valid_from", name=op.f("pk_price")),
        schema="warehouse",
    )
    op.create_table(
        "order_policy",
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("outlet", kinds.Code(), nullable=False, comment="the manufacturer's code; empty: all of the party's"),
        sa.Column("credit", sa.String(length=10), nullable=False),
        sa.Column("overdue_amount", kinds.Exact(), nullable=True),
        sa.Column("overdue_days", sa.Integer(), nullable=True),
        sa.Column("credit_limit", kinds.Exact(), nullable=True),
        sa.Column("stale_days", sa.Integer(), nullable=True),
        sa.Column("stale", sa.String(length=10), nullable=False),
        sa.Column("stock", sa.String(length=10), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_order_policy_party")),
        sa.PrimaryKeyConstraint("party", "outlet", name=op.f("pk_order_policy")),
        schema="exchange",
    )
    op.create_table(
        "order_batch",
        sa.Column("id", sa.String(length=32), nullable=False, comment="random: what the caller quotes"),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("lease_until", kinds.Instant(), nullable=False),
        sa.Column("ended_at", kinds.Instant(), nullable=True, comment="acknowledged, or run out"),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("more", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_order_batch_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_batch")),
        schema="exchange",
    )
    op.create_index(
        op.f("ix_order_batch_ended_at_lease_until"),
        "order_batch",
        ["ended_at", "lease_until"],
        unique=False,
        schema="exchange",
    )
    op.create_index(
        op.f("ix_order_batch_site_ended_at"), "order_batch", ["site", "ended_at"], unique=False, schema="exchange"
    )
    op.create_table(
        "order_head",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="transfer or purchase"),
        sa.Column(
            "origin", kinds.Key, nullable=False, comment="the site that sent a purchase order; 0: the manufacturer"
        ),
        sa.Column("id", kinds.Code(250), nullable=False, comment="the giver's own"),
        sa.Column("party", kinds.Key, nullable=True, comment="the distributor; none: not routed yet"),
        sa.Column("site", kinds.Key, nullable=True, comment="who pulls it, or who sent it"),
        sa.Column("organization", kinds.Code(14), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the current one, from 1"),
        sa.Column("state", sa.String(length=15), nullable=False),
        sa.Column("received_at", kinds.Instant(), nullable=False),
        sa.Column("changed_at", kinds.Instant(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False, comment="the other side has had a revision of it"),
        sa.Column(
            "look_at", kinds.Instant(), nullable=True, comment="when a held order is tried again, whatever changed"
        ),
        sa.Column(
            "seen_change", kinds.Key, nullable=False, comment="the crosswalk's last change when it was last tried"
        ),
        sa.Column("offered", kinds.Key, nullable=True, comment="the step by which it was last offered"),
        sa.Column("untold", sa.Boolean(), nullable=False, comment="reconciliation has not heard of its last change"),
        sa.Column("document_id", kinds.Code(), nullable=True, comment="the other side's document"),
        sa.Column("document_number", kinds.Name(100), nullable=True),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_order_head_party")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_order_head_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_order_head")),
        sa.UniqueConstraint("origin", "id", name=op.f("uq_order_head_origin_id")),
        schema="exchange",
    )
    op.create_index(
        op.f("ix_order_head_kind_offered"), "order_head", ["kind", "offered"], unique=False, schema="exchange"
    )
    op.create_index(
        op.f("ix_order_head_site_changed_at"), "order_head", ["site", "changed_at"], unique=False, schema="exchange"
    )
    op.create_index(op.f("ix_order_head_site_state"), "order_head", ["site", "state"], unique=False, schema="exchange")
    op.create_index(
        op.f("ix_order_head_state_party"), "order_head", ["state", "party"], unique=False, schema="exchange"
    )
    op.create_index(op.f("ix_order_head_untold"), "order_head", ["untold"], unique=False, schema="exchange")
    op.create_table(
        "serves",
        sa.Column("outlet", kinds.Code(), nullable=False, comment="the manufacturer's code"),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=True),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_serves_party")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_serves_site")),
        sa.PrimaryKeyConstraint("outlet", "first_date", name=op.f("pk_serves")),
        schema="exchange",
        comment="who serves an outlet, from when on; of several the one that began last",
    )
    op.create_table(
        "order_batch_item",
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("order", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["exchange.order_batch.id"], name=op.f("fk_order_batch_item_batch")),
        sa.PrimaryKeyConstraint("batch", "order", name=op.f("pk_order_batch_item")),
        schema="exchange",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_step",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("order", kinds.Key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", kinds.Instant(), nullable=False),
        sa.Column("state", sa.String(length=15), nullable=False, comment="where it went, or was asked to go"),
        sa.Column("made_by", kinds.Name(200), nullable=False),
        sa.Column("packet", kinds.Code(), nullable=True, comment="id of the packet or batch"),
        sa.Column("note", kinds.Name(1000), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("source", kinds.Code(400), nullable=True, comment="what it was taken from, so that it is taken once"),
        sa.ForeignKeyConstraint(["order"], ["exchange.order_head.key"], name=op.f("fk_order_step_order")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_order_step")),
        schema="exchange",
    )
    op.create_index(
        "ix_order_step_once",
        "order_step",
        ["order", "source"],
        unique=True,
        schema="exchange",
        sqlite_where=sa.text("source IS NOT NULL"),
        mssql_where=sa.text("source IS NOT NULL"),
    )
    op.create_index(op.f("ix_order_step_order"), "order_step", ["order"], unique=False, schema="exchange")
    op.create_table(
        "order_news",
        sa.Column("packet", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("done", kinds.Key, nullable=False, comment="the last of its documents that was seen to"),
        sa.ForeignKeyConstraint(["packet"], ["exchange.packet.key"], name=op.f("fk_order_news_packet")),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_order_news")),
        schema="exchange",
        comment="loaded packets that may speak of orders: written with the journal, deleted with what they led to",
    )
    op.create_table(
        "order_revision",
        sa.Column("order", kinds.Key, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("received_at", kinds.Instant(), nullable=False),
        sa.Column("received_by", kinds.Name(100), nullable=False),
        sa.Column("packet", kinds.Key, nullable=True, comment="that brought it"),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("named_party", kinds.Code(), nullable=True, comment="whom the giver named"),
        sa.Column("outlet", kinds.Code(), nullable=True, comment="the manufacturer's code"),
        sa.Column("their_outlet", kinds.Code(), nullable=True, comment="the distributor's code"),
        sa.Column("wanted", sa.Date(), nullable=True),
        sa.Column("place", kinds.Code(), nullable=True),
        sa.Column("agreement", kinds.Code(), nullable=True),
        sa.Column("comment", kinds.Name(1000), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("cancels", sa.Boolean(), nullable=False),
        sa.Column("before", sa.String(length=15), nullable=True, comment="the order's state when it came"),
        sa.Column(
            "released_by", kinds.Name(100), nullable=True, comment="who let it go on in spite of the credit policy"
        ),
        sa.Column("released_reason", kinds.Name(1000), nullable=True),
        sa.Column(
            "offer",
            kinds.Text,
            nullable=True,
            comment="as it is given to the distributor: an element of the order packet",
        ),
        sa.Column("batch", sa.String(length=32), nullable=True, comment="the batch that gave it out last"),
        sa.Column("answered_at", kinds.Instant(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("reason", kinds.Name(1000), nullable=True),
        sa.ForeignKeyConstraint(["order"], ["exchange.order_head.key"], name=op.f("fk_order_revision_order")),
        sa.ForeignKeyConstraint(["packet"], ["exchange.packet.key"], name=op.f("fk_order_revision_packet")),
        sa.PrimaryKeyConstraint("order", "revision", name=op.f("pk_order_revision")),
        schema="exchange",
    )
    op.create_index(op.f("ix_order_revision_batch"), "order_revision", ["batch"], unique=False, schema="exchange")
    op.create_index(
        op.f("ix_distributor_code_party_register_target"),
        "distributor_code",
        ["party", "register", "target"],
        unique=False,
        schema="warehouse",
    )
    op.create_index(
        "ix_mapping_bounded",
        "mapping",
        ["target"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("ended IS NULL AND valid_to < '9999-12-31'"),
        mssql_where=sa.text("ended IS NULL AND valid_to < '9999-12-31'"),
    )
    op.drop_index("ix_mapping_ended", "mapping", schema="warehouse")
    op.create_index(
        "ix_mapping_ended",
        "mapping",
        ["ended"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("ended IS NOT NULL"),
        mssql_where=sa.text("ended IS NOT NULL"),
    )
