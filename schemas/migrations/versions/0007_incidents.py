"""Incidents with their history and mutes, the contact book, and the outbox of notices to people."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "contact_book",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("at", kinds.Instant(), nullable=False),
        sa.Column("who", kinds.Name(200), nullable=False),
        sa.Column("text", kinds.Text, nullable=False, comment="the YAML file as it was loaded"),
        sa.Column("routes", kinds.Text, nullable=False, comment="JSON: whom to tell of what"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_contact_book")),
        schema="exchange",
        comment="every version; the last is in force",
    )
    op.create_table(
        "judged",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_judged")),
        schema="warehouse",
        comment="parties whose findings may be others now: written with them, deleted when incidents have followed",
    )
    op.create_table(
        "contact",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("name", kinds.Code(), nullable=False),
        sa.Column("party", kinds.Key, nullable=True, comment="none: of the operations staff"),
        sa.Column("active", sa.Boolean(), nullable=False, comment="stands in the book that is in force"),
        sa.Column("terms", kinds.Text, nullable=False, comment="JSON: language, zone, roles, hours, absences"),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_contact_party")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_contact")),
        sa.UniqueConstraint("name", name=op.f("uq_contact_name")),
        schema="exchange",
    )
    op.create_index(op.f("ix_contact_party"), "contact", ["party"], unique=False, schema="exchange")
    op.create_table(
        "channel",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("contact", kinds.Key, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="email, telegram, webhook or other"),
        sa.Column("address", kinds.Code(500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, comment="one after the other"),
        sa.Column(
            "refused", sa.Boolean(), nullable=False, comment="the address itself failed, not the server that all share"
        ),
        sa.Column("retry_at", kinds.Instant(), nullable=True, comment="nothing is sent until then"),
        sa.Column("dead_since", kinds.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["contact"], ["exchange.contact.key"], name=op.f("fk_channel_contact")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_channel")),
        schema="exchange",
    )
    op.create_index(op.f("ix_channel_contact"), "channel", ["contact"], unique=False, schema="exchange")
    op.create_table(
        "incident",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False, comment="of rule and subject"),
        sa.Column(
            "ended", kinds.Key, nullable=False, comment="0 while open, then its own key: one is open of each identity"
        ),
        sa.Column("rule", sa.String(length=40), nullable=False, comment="code of the problem"),
        sa.Column("party", kinds.Key, nullable=True),
        sa.Column("site", kinds.Key, nullable=True),
        sa.Column("feed", kinds.Code(), nullable=True),
        sa.Column("warehouse", kinds.Code(), nullable=True),
        sa.Column(
            "subject", kinds.Name(200), nullable=False, comment="what is neither party nor site, as a channel or a DAG"
        ),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", kinds.Instant(), nullable=False),
        sa.Column("last_at", kinds.Instant(), nullable=False, comment="of the last breach"),
        sa.Column("closed_at", kinds.Instant(), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("params", kinds.Text, nullable=False, comment="JSON: what fills the problem's words"),
        sa.Column("slot", kinds.Key, nullable=True),
        sa.Column("packet_id", kinds.Code(), nullable=True),
        sa.Column("tell", kinds.Text, nullable=False, comment="JSON: people and roles"),
        sa.Column("escalation", kinds.Text, nullable=False, comment="JSON: pairs of seconds, and people and roles"),
        sa.Column("level", sa.Integer(), nullable=False, comment="escalations that were told"),
        sa.Column("told_at", kinds.Instant(), nullable=True, comment="none: it opened while muted"),
        sa.Column("muted_until", kinds.Instant(), nullable=True),
        sa.Column("assignee", kinds.Code(), nullable=True),
        sa.Column("due_at", kinds.Instant(), nullable=True),
        sa.Column("wakes_at", kinds.Instant(), nullable=True, comment="when something is due of itself; none: never"),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_incident_party")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_incident_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incident")),
        sa.UniqueConstraint("identity", "ended", name=op.f("uq_incident_identity_ended")),
        schema="exchange",
    )
    op.create_index(
        op.f("ix_incident_ended_severity"), "incident", ["ended", "severity"], unique=False, schema="exchange"
    )
    op.create_index(
        op.f("ix_incident_party_opened_at"), "incident", ["party", "opened_at"], unique=False, schema="exchange"
    )
    op.create_index(op.f("ix_incident_site_ended"), "incident", ["site", "ended"], unique=False, schema="exchange")
    op.create_index(op.f("ix_incident_wakes_at"), "incident", ["wakes_at"], unique=False, schema="exchange")
    op.create_table(
        "mute",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("since", kinds.Instant(), nullable=False),
        sa.Column("until", kinds.Instant(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=True, comment="none, here and in the following: any"),
        sa.Column("party", kinds.Key, nullable=True),
        sa.Column("site", kinds.Key, nullable=True),
        sa.Column("feed", kinds.Code(), nullable=True),
        sa.Column("identity", sa.String(length=64), nullable=True),
        sa.Column("reason", kinds.Name(1000), nullable=False),
        sa.Column("who", kinds.Name(200), nullable=False),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_mute_party")),
        sa.ForeignKeyConstraint(["site"], ["exchange.site.key"], name=op.f("fk_mute_site")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mute")),
        schema="exchange",
        comment="what nobody is told of for a time",
    )
    op.create_index(op.f("ix_mute_until"), "mute", ["until"], unique=False, schema="exchange")
    op.create_table(
        "incident_step",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("incident", kinds.Key, nullable=False),
        sa.Column("at", kinds.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("who", kinds.Name(200), nullable=True, comment="none: the hub itself"),
        sa.Column("comment", kinds.Name(1000), nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["exchange.incident.key"], name=op.f("fk_incident_step_incident")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incident_step")),
        schema="exchange",
        comment="history: a row for each transition",
    )
    op.create_index(op.f("ix_incident_step_incident"), "incident_step", ["incident"], unique=False, schema="exchange")
    op.create_table(
        "outbox",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False, comment="what a receiver drops doubles by"),
        sa.Column("incident", kinds.Key, nullable=False),
        sa.Column("step", kinds.Key, nullable=False),
        sa.Column("channel", kinds.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="of the step"),
        sa.Column("title", kinds.Name(200), nullable=False),
        sa.Column("text", kinds.Text, nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column(
            "digest_at",
            kinds.Instant(),
            nullable=True,
            comment="sent as one with all others of the channel and this instant",
        ),
        sa.Column("state", sa.String(length=10), nullable=False, comment="waiting, sent or dropped"),
        sa.Column(
            "due_at", kinds.Instant(), nullable=False, comment="when it may be sent; of a claim: when it expires"
        ),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", kinds.Name(500), nullable=True),
        sa.Column("sent_at", kinds.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["channel"], ["exchange.channel.key"], name=op.f("fk_outbox_channel")),
        sa.ForeignKeyConstraint(["incident"], ["exchange.incident.key"], name=op.f("fk_outbox_incident")),
        sa.ForeignKeyConstraint(["step"], ["exchange.incident_step.key"], name=op.f("fk_outbox_step")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
        sa.UniqueConstraint("step", "channel", name=op.f("uq_outbox_step_channel")),
        schema="exchange",
        comment="notices to people, a row for each channel; it is written with the step that it tells of",
    )
    op.create_index(
        op.f("ix_outbox_incident_channel"), "outbox", ["incident", "channel"], unique=False, schema="exchange"
    )
    op.create_index(op.f("ix_outbox_state_due_at"), "outbox", ["state", "due_at"], unique=False, schema="exchange")
