"""Scorecards, which of them changed, and their view; slots are found by when they were due."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0010"
down_revision = "0009"

COUNTS = (
    *("party_code", "party_name", "month", "feed", "slots", "met", "in_time", "bad", "excused", "packets", "rejected"),
    *("rows_loaded", "rows_unmapped", "rows_quarantined", "incidents", "reacted", "ended"),
)
PARTS = ("timeliness", "completeness", "quality", "reaction", "rating")


def upgrade() -> None:
    op.create_table(
        "score_mark",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_score_mark")),
        schema="exchange",
        comment="scorecards that changed: written with the change, deleted when it is counted",
    )
    op.create_table(
        "scorecard",
        sa.Column("party", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="its first day"),
        sa.Column("feed", kinds.Code(), nullable=False, comment="* for all together"),
        sa.Column("party_code", kinds.Code(), nullable=False),
        sa.Column("party_name", kinds.Name(200), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("minutes_late", sa.BigInteger(), nullable=False),
        sa.Column("packets", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("rows_loaded", sa.BigInteger(), nullable=False),
        sa.Column("rows_unmapped", sa.BigInteger(), nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("reacted", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("minutes_open", sa.BigInteger(), nullable=False),
        sa.Column("timeliness", kinds.Exact(), nullable=True, comment="percent"),
        sa.Column("completeness", kinds.Exact(), nullable=True, comment="percent"),
        sa.Column("quality", kinds.Exact(), nullable=True, comment="percent"),
        sa.Column("reaction", kinds.Exact(), nullable=True, comment="percent"),
        sa.Column("rating", kinds.Exact(), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("look_at", kinds.Instant(), nullable=True, comment="when time itself changes it"),
        sa.PrimaryKeyConstraint("party", "month", "feed", name=op.f("pk_scorecard")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_scorecard_look_at"), "scorecard", ["look_at"], unique=False, schema="warehouse")
    op.create_index(op.f("ix_slot_due_at"), "slot", ["due_at"], unique=False, schema="exchange")
    _view()


def _view() -> None:
    """SQLite keeps exact numbers as millionths, and a view there reads its own file only."""
    sqlite = op.get_context().dialect.name == "sqlite"
    percents = (f"c.{name} / 1000000.0 AS {name}" if sqlite else f"c.{name}" for name in PARTS)
    op.execute(
        f"CREATE VIEW warehouse.v_scorecard AS SELECT {', '.join(f'c.{name}' for name in COUNTS)}, "
        "CAST(c.minutes_late AS FLOAT) / 60 / NULLIF(c.met - c.in_time, 0) AS late_hours, "
        "CAST(c.minutes_open AS FLOAT) / 60 / NULLIF(c.ended, 0) AS reaction_hours, "
        f"{', '.join(percents)}, c.grade, c.made_at FROM {'' if sqlite else 'warehouse.'}scorecard AS c"
    )
