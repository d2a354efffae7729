"""Documents' fingerprints, what outlets are known by, dated units, quantities in the SKU's unit, and a long queue."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0006"
down_revision = "0005"

FEEDS = ("stock", "movements", "shipments", "receivables", "settlements", "outlets", "products", "orders")
DOCUMENTS = [f"{feed}_document" for feed in (*FEEDS, "order_statuses")]


HEAD = "s.party_code, s.party_name, s.site_code, d.organization"
TAIL = "d.packet, d.created AS packet_created"
SKU = "p.code AS product_code, k.code AS sku_code, k.name AS sku_name, r.unit"
OUTLET = "oc.code AS outlet_code, o.code AS our_outlet_code, o.name AS our_outlet_name"
WAREHOUSE = "wc.code AS warehouse_code, w.code AS our_warehouse_code, w.name AS our_warehouse_name"
OWN = "CASE WHEN r.unit IS NULL OR k.unit IS NULL OR r.unit = k.unit THEN 1 END"


def upgrade() -> None:
    schemas = ("warehouse", "staging") if _is_mssql() else ("warehouse",)
    for schema in schemas:
        for table in DOCUMENTS:
            op.add_column(table, sa.Column("fingerprint", kinds.Key), schema=schema)
    for name in ("inn", "kpp", "fsrar_id"):
        op.add_column("outlet", sa.Column(name, kinds.Code(14)), schema="warehouse")
    for name, day in (("valid_from", "0001-01-01"), ("valid_to", "9999-12-31")):
        op.add_column("unit", sa.Column(name, sa.Date()), schema="warehouse")
        op.execute(f"UPDATE warehouse.unit SET {name} = '{day}'")
    for name, column in (("ix_work_claimed", "token"), ("ix_work_failure", "failure")):
        given = sa.text(f"{column} IS NOT NULL")
        columns = ["site", "feed", "organization"]
        op.create_index(name, "work", columns, schema="exchange", sqlite_where=given, mssql_where=given)
    for view in ("shipments", "stock", "orders"):
        op.execute(f"DROP VIEW warehouse.v_{view}")
    _shipments()
    _stock()
    _orders()


def _shipments() -> None:
    numbers = _exact("price", "discount", "amount", "vat", "vat_rate")
    _view(
        "shipments",
        f"{HEAD}, d.[identity] AS document_id, d.number, d.[date], COALESCE(d.kind, 'sale') AS kind, {OUTLET}, "
        f"{WAREHOUSE}, d.[order] AS order_id, d.agreement, COALESCE(d.currency, 'RUB') AS currency, r.n AS line, "
        f"{SKU}, {_quantity()}, {numbers}, r.batch, r.produced, r.expiry, r.gtin, {TAIL}",
        [*_code("oc", "o", "outlet", "d.outlet", "d.our_outlet"), *_warehouse("d.warehouse")],
    )


def _stock() -> None:
    _view(
        "stock",
        f"{HEAD}, d.[date], d.as_of, {WAREHOUSE}, r.n AS line, {SKU}, {_quantity()}, "
        f"{_exact('reserved', 'in_transit')}, r.batch, r.produced, r.expiry, {TAIL}",
        _warehouse("d.code"),
    )


def _orders() -> None:
    _view(
        "orders",
        f"{HEAD}, d.[identity] AS document_id, d.number, d.[date], d.wanted, d.place, d.agreement, d.comment, "
        f"COALESCE(d.currency, 'RUB') AS currency, r.n AS line, {SKU}, {_quantity()}, {_exact('price', 'amount')}, "
        f"{TAIL}",
        [],
    )


def _quantity() -> str:
    """As sent; the SKU's unit and the fraction that turns the one into the other; turned, to a millionth."""
    numerator, denominator = (f"COALESCE(uc.{name}, us.{name}, {OWN})" for name in ("numerator", "denominator"))
    known = "CASE WHEN k.[key] IS NOT NULL THEN {} END"
    turned = f"r.quantity * {numerator} / {denominator}"
    if op.get_context().dialect.name == "sqlite":
        turned = f"r.quantity * {numerator} / 1000000.0 / {denominator}"
    return (
        f"{_exact('quantity')}, k.unit AS sku_unit, {known.format(numerator)} AS numerator, "
        f"{known.format(denominator)} AS denominator, {known.format(turned)} AS sku_quantity"
    )


def _view(feed: str, columns: str, joins: list[str]) -> None:
    """As in 0004: SQLite keeps a view's text as it is, and the file may be opened under another name."""
    of = _of()
    units = [
        f"LEFT JOIN {of}unit AS {its} ON {owner} AND {its}.name = r.unit AND {its}.ended IS NULL "
        f"AND {its}.valid_from <= d.[date] AND {its}.valid_to >= d.[date]"
        for its, owner in (("uc", "uc.code = r.product"), ("us", "us.sku = r.sku"))
    ]
    op.execute(
        f"CREATE VIEW warehouse.v_{feed} AS SELECT {columns} FROM {of}{feed}_row AS r "
        f"JOIN {of}{feed}_document AS d ON d.[key] = r.document LEFT JOIN {of}sender AS s ON s.site = d.site "
        + " ".join([*joins, *_code("p", "k", "sku", "r.product", "r.sku"), *units])
        + " WHERE d.deleted = 0"
    )


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
    return "warehouse." if _is_mssql() else ""


def _is_mssql() -> bool:
    return op.get_context().dialect.name == "mssql"
