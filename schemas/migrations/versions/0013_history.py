"""Packets that were imported are known for it: no limit of quality is held against history."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table in ("attempt", "packet"):
        op.add_column(table, sa.Column("historic", sa.Boolean()), schema="exchange")
