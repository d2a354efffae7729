"""Lanes: work knows its scope, scopes have the tokens. Corrections: what became of documents."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "scope",
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column(
            "token",
            sa.Integer(),
            nullable=False,
            comment="fencing: rises with every claim of one of its packets",
        ),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_scope_site")),
        sa.PrimaryKeyConstraint("site", "feed", "organization", name=op.f("pk_scope")),
        schema="exchange",
        comment="whose packets are loaded in the order of their `created`, one at a time",
    )
    _renew_work()
    op.drop_table("fence", schema="warehouse")
    op.create_table(
        "fence",
        sa.Column("site", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", "feed", "organization", name=op.f("pk_fence")),
        schema="warehouse",
        comment="the highest token of a scope that has come to the facts: lower ones are out of date",
    )
    _add_history()


def _add_history() -> None:
    op.create_table(
        "history",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("identity", kinds.Code(250), nullable=False),
        sa.Column("packet", kinds.Key, nullable=False, comment="by which it was changed"),
        sa.Column("at", kinds.Instant(), nullable=False),
        sa.Column("change", sa.String(length=10), nullable=False, comment="changed, deleted, withdrawn or returned"),
        sa.Column("old_packet", kinds.Key, nullable=False, comment="which had brought what stood before"),
        *(
            column
            for side in ("old", "new")
            for column in (
                sa.Column(f"{side}_number", kinds.Name(100), nullable=True),
                sa.Column(f"{side}_date", sa.Date(), nullable=True),
                sa.Column(f"{side}_rows", sa.Integer(), nullable=True),
                sa.Column(f"{side}_quantity", kinds.Exact(), nullable=True),
                sa.Column(f"{side}_amount", kinds.Exact(), nullable=True),
            )
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_history")),
        schema="warehouse",
        comment="what became of documents that stood in the facts; quantities and amounts signed",
    )
    op.create_index(op.f("ix_history_packet"), "history", ["packet"], unique=False, schema="warehouse")
    columns = ["site", "feed", "identity"]
    op.create_index(op.f("ix_history_site_feed_identity"), "history", columns, unique=False, schema="warehouse")


def _renew_work() -> None:
    """The queue is made anew from the journal, which knows every packet that is not loaded."""
    op.drop_index(op.f("ix_work_failed_due_at"), "work", schema="exchange")
    op.drop_table("work", schema="exchange")
    op.create_table(
        "work",
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("organization", kinds.Code(14), nullable=False),
        sa.Column("created", kinds.Instant(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column(
            "due_at", kinds.Instant(), nullable=False, comment="when it may be claimed; of a claim: when it expires"
        ),
        sa.Column("token", sa.Integer(), nullable=True, comment="of its claim; none: nobody has it"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", kinds.Name(500), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False, comment="parked until a person puts it back"),
        sa.ForeignKeyConstraint(["packet"], ["exchange.packet.key"], name=op.f("fk_work_packet")),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_work")),
        schema="exchange",
    )
    op.create_index(op.f("ix_work_failed_due_at"), "work", ["failed", "due_at"], unique=False, schema="exchange")
    columns = ["site", "feed", "organization", "created"]
    op.create_index(op.f("ix_work_site_feed_organization_created"), "work", columns, unique=False, schema="exchange")
    op.execute(
        "INSERT INTO exchange.work"
        " (packet, site, feed, organization, created, mode, due_at, tries, failed)"
        " SELECT p.[key], p.site, p.feed, p.organization, p.created, p.mode, p.received_at, 0,"
        " CASE WHEN p.state = 'failed' THEN 1 ELSE 0 END"
        " FROM exchange.packet AS p WHERE p.state IN ('accepted', 'loading', 'failed')"
    )
