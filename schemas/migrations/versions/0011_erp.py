"""The ERP's door: tokens, answers kept for repeated requests, webhooks and their calls, and what only the ERP knows."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("token", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("name", kinds.Code(200), nullable=False, comment="the request's Idempotency-Key"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of method, path and body"),
        sa.Column("answer", kinds.Text, nullable=False),
        sa.Column("kept_at", kinds.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token", "name", name=op.f("pk_answered")),
        schema="exchange",
        comment="answers to requests that may come again",
    )
    op.create_index("ix_answered_in_exchange", "answered", ["kept_at"], unique=False, schema="exchange")
    op.create_table(
        "bookmark",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("place", kinds.Code(1000), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bookmark")),
        schema="exchange",
        comment="how far journals have been told of, and what the ERP was asked for and told",
    )
    op.create_table(
        "token",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("name", kinds.Code(), nullable=False),
        sa.Column("public", sa.String(length=20), nullable=False, comment="the half that finds it"),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="SHA-256 of the secret half"),
        sa.Column("scopes", sa.String(length=400), nullable=False, comment="blank between"),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("expires_at", kinds.Instant(), nullable=True),
        sa.Column("revoked_at", kinds.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_token")),
        sa.UniqueConstraint("name", name=op.f("uq_token_name")),
        sa.UniqueConstraint("public", name=op.f("uq_token_public")),
        schema="exchange",
    )
    op.create_table(
        "webhook",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("name", kinds.Code(), nullable=False),
        sa.Column("url", kinds.Name(1000), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=False, comment="signs every call, so it is kept as it is"),
        sa.Column("events", sa.String(length=400), nullable=False, comment="blank between"),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("ended_at", kinds.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_webhook")),
        sa.UniqueConstraint("name", name=op.f("uq_webhook_name")),
        schema="exchange",
    )
    op.create_table(
        "answered",
        sa.Column("token", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("name", kinds.Code(200), nullable=False, comment="the request's Idempotency-Key"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of method, path and body"),
        sa.Column("answer", kinds.Text, nullable=False),
        sa.Column("kept_at", kinds.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token", "name", name=op.f("pk_answered")),
        schema="warehouse",
        comment="answers to requests that may come again",
    )
    op.create_index("ix_answered_in_warehouse", "answered", ["kept_at"], unique=False, schema="warehouse")
    op.create_table(
        "barcode",
        sa.Column("sku", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("unit", kinds.Code(), nullable=False),
        sa.Column("gtin", kinds.Code(14), nullable=False),
        sa.PrimaryKeyConstraint("sku", "unit", name=op.f("pk_barcode")),
        schema="warehouse",
        comment="bar codes of packages; that of a SKU's own unit stands with the SKU",
    )
    op.create_table(
        "debt_told",
        sa.Column("party", kinds.Key, autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("party", name=op.f("pk_debt_told")),
        schema="warehouse",
        comment="as of when the ERP said what a party owes, be it nothing",
    )
    op.create_table(
        "party_debt",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("document", kinds.Code(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("amount", kinds.Exact(), nullable=False),
        sa.Column("open_amount", kinds.Exact(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_party_debt")),
        sa.UniqueConstraint("party", "document", "date", name=op.f("uq_party_debt_party_document_date")),
        schema="warehouse",
        comment="what a party owes to the manufacturer, by open item: the ERP's last word",
    )
    op.create_index(op.f("ix_party_debt_party"), "party_debt", ["party"], unique=False, schema="warehouse")
    op.create_table(
        "organization",
        sa.Column("party", kinds.Key, nullable=False),
        sa.Column("inn", kinds.Code(14), nullable=False),
        sa.Column("kpp", sa.String(length=9), nullable=True),
        sa.Column("name", kinds.Name(200), nullable=True),
        sa.ForeignKeyConstraint(["party"], ["exchange.party.key"], name=op.f("fk_organization_party")),
        sa.PrimaryKeyConstraint("party", "inn", name=op.f("pk_organization")),
        schema="exchange",
        comment="a party's legal entities, as the ERP knows them",
    )
    op.create_table(
        "webhook_call",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("webhook", kinds.Key, nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False, comment="id of the event: the same with every try"),
        sa.Column("body", kinds.Text, nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("due_at", kinds.Instant(), nullable=True, comment="none: done, or given up"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", kinds.Instant(), nullable=True),
        sa.Column("failure", kinds.Name(500), nullable=True),
        sa.ForeignKeyConstraint(["webhook"], ["exchange.webhook.key"], name=op.f("fk_webhook_call_webhook")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_webhook_call")),
        sa.UniqueConstraint("event", "webhook", name=op.f("uq_webhook_call_event_webhook")),
        schema="exchange",
        comment="written with what it tells of; called until it is answered",
    )
    op.create_index(op.f("ix_webhook_call_due_at"), "webhook_call", ["due_at"], unique=False, schema="exchange")
