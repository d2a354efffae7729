"""Documents' fingerprints, in facts and in staging: a change of any field of what is sent again is noticed."""

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
