"""The regulation: clauses, what they come to, slots and excuses. What was agreed before becomes clauses of its site."""

import json

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "clause",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column(
            "level", sa.String(length=10), nullable=False, comment="all, group, party or site; or calendar, members"
        ),
        sa.Column(
            "name", kinds.Code(250), nullable=False, comment="of the group, party, PARTY/SITE or calendar; empty: all"
        ),
        sa.Column("feed", kinds.Code(), nullable=False, comment="* for every feed"),
        sa.Column("warehouse", kinds.Code(), nullable=False, comment="empty: all"),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("body", kinds.Text, nullable=False, comment="JSON: the words that were agreed"),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("made_by", kinds.Name(100), nullable=False),
        sa.Column("ended_at", kinds.Instant(), nullable=True, comment="when another took its place; none: it holds"),
        sa.Column("ended_by", kinds.Name(100), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_clause")),
        schema="exchange",
        comment="what is agreed, and what was",
    )
    op.create_index(op.f("ix_clause_ended_at"), "clause", ["ended_at"], unique=False, schema="exchange")
    op.create_table(
        "excuse",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=True, comment="none: all of the party"),
        sa.Column("feed", kinds.Code(), nullable=False, comment="* for every feed"),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("reason", kinds.Name(500), nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("made_by", kinds.Name(100), nullable=False),
        sa.Column("ended_at", kinds.Instant(), nullable=True, comment="when it was taken back"),
        sa.Column("ended_by", kinds.Name(100), nullable=True),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_excuse_party")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_excuse")),
        schema="exchange",
        comment="days of which nothing is asked for",
    )
    op.create_index(
        op.f("ix_excuse_party_last_date"), "excuse", ["party", "last_date"], unique=False, schema="exchange"
    )
    op.create_table(
        "slot",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("warehouse", kinds.Code(), nullable=False, comment="empty: any will do"),
        sa.Column("day", sa.Date(), nullable=False, comment="of which it has to tell"),
        sa.Column("opens_at", kinds.Instant(), nullable=False, comment="what comes earlier does not meet it"),
        sa.Column("expected_at", kinds.Instant(), nullable=False),
        sa.Column("due_at", kinds.Instant(), nullable=False, comment="expected, and the grace"),
        sa.Column("missing_at", kinds.Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("met_at", kinds.Instant(), nullable=True, comment="when the packet was received that meets it"),
        sa.Column("packet", kinds.Key, nullable=True),
        sa.Column("bad", sa.Boolean(), nullable=False, comment="that packet is beyond the limits of quality"),
        sa.Column("excuse", kinds.Key, nullable=True),
        sa.Column("followed", sa.Boolean(), nullable=False, comment="the next one of its kind is here"),
        sa.Column("look_at", kinds.Instant(), nullable=True, comment="when time itself changes something"),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_slot_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_slot")),
        sa.UniqueConstraint(
            "site", "feed", "warehouse", "expected_at", name=op.f("uq_slot_site_feed_warehouse_expected_at")
        ),
        schema="exchange",
        comment="deliveries that are or were expected",
    )
    op.create_index(
        op.f("ix_slot_look_at"),
        "slot",
        ["look_at"],
        unique=False,
        schema="exchange",
        sqlite_where=sa.text("look_at IS NOT NULL"),
        mssql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_slot_party_day"), "slot", ["party", "day"], unique=False, schema="exchange")
    op.create_index(op.f("ix_slot_site_feed_day"), "slot", ["site", "feed", "day"], unique=False, schema="exchange")
    op.create_table(
        "timetable",
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column(
            "periods", kinds.Text, nullable=False, comment="JSON: the words that hold from day to day, by warehouse"
        ),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_timetable_site")),
        sa.PrimaryKeyConstraint("site", "feed", name=op.f("pk_timetable")),
        schema="exchange",
        comment="what the clauses come to; beside it, what intake needs of it stands in regulation",
    )
    op.create_table(
        "unsettled",
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("due_at", kinds.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_unsettled_site")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_unsettled")),
        schema="exchange",
        comment="when another clause begins or ends to hold for a site; a new one is due at once",
    )
    op.create_index(op.f("ix_unsettled_due_at"), "unsettled", ["due_at"], unique=False, schema="exchange")
    op.create_table(
        "unjudged",
        sa.Column("packet", kinds.Key, nullable=False),
        sa.Column("site", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("accepted_at", kinds.Instant(), nullable=False),
        sa.Column("loaded_at", kinds.Instant(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["packet"], ["exchange.packet.key"], name=op.f("fk_unjudged_packet")),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_unjudged")),
        schema="exchange",
        comment="loaded packets that the regulation has not been held against yet: deleted in the commit that does",
    )
    op.create_index(op.f("ix_unjudged_loaded_at"), "unjudged", ["loaded_at"], unique=False, schema="exchange")
    op.create_index(op.f("ix_unjudged_site_feed"), "unjudged", ["site", "feed"], unique=False, schema="exchange")
    if not op.get_context().as_sql:
        _agreed_before()


def _agreed_before() -> None:
    """Each site is settled anew at once; only its clauses are missing."""
    connection = op.get_bind()
    old = sa.text(
        "SELECT p.code AS party_code, s.code AS site_code, r.* FROM exchange.regulation r "
        "JOIN exchange.site s ON s.[key] = r.site JOIN exchange.party p ON p.[key] = s.party"
    )
    new = sa.text(
        "INSERT INTO exchange.clause (level, name, feed, warehouse, body, made_at, made_by) "
        "VALUES ('site', :name, :feed, '', :body, :at, 'obmen')"
    )
    at = "2026-01-01T00:00:00.000000"
    for row in connection.execute(old).mappings().all():
        body = json.dumps(_words(row), ensure_ascii=False, sort_keys=True)
        name = f"{row['party_code']}/{row['site_code']}"
        connection.execute(new, {"name": name, "feed": row["feed"], "body": body, "at": at})
    every = "INSERT INTO exchange.unsettled (site, due_at) SELECT [key], :at FROM exchange.site"
    connection.execute(sa.text(every), {"at": at})


def _words(row: sa.RowMapping) -> dict[str, object]:
    words = {name: row[name] for name in ("closed_through", "resend_from", "resend_to")}
    numbers = {"minimum_interval": "{} s", "history": "{} days", "shrink": "{}%"}
    columns = {"minimum_interval": "minimum_interval", "history": "history_days", "shrink": "shrink_percent"}
    found: dict[str, object] = {name: str(value)[:10] for name, value in words.items() if value is not None}
    for name, text in numbers.items():
        if row[columns[name]] is not None:
            found[name] = text.format(row[columns[name]])
    return found | ({"modes": row["modes"].split()} if row["modes"] else {})
