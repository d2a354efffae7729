"""The crosswalk: dated mappings, units, suggestions, and the changes that made them."""

import sqlalchemy as sa
from alembic import op

from connectors.database import types as kinds

revision = "0003"
down_revision = "0002"

_KNOWN = """
INSERT INTO warehouse.mapping (code, target, valid_from, valid_to, source, made_at)
SELECT [key], target, '0001-01-01', '9999-12-31',
    CASE WHEN EXISTS (SELECT sku.[key] FROM warehouse.sku WHERE sku.code = distributor_code.code)
        OR register <> 'product' THEN 'code' ELSE 'gtin' END,
    mapped_at
FROM warehouse.distributor_code WHERE target IS NOT NULL
"""
"""What older versions have mapped, by equal code or by bar code."""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column(
            "kind", sa.String(length=10), nullable=False, comment="map, unmap, unit, accept, import, reference or undo"
        ),
        sa.Column("made_by", kinds.Name(100), nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("undone_by", kinds.Key, nullable=True, comment="the change that undid it"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_change")),
        schema="warehouse",
        comment="sets of changes of the crosswalk, each of which can be undone",
    )
    op.create_table(
        "behind",
        sa.Column("change", kinds.Key, nullable=False),
        sa.Column("packet", kinds.Key, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["change"], ["warehouse.change.key"], name=op.f("fk_behind_change")),
        sa.PrimaryKeyConstraint("change", "packet", name=op.f("pk_behind")),
        schema="warehouse",
        comment="packets whose unmapped rows a change has altered, until the journal says so too",
    )
    op.create_table(
        "change_rows",
        sa.Column("change", kinds.Key, nullable=False),
        sa.Column("feed", kinds.Code(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False, comment="facts that got another record of ours"),
        sa.ForeignKeyConstraint(["change"], ["warehouse.change.key"], name=op.f("fk_change_rows_change")),
        sa.PrimaryKeyConstraint("change", "feed", name=op.f("pk_change_rows")),
        schema="warehouse",
    )
    op.create_table(
        "mapping",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Key, nullable=False),
        sa.Column(
            "target",
            kinds.Key,
            nullable=True,
            comment="key of our record; none: it stands for nothing, as a person decided",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False, comment="the last day"),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True, comment="likeness, 0 to 100, that it was suggested with"),
        sa.Column("made_by", kinds.Name(100), nullable=True),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("begun", kinds.Key, nullable=True, comment="none: mapped while a packet was loaded"),
        sa.Column("ended", kinds.Key, nullable=True),
        sa.ForeignKeyConstraint(["begun"], ["warehouse.change.key"], name=op.f("fk_mapping_begun")),
        sa.ForeignKeyConstraint(["code"], ["warehouse.distributor_code.key"], name=op.f("fk_mapping_code")),
        sa.ForeignKeyConstraint(["ended"], ["warehouse.change.key"], name=op.f("fk_mapping_ended")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mapping")),
        schema="warehouse",
    )
    op.create_index(op.f("ix_mapping_begun"), "mapping", ["begun"], unique=False, schema="warehouse")
    op.create_index(op.f("ix_mapping_ended"), "mapping", ["ended"], unique=False, schema="warehouse")
    op.create_index(
        "ix_mapping_live",
        "mapping",
        ["code", "valid_from"],
        unique=True,
        schema="warehouse",
        sqlite_where=sa.text("ended IS NULL"),
        mssql_where=sa.text("ended IS NULL"),
    )
    op.create_table(
        "suggestion",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Key, nullable=False),
        sa.Column("target", kinds.Key, nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False, comment="likeness, 0 to 100"),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("made_at", kinds.Instant(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=True, comment="accepted or rejected; none: it waits"),
        sa.Column("decided_by", kinds.Name(100), nullable=True),
        sa.Column("decided_at", kinds.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["code"], ["warehouse.distributor_code.key"], name=op.f("fk_suggestion_code")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("code", "target", name=op.f("uq_suggestion_code_target")),
        schema="warehouse",
    )
    op.create_table(
        "unit",
        sa.Column("key", kinds.Key, nullable=False),
        sa.Column("code", kinds.Key, nullable=True),
        sa.Column("sku", kinds.Key, nullable=True),
        sa.Column("name", kinds.Name(100), nullable=False, comment="as it stands in packets"),
        sa.Column("numerator", kinds.Key, nullable=False),
        sa.Column("denominator", kinds.Key, nullable=False),
        sa.Column("begun", kinds.Key, nullable=False),
        sa.Column("ended", kinds.Key, nullable=True),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name="ck_unit_positive"),
        sa.ForeignKeyConstraint(["begun"], ["warehouse.change.key"], name=op.f("fk_unit_begun")),
        sa.ForeignKeyConstraint(["code"], ["warehouse.distributor_code.key"], name=op.f("fk_unit_code")),
        sa.ForeignKeyConstraint(["ended"], ["warehouse.change.key"], name=op.f("fk_unit_ended")),
        sa.ForeignKeyConstraint(["sku"], ["warehouse.sku.key"], name=op.f("fk_unit_sku")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_unit")),
        schema="warehouse",
        comment="how many of the SKU's units one unit is, for a code or for a SKU",
    )
    op.create_index(op.f("ix_unit_begun"), "unit", ["begun"], unique=False, schema="warehouse")
    op.create_index(
        "ix_unit_code",
        "unit",
        ["code", "name"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("ended IS NULL"),
        mssql_where=sa.text("ended IS NULL"),
    )
    op.create_index(op.f("ix_unit_ended"), "unit", ["ended"], unique=False, schema="warehouse")
    op.create_index(
        "ix_unit_sku",
        "unit",
        ["sku", "name"],
        unique=False,
        schema="warehouse",
        sqlite_where=sa.text("ended IS NULL"),
        mssql_where=sa.text("ended IS NULL"),
    )
    op.execute(_KNOWN)
