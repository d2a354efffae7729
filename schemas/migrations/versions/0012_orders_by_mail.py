"""Orders by e-mail, orders that the mapping is followed in, and every bar code of a product."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index(op.f("ix_order_head_look_at"), "order_head", ["look_at"], unique=False, schema="exchange")
    op.add_column(
        "order_news",
        sa.Column("look_at", kinds.Instant(), nullable=True, comment="when one that failed is tried again"),
        schema="exchange",
    )
    op.create_table(
        "order_mail",
        sa.Column("site", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("address", kinds.Name(500), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False, comment="xlsx, commerceml or commerceml-3"),
        sa.Column("due_at", kinds.Instant(), nullable=True, comment="not before: somebody is at it, or it failed"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="on end"),
        sa.Column("failure", kinds.Name(500), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_order_mail_site")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_order_mail")),
        schema="exchange",
        comment="sites that get their orders by e-mail",
    )
    op.create_table(
        "sku_barcode",
        sa.Column("sku", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("gtin", kinds.Code(14), nullable=False),
        sa.PrimaryKeyConstraint("sku", "gtin", name=op.f("pk_sku_barcode")),
        schema="warehouse",
        comment="further bar codes of a SKU's own unit: the first stands with the SKU",
    )
    op.create_index(op.f("ix_sku_barcode_gtin"), "sku_barcode", ["gtin"], unique=False, schema="warehouse")
