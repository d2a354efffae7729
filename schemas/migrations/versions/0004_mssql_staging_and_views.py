"""MS SQL's staging, who the senders are beside their facts, and views for analysts and BI."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0004"
down_revision = "0003"

HEAD = "s.party_code, s.party_name, s.site_code, d.organization"
TAIL = "d.packet, d.created AS packet_created"
SKU = "p.code AS product_code, k.code AS sku_code, k.name AS sku_name, r.unit"
OUTLET = "oc.code AS outlet_code, o.code AS our_outlet_code, o.name AS our_outlet_name"
WAREHOUSE = "wc.code AS warehouse_code, w.code AS our_warehouse_code, w.name AS our_warehouse_name"


def upgrade() -> None:
    _senders()
    if op.get_context().dialect.name == "mssql":
        _staging()
    _shipments()
    _stock()
    _receivables()
    _orders()


def _shipments() -> None:
    numbers = _exact("quantity", "price", "discount", "amount", "vat", "vat_rate")
    _view(
        "shipments",
        f"{HEAD}, d.[identity] AS document_id, d.number, d.[date], COALESCE(d.kind, 'sale') AS kind, {OUTLET}, "
        f"{WAREHOUSE}, d.[order] AS order_id, d.agreement, COALESCE(d.currency, 'RUB') AS currency, r.n AS line, "
        f"{SKU}, {numbers}, r.batch, r.produced, r.expiry, r.gtin, {TAIL}",
        [*_code("oc", "o", "outlet", "d.outlet", "d.our_outlet"), *_warehouse("d.warehouse"), *_product()],
    )


def _stock() -> None:
    _view(
        "stock",
        f"{HEAD}, d.[date], d.as_of, {WAREHOUSE}, r.n AS line, {SKU}, {_exact('quantity', 'reserved', 'in_transit')}, "
        f"r.batch, r.produced, r.expiry, {TAIL}",
        [*_warehouse("d.code"), *_product()],
    )


def _receivables() -> None:
    _view(
        "receivables",
        f"{HEAD}, d.[date], {OUTLET}, r.agreement, r.number AS invoice_number, r.[date] AS invoice_date, r.due, "
        f"{_exact('amount', 'open_amount')}, COALESCE(r.currency, 'RUB') AS currency, {TAIL}",
        _code("oc", "o", "outlet", "d.code", "d.our_outlet"),
    )


def _orders() -> None:
    _view(
        "orders",
        f"{HEAD}, d.[identity] AS document_id, d.number, d.[date], d.wanted, d.place, d.agreement, d.comment, "
        f"COALESCE(d.currency, 'RUB') AS currency, r.n AS line, {SKU}, {_exact('quantity', 'price', 'amount')}, {TAIL}",
        _product(),
    )


def _view(feed: str, columns: str, joins: list[str]) -> None:
    """SQLite keeps a view's text as it is, and the file may be opened under another name: only MS SQL's says where."""
    of = _of()
    op.execute(
        f"CREATE VIEW warehouse.v_{feed} AS SELECT {columns} FROM {of}{feed}_row AS r "
        f"JOIN {of}{feed}_document AS d ON d.[key] = r.document LEFT JOIN {of}sender AS s ON s.site = d.site "
        + " ".join(joins)
        + " WHERE d.deleted = 0"
    )


def _product() -> list[str]:
    return _code("p", "k", "sku", "r.product", "r.sku")


def _warehouse(code: str) -> list[str]:
    return _code("wc", "w", "warehouse", code, "d.our_warehouse")


def _code(theirs: str, ours: str, register: str, code: str, target: str) -> list[str]:
    return [
        f"LEFT JOIN {_of()}distributor_code AS {theirs} ON {theirs}.[key] = {code}",
        f"LEFT JOIN {_of()}{register} AS {ours} ON {ours}.[key] = {target}",
    ]


def _exact(*names: str) -> str:
    """SQLite keeps exact numbers as millionths."""
    sqlite = op.get_context().dialect.name == "sqlite"
    return ", ".join(f"r.{name} / 1000000.0 AS {name}" if sqlite else f"r.{name}" for name in names)


def _of() -> str:
    return "warehouse." if op.get_context().dialect.name == "mssql" else ""


def _senders() -> None:
    op.create_table(
        "sender",
        sa.Column("site", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("site_code", kinds.Code(), nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("party_code", kinds.Code(), nullable=False),
        sa.Column("party_name", kinds.Name(200), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_sender")),
        schema="warehouse",
        comment="whose facts they are, for views: as of the last load",
    )

    op.execute(
        "INSERT INTO warehouse.sender (site, site_code, party, party_code, party_name) "
        "SELECT s.[key], s.code, p.[key], p.code, p.name FROM exchange.site AS s "
        "JOIN exchange.party AS p ON p.[key] = s.party"
    )


def _staging() -> None:
    """In SQLite every load makes its own, in a file that goes with it."""
    op.create_table(
        "code",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("register", sa.String(length=10), nullable=False),
        sa.Column("code", kinds.Code(), nullable=False),
        sa.Column("gtin", kinds.Code(14), nullable=True),
        sa.Column("key", kinds.Key, nullable=True),
        sa.Column("target", kinds.Key, nullable=True),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_code")),
        sa.UniqueConstraint("claim", "register", "code", name=op.f("uq_code_claim_register_code")),
        schema="staging",
    )

    op.create_table(
        "extension",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="row within the document, from 0; -1 for the document itself",
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", kinds.Name(100), nullable=False),
        sa.Column("value", kinds.Name(2000), nullable=False),
        schema="staging",
    )
    op.create_index(
        op.f("ix_extension_claim_document"),
        "extension",
        ["claim", "document"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )

    op.create_table(
        "movements_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("kind", kinds.Name(1000), nullable=True),
        sa.Column("warehouse", sa.Integer(), nullable=True),
        sa.Column("to_warehouse", sa.Integer(), nullable=True),
        sa.Column("supplier_document", kinds.Name(1000), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_movements_document")),
        schema="staging",
    )

    op.create_table(
        "movements_row",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.String(length=40), nullable=True),
        sa.Column("product", sa.Integer(), nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("batch", kinds.Name(1000), nullable=True),
        sa.Column("produced", sa.Date(), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        schema="staging",
    )
    op.create_index(
        op.f("ix_movements_row_claim_row"),
        "movements_row",
        ["claim", "row"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )

    op.create_table(
        "order_statuses_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("sender_number", kinds.Name(1000), nullable=True),
        sa.Column("happened_at", kinds.Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("status", kinds.Name(1000), nullable=True),
        sa.Column("reason", kinds.Name(1000), nullable=True),
        sa.Column("shipment", kinds.Name(1000), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_order_statuses_document")),
        schema="staging",
    )

    op.create_table(
        "order_statuses_row",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.String(length=40), nullable=True),
        sa.Column("product", sa.Integer(), nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        schema="staging",
    )
    op.create_index(
        op.f("ix_order_statuses_row_claim_row"),
        "order_statuses_row",
        ["claim", "row"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )

    op.create_table(
        "orders_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Date(), nullable=True),
        sa.Column("place", kinds.Name(1000), nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("comment", kinds.Name(1000), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_orders_document")),
        schema="staging",
    )

    op.create_table(
        "orders_row",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.String(length=40), nullable=True),
        sa.Column("product", sa.Integer(), nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("price", kinds.Exact(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        schema="staging",
    )
    op.create_index(
        op.f("ix_orders_row_claim_row"),
        "orders_row",
        ["claim", "row"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )

    op.create_table(
        "outlets_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
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
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_outlets_document")),
        schema="staging",
    )

    op.create_table(
        "products_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("name", kinds.Name(1000), nullable=True),
        sa.Column("gtin", kinds.Name(1000), nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("factor", kinds.Exact(), nullable=True),
        sa.Column("manufacturer_code", kinds.Name(1000), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_products_document")),
        schema="staging",
    )

    op.create_table(
        "receivables_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_receivables_document")),
        schema="staging",
    )

    op.create_table(
        "receivables_row",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.String(length=40), nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("number", kinds.Name(1000), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("open_amount", kinds.Exact(), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        schema="staging",
    )
    op.create_index(
        op.f("ix_receivables_row_claim_row"),
        "receivables_row",
        ["claim", "row"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )

    op.create_table(
        "settlements_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("kind", kinds.Name(1000), nullable=True),
        sa.Column("outlet", sa.Integer(), nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=True),
        sa.Column("pieces", kinds.Exact(), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_settlements_document")),
        schema="staging",
    )

    op.create_table(
        "shipments_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("kind", kinds.Name(1000), nullable=True),
        sa.Column("outlet", sa.Integer(), nullable=True),
        sa.Column("warehouse", sa.Integer(), nullable=True),
        sa.Column("order", kinds.Name(1000), nullable=True),
        sa.Column("agreement", kinds.Name(1000), nullable=True),
        sa.Column("currency", kinds.Name(1000), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_shipments_document")),
        schema="staging",
    )

    op.create_table(
        "shipments_row",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.String(length=40), nullable=True),
        sa.Column("product", sa.Integer(), nullable=True),
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
        schema="staging",
    )
    op.create_index(
        op.f("ix_shipments_row_claim_row"),
        "shipments_row",
        ["claim", "row"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )

    op.create_table(
        "stock_document",
        sa.Column("claim", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("number", kinds.Name(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("as_of", kinds.Instant(), nullable=True),
        sa.Column("key", kinds.Key, nullable=True, comment="the fact that it replaces"),
        sa.Column("stale", sa.Boolean(), nullable=False, comment="a newer packet has spoken for it"),
        sa.PrimaryKeyConstraint("claim", "ordinal", name=op.f("pk_stock_document")),
        schema="staging",
    )

    op.create_table(
        "stock_row",
        sa.Column("claim", kinds.Key, nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.String(length=40), nullable=True),
        sa.Column("product", sa.Integer(), nullable=True),
        sa.Column("unit", kinds.Name(1000), nullable=True),
        sa.Column("okei", kinds.Name(1000), nullable=True),
        sa.Column("quantity", kinds.Exact(), nullable=True),
        sa.Column("reserved", kinds.Exact(), nullable=True),
        sa.Column("in_transit", kinds.Exact(), nullable=True),
        sa.Column("batch", kinds.Name(1000), nullable=True),
        sa.Column("produced", sa.Date(), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        schema="staging",
    )
    op.create_index(
        op.f("ix_stock_row_claim_row"),
        "stock_row",
        ["claim", "row"],
        unique=False,
        schema="staging",
        mssql_clustered=True,
    )
