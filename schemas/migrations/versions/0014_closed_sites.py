"""Sites that exchange no more, as when a distributor has left."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    closed_at = sa.Column("closed_at", kinds.Instant(), comment="since when it exchanges no more; none: it does")
    op.add_column("site", closed_at, schema="exchange")
    op.add_column("site", sa.Column("closed_by", kinds.Name(200)), schema="exchange")
