"""Documents' fingerprints, in facts and in staging, and what outlets of ours are known by."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0006"
down_revision = "0005"

FEEDS = ("stock", "movements", "shipments", "receivables", "settlements", "outlets", "products", "orders")
DOCUMENTS = [f"{feed}_document" for feed in (*FEEDS, "order_statuses")]


def upgrade() -> None:
    schemas = ("warehouse", "staging") if op.get_context().dialect.name == "mssql" else ("warehouse",)
    for schema in schemas:
        for table in DOCUMENTS:
            op.add_column(table, sa.Column("fingerprint", kinds.Key), schema=schema)
    for name in ("inn", "kpp", "fsrar_id"):
        op.add_column("outlet", sa.Column(name, kinds.Code(14)), schema="warehouse")
