"""The first slice: parties and packets in `exchange`; reference, crosswalk and two feeds' facts in `warehouse`."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("at", kinds.Instant(), nullable=False),
        sa.Column("login", kinds.Name(200), nullable=True),
        sa.Column("site", kinds.Key, nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("packet_id", kinds.Name(100), nullable=True),
        sa.Column(
            "outcome", sa.String(length=60), nullable=False, comment="status of the answer, or code of the fault"
        ),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False, comment="size of the request"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit")),
        schema="exchange",
        comment="every request",
    )
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_key", kinds.Key, nullable=False),
        sa.Column("last_key", kinds.Key, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sealed_at", kinds.Instant(), nullable=False),
        sa.Column(
            "hash", sa.String(length=64), nullable=False, comment="over the seal before and every row of the segment"
        ),
        sa.Column(
            "marks", kinds.Bytes, nullable=False, comment="key and short hash of each row: which one was touched"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
        schema="exchange",
    )
    op.create_table(
        "party",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("name", kinds.Name(200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_party")),
        sa.UniqueConstraint("code", name=op.f("uq_party_code")),
        schema="exchange",
    )
    op.create_table(
        "payload",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes as kept"),
        sa.Column("kept_at", kinds.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_payload")),
        schema="exchange",
    )
    op.create_table(
        "person",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("name", kinds.Code(), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False, comment="argon2 hash"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_person")),
        sa.UniqueConstraint("name", name=op.f("uq_person_name")),
        schema="exchange",
    )
    op.create_table(
        "coverage",
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("warehouse", kinds.Code(), nullable=False, comment="empty where the feed has no warehouses"),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("packet", "warehouse", name=op.f("pk_coverage")),
        schema="warehouse",
        comment="windows that replace and snapshot packets have spoken for",
    )
    op.create_index(
        op.f("ix_coverage_site_feed_organization_last_date"),
        "coverage",
        ["site", "feed", "organization", "last_date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "distributor_code",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("register", sa.String(length=10), nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("gtin", kinds.Code(14), nullable=True),
        sa.Column("target", kinds.Key, nullable=True, comment="key of our SKU, outlet or warehouse"),
        sa.Column("mapped_at", kinds.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_distributor_code")),
        sa.UniqueConstraint("party", "register", "code", name=op.f("uq_distributor_code_party_register_code")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_distributor_code_register_target"),
        "distributor_code",
        ["register", "target"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "extension",
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="the line; 0 for the document itself"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", kinds.Name(100), nullable=False, comment="`mark` for marking codes"),
        sa.Column("value", kinds.Name(2000), nullable=False),
        sa.PrimaryKeyConstraint("feed", "document", "n", "number", name=op.f("pk_extension")),
        schema="warehouse",
    )
    op.create_table(
        "fence",
        sa.Column("packet", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_fence")),
        schema="warehouse",
    )
    op.create_table(
        "loaded",
        sa.Column("packet", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("rows_loaded", sa.Integer(), nullable=False),
        sa.Column("rows_unmapped", sa.Integer(), nullable=False),
        sa.Column("rows_quarantined", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_loaded")),
        schema="warehouse",
        comment="what each packet's load did: written with its facts",
    )
    op.create_table(
        "movements_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("kind", kinds.Name(1000), nullable=True),
        sa.Column("warehouse", kinds.Key, nullable=True),
        sa.Column("our_warehouse", kinds.Key, nullable=True),
        sa.Column("to_warehouse", kinds.Key, nullable=True),
        sa.Column("our_to_warehouse", kinds.Key, nullable=True),
        sa.Column("supplier_document", kinds.Name(1000), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_movements_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_movements_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_movements_document_packet"), "movements_document", ["packet"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_movements_document_site_organization_date"),
        "movements_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "order_statuses_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("sender_number", kinds.Name(1000), nullable=True),
        sa.Column("happened_at", kinds.Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("status", kinds.Name(1000), nullable=True),
        sa.Column("reason", kinds.Name(1000), nullable=True),
        sa.Column("shipment", kinds.Name(1000), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_order_statuses_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_order_statuses_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_order_statuses_document_packet"),
        "order_statuses_document",
        ["packet"],
        unique=False,
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_order_statuses_document_site_organization_date"),
        "order_statuses_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "orders_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("wanted", sa.Date(), nullable=True),
        sa.Column("place", kinds.Name(1000), nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("comment", kinds.Name(1000), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_orders_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_orders_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_orders_document_packet"), "orders_document", ["packet"], unique=False, schema="warehouse")
    op.create_index(
        op.f("ix_orders_document_site_organization_date"),
        "orders_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "outlet",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("name", kinds.Name(500), nullable=False),
        sa.Column("changed_at", kinds.Instant(), nullable=False),
        sa.Column("address", kinds.Name(1000), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outlet")),
        sa.UniqueConstraint("code", name=op.f("uq_outlet_code")),
        schema="warehouse",
    )
    op.create_table(
        "outlets_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("code", kinds.Key, nullable=True),
        sa.Column("our_outlet", kinds.Key, nullable=True),
        sa.Column("name", kinds.Name(1000), nullable=True),
        sa.Column("legal_name", kinds.Name(1000), nullable=True),
        sa.Column("inn", kinds.Name(1000), nullable=True),
        sa.Column("kpp", kinds.Name(1000), nullable=True),
        sa.Column("legal_address", kinds.Name(1000), nullable=True),
        sa.Column("address", kinds.Name(1000), nullable=True),
        sa.Column("channel", kinds.Name(1000), nullable=True),
        sa.Column("phones", kinds.Name(1000), nullable=True),
        sa.Column("email", kinds.Name(1000), nullable=True),
        sa.Column("latitude", kinds.Exact(), nullable=True),
        sa.Column("longitude", kinds.Exact(), nullable=True),
        sa.Column("fsrar_id", kinds.Name(1000), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outlets_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_outlets_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_outlets_document_packet"), "outlets_document", ["packet"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_outlets_document_site_organization_date"),
        "outlets_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "products_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("code", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("name", kinds.Name(1000), nullable=True),
        sa.Column("gtin", kinds.Name(1000), nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("factor", kinds.Exact(), nullable=True),
        sa.Column("manufacturer_code", kinds.Name(1000), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_products_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_products_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_products_document_packet"), "products_document", ["packet"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_products_document_site_organization_date"),
        "products_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "quarantine",
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("document", kinds.Name(250), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False, comment="code of the problem"),
        sa.PrimaryKeyConstraint("packet", "row", name=op.f("pk_quarantine")),
        schema="warehouse",
    )
    op.create_table(
        "receivables_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("code", kinds.Key, nullable=True),
        sa.Column("our_outlet", kinds.Key, nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receivables_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_receivables_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_receivables_document_packet"), "receivables_document", ["packet"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_receivables_document_site_organization_date"),
        "receivables_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "settlements_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("kind", kinds.Name(1000), nullable=True),
        sa.Column("outlet", kinds.Key, nullable=True),
        sa.Column("our_outlet", kinds.Key, nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("pieces", kinds.Exact(), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settlements_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_settlements_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_settlements_document_packet"), "settlements_document", ["packet"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_settlements_document_site_organization_date"),
        "settlements_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "shipments_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("kind", kinds.Name(1000), nullable=True),
        sa.Column("outlet", kinds.Key, nullable=True),
        sa.Column("our_outlet", kinds.Key, nullable=True),
        sa.Column("warehouse", kinds.Key, nullable=True),
        sa.Column("our_warehouse", kinds.Key, nullable=True),
        sa.Column("order", kinds.Name(1000), nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shipments_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_shipments_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_shipments_document_packet"), "shipments_document", ["packet"], unique=False, schema="warehouse"
    )
    op.create_index(
        op.f("ix_shipments_document_site_organization_date"),
        "shipments_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "sku",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("name", kinds.Name(500), nullable=False),
        sa.Column("changed_at", kinds.Instant(), nullable=False),
        sa.Column("gtin", kinds.Code(14), nullable=True),
        sa.Column("unit", kinds.Name(100), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sku")),
        sa.UniqueConstraint("code", name=op.f("uq_sku_code")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_sku_gtin"), "sku", ["gtin"], unique=False, schema="warehouse")
    op.create_table(
        "stock_document",
        sa.Column("key", kinds.Key, autoincrement=False, nullable=False, comment="packet × 2²⁶ + place in the packet"),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("code", kinds.Key, nullable=True),
        sa.Column("our_warehouse", kinds.Key, nullable=True),
        sa.Column("as_of", kinds.Instant(), nullable=True),
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, comment="deleted or withdrawn; it has no rows"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stock_document")),
        sa.UniqueConstraint("site", "identity", name=op.f("uq_stock_document_site_identity")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_stock_document_packet"), "stock_document", ["packet"], unique=False, schema="warehouse")
    op.create_index(
        op.f("ix_stock_document_site_organization_date"),
        "stock_document",
        ["site", "organization", "date"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "warehouse",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("name", kinds.Name(500), nullable=False),
        sa.Column("changed_at", kinds.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
        schema="warehouse",
    )
    op.create_table(
        "payload_part",
        sa.Column("payload", kinds.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", kinds.Bytes, nullable=False),
        sa.ForeignKeyConstraint(["payload"], ["exchange.payload.key"], name=op.f("fk_payload_part_payload")),
        sa.PrimaryKeyConstraint("payload", "number", name=op.f("pk_payload_part")),
        schema="exchange",
    )
    op.create_table(
        "severity",
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_severity_party")),
        sa.PrimaryKeyConstraint("party", "code", name=op.f("pk_severity")),
        schema="exchange",
        comment="problems that count more or less than usual for a party",
    )
    op.create_table(
        "site",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column(
            "addresses", kinds.Name(1000), nullable=True, comment="networks it may call from, blank between; none: any"
        ),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_site_party")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site")),
        sa.UniqueConstraint("party", "code", name=op.f("uq_site_party_code")),
        schema="exchange",
    )
    op.create_table(
        "visit",
        sa.Column("token", sa.String(length=64), nullable=False, comment="SHA-256 of the cookie"),
        sa.Column("person", kinds.Key, nullable=False),
        sa.Column("ends", kinds.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["exchange.person.key"], name=op.f("fk_visit_person")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_visit")),
        schema="exchange",
    )
    op.create_index(op.f("ix_visit_person"), "visit", ["person"], unique=False, schema="exchange")
    op.create_table(
        "movements_row",
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="row of the packet, from 1"),
        sa.Column("product", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("batch", kinds.Name(1000), nullable=True),
        sa.Column("produced", sa.Date(), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document"], ["warehouse.movements_document.key"], name=op.f("fk_movements_row_document")
        ),
        sa.PrimaryKeyConstraint("document", "n", name=op.f("pk_movements_row")),
        schema="warehouse",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_movements_row_product"),
        "movements_row",
        ["product"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("sku IS NULL"),
        mssql_where=sa.text("sku IS NULL"),
    )
    op.create_table(
        "order_statuses_row",
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="row of the packet, from 1"),
        sa.Column("product", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document"], ["warehouse.order_statuses_document.key"], name=op.f("fk_order_statuses_row_document")
        ),
        sa.PrimaryKeyConstraint("document", "n", name=op.f("pk_order_statuses_row")),
        schema="warehouse",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_order_statuses_row_product"),
        "order_statuses_row",
        ["product"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("sku IS NULL"),
        mssql_where=sa.text("sku IS NULL"),
    )
    op.create_table(
        "orders_row",
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="row of the packet, from 1"),
        sa.Column("product", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("price", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["warehouse.orders_document.key"], name=op.f("fk_orders_row_document")),
        sa.PrimaryKeyConstraint("document", "n", name=op.f("pk_orders_row")),
        schema="warehouse",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_orders_row_product"),
        "orders_row",
        ["product"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("sku IS NULL"),
        mssql_where=sa.text("sku IS NULL"),
    )
    op.create_table(
        "receivables_row",
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="row of the packet, from 1"),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("number", kinds.Name(1000), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("open_amount", kinds.Exact(), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["document"], ["warehouse.receivables_document.key"], name=op.f("fk_receivables_row_document")
        ),
        sa.PrimaryKeyConstraint("document", "n", name=op.f("pk_receivables_row")),
        schema="warehouse",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shipments_row",
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="row of the packet, from 1"),
        sa.Column("product", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("price", kinds.Exact(), nullable=True),
        sa.Column("discount", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("vat", kinds.Exact(), nullable=True),
        sa.Column("vat_rate", kinds.Exact(), nullable=True),
        sa.Column("batch", kinds.Name(1000), nullable=True),
        sa.Column("produced", sa.Date(), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        sa.Column("gtin", kinds.Name(1000), nullable=True),
        sa.Column("alcocode", kinds.Name(1000), nullable=True),
        sa.Column("form2", kinds.Name(1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["document"], ["warehouse.shipments_document.key"], name=op.f("fk_shipments_row_document")
        ),
        sa.PrimaryKeyConstraint("document", "n", name=op.f("pk_shipments_row")),
        schema="warehouse",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_shipments_row_product"),
        "shipments_row",
        ["product"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("sku IS NULL"),
        mssql_where=sa.text("sku IS NULL"),
    )
    op.create_table(
        "stock_row",
        sa.Column("document", kinds.Key, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="row of the packet, from 1"),
        sa.Column("product", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("reserved", kinds.Exact(), nullable=True),
        sa.Column("in_transit", kinds.Exact(), nullable=True),
        sa.Column("batch", kinds.Name(1000), nullable=True),
        sa.Column("produced", sa.Date(), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["warehouse.stock_document.key"], name=op.f("fk_stock_row_document")),
        sa.PrimaryKeyConstraint("document", "n", name=op.f("pk_stock_row")),
        schema="warehouse",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_stock_row_product"),
        "stock_row",
        ["product"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("sku IS NULL"),
        mssql_where=sa.text("sku IS NULL"),
    )
    op.create_table(
        "attempt",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("packet_id", kinds.Code(), nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("received_at", kinds.Instant(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("problems_total", sa.Integer(), nullable=False),
        sa.Column("acceptance", kinds.Text, nullable=False, comment="the answer as given, JSON"),
        sa.Column("payload", kinds.Key, nullable=True),
        sa.Column(
            "organization",
            kinds.Code(),
            nullable=True,
            comment="from here on the packet's own words, as far as they could be read",
        ),
        sa.Column("created", kinds.Instant(), nullable=True),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=True),
        sa.Column("software", kinds.Name(1000), nullable=True),
        sa.Column("module", kinds.Name(100), nullable=True),
        sa.ForeignKeyConstraint(["payload"], ["exchange.payload.key"], name=op.f("fk_attempt_payload")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_attempt_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
        schema="exchange",
    )
    op.create_index(op.f("ix_attempt_payload"), "attempt", ["payload"], unique=False, schema="exchange")
    op.create_index(op.f("ix_attempt_received_at"), "attempt", ["received_at"], unique=False, schema="exchange")
    op.create_index(
        op.f("ix_attempt_site_packet_id"), "attempt", ["site", "packet_id"], unique=False, schema="exchange"
    )
    op.create_index(op.f("ix_attempt_status"), "attempt", ["status"], unique=False, schema="exchange")
    op.create_table(
        "login",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("name", kinds.Code(), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False, comment="argon2 hash"),
        sa.Column(
            "old_secret", sa.String(length=200), nullable=True, comment="still valid for a while after a rotation"
        ),
        sa.Column("old_until", kinds.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_login_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login")),
        sa.UniqueConstraint("name", name=op.f("uq_login_name")),
        schema="exchange",
    )
    op.create_index(op.f("ix_login_site"), "login", ["site"], unique=False, schema="exchange")
    op.create_table(
        "notice",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("text", kinds.Name(1000), nullable=False, comment="in the party's language"),
        sa.Column("packet_id", kinds.Code(), nullable=True),
        sa.Column("acknowledged_at", kinds.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_notice_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice")),
        schema="exchange",
        comment="messages to a distributor's 1C",
    )
    op.create_index(
        op.f("ix_notice_site_acknowledged_at_made_at"),
        "notice",
        ["site", "acknowledged_at", "made_at"],
        unique=False,
        schema="exchange",
    )
    op.create_table(
        "regulation",
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("minimum_interval", sa.Integer(), nullable=True, comment="seconds between packets"),
        sa.Column("history_days", sa.Integer(), nullable=True, comment="how far back documents may be dated"),
        sa.Column("closed_through", sa.Date(), nullable=True, comment="a packet that reaches back to here is held"),
        sa.Column(
            "shrink_percent", sa.Integer(), nullable=True, comment="a packet that withdraws more of its scope is held"
        ),
        sa.Column(
            "modes", sa.String(length=40), nullable=True, comment="allowed modes, blank between; none: all of the feed"
        ),
        sa.Column("resend_from", sa.Date(), nullable=True),
        sa.Column("resend_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_regulation_site")),
        sa.PrimaryKeyConstraint("site", "feed", name=op.f("pk_regulation")),
        schema="exchange",
        comment="what is agreed with a site for a feed; absent: the settings' defaults",
    )
    op.create_table(
        "site_organization",
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("inn", kinds.Code(14), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_site_organization_site")),
        sa.PrimaryKeyConstraint("site", "inn", name=op.f("pk_site_organization")),
        schema="exchange",
    )
    op.create_table(
        "transfer",
        sa.Column("key", sa.String(length=32), nullable=False, comment="random: what the caller quotes"),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("packet_id", kinds.Code(), nullable=False),
        sa.Column("total_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("payload", kinds.Key, nullable=False),
        sa.Column("opened_at", kinds.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["payload"], ["exchange.payload.key"], name=op.f("fk_transfer_payload")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_transfer_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_transfer")),
        schema="exchange",
    )
    op.create_index(op.f("ix_transfer_opened_at"), "transfer", ["opened_at"], unique=False, schema="exchange")
    op.create_index(
        op.f("ix_transfer_site_packet_id"), "transfer", ["site", "packet_id"], unique=False, schema="exchange"
    )
    op.create_table(
        "packet",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("packet_id", kinds.Code(), nullable=False),
        sa.Column("attempt", kinds.Key, nullable=False),
        sa.Column("payload", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("software", kinds.Name(1000), nullable=True),
        sa.Column("module", kinds.Name(100), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", kinds.Instant(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("changed_at", kinds.Instant(), nullable=False),
        sa.Column("rows_loaded", sa.Integer(), nullable=False),
        sa.Column("rows_unmapped", sa.Integer(), nullable=False),
        sa.Column("rows_quarantined", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["exchange.attempt.key"], name=op.f("fk_packet_attempt")),
        sa.ForeignKeyConstraint(["payload"], ["exchange.payload.key"], name=op.f("fk_packet_payload")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_packet_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_packet")),
        sa.UniqueConstraint("attempt", name=op.f("uq_packet_attempt")),
        sa.UniqueConstraint("site", "packet_id", name=op.f("uq_packet_site_packet_id")),
        schema="exchange",
    )
    op.create_index(op.f("ix_packet_received_at"), "packet", ["received_at"], unique=False, schema="exchange")
    op.create_index(
        op.f("ix_packet_site_feed_received_at"),
        "packet",
        ["site", "feed", "received_at"],
        unique=False,
        schema="exchange",
    )
    op.create_index(op.f("ix_packet_state_attempt"), "packet", ["state", "attempt"], unique=False, schema="exchange")
    op.create_table(
        "problem",
        sa.Column("attempt", kinds.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("document", kinds.Name(250), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("field", kinds.Name(100), nullable=True),
        sa.Column("value", kinds.Name(100), nullable=True),
        sa.Column("params", kinds.Text, nullable=True, comment="JSON: what fills the message"),
        sa.ForeignKeyConstraint(["attempt"], ["exchange.attempt.key"], name=op.f("fk_problem_attempt")),
        sa.PrimaryKeyConstraint("attempt", "number", name=op.f("pk_problem")),
        schema="exchange",
    )
    op.create_table(
        "work",
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("due_at", kinds.Instant(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False, comment="fencing: rises with every claim"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", kinds.Name(500), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["packet"], ["exchange.packet.key"], name=op.f("fk_work_packet")),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_work")),
        schema="exchange",
    )
    op.create_index(op.f("ix_work_failed_due_at"), "work", ["failed", "due_at"], unique=False, schema="exchange")
