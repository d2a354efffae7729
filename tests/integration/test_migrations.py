"""Migrations make what the tables say, from empty and from every revision; upgrading again changes nothing."""

import re
import shutil
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, insert, inspect, select

from connectors.database import (
    erp_tables,
    incident_tables,
    migrate,
    order_tables,
    prices,
    reconciliation_tables,
    regulation_tables,
    scorecard_tables,
)
from connectors.database.crosswalk import change, mapping
from connectors.database.engine import Store, open_store
from connectors.database.facts import distributor_code, sku
from connectors.database.staging import staging_metadata
from connectors.database.tables import EXCHANGE, metadata, party, regulation, site
from gateway.domain.crosswalk import BEGIN, END
from gateway.domain.errors import Misuse
from gateway.domain.regulation import Regulation
from gateway.domain.terms import Terms, terms
from gateway.regulating import check
from tests.hubs import add_site, hub_in
from tests.integration import tsql

pytestmark = pytest.mark.sqlite

SCHEMAS = (EXCHANGE, str(change.schema))
assert incident_tables.incident.metadata is reconciliation_tables.touched.metadata is metadata
assert order_tables.serves.metadata is prices.price.metadata is metadata
assert regulation_tables.slot.metadata is scorecard_tables.scorecard.metadata is metadata
assert erp_tables.token.metadata is metadata
REVISIONS = [each.revision for each in ScriptDirectory.from_config(migrate._config()).walk_revisions()]
CLAUSES = re.compile(r", (?=CONSTRAINT )")


def store_in(folder: Path) -> Store:
    folder.mkdir()
    return open_store(f"sqlite:///{folder}", *SCHEMAS, create=True)


def migrated(folder: Path, *revisions: str) -> dict[str, Any]:
    store = store_in(folder)
    try:
        for revision in revisions:
            migrate.upgrade(store, revision)
        return shape(store)
    finally:
        store.close()


def fresh(folder: Path) -> dict[str, Any]:
    store = store_in(folder)
    try:
        with store.writing() as connection:
            metadata.create_all(connection)
        return shape(store)
    finally:
        store.close()


def shape(store: Store) -> dict[str, Any]:
    """All there is in the store's two schemas but for Alembic's own table."""
    with store.reading() as connection:
        found = inspect(connection)
        tables = [(schema, name) for schema in SCHEMAS for name in found.get_table_names(schema)]
        return {
            **{f"{schema}.{name}": table(found, schema, name) for schema, name in tables if name != "alembic_version"},
            "indexes and kinds": [statement for schema in SCHEMAS for statement in kinds(connection, schema)],
        }


def table(found: Inspector, schema: str, name: str) -> dict[str, Any]:
    return {
        "columns": {each["name"]: (str(each["type"]), each["nullable"]) for each in found.get_columns(name, schema)},
        "key": found.get_pk_constraint(name, schema),
        "references": sorted(map(repr, found.get_foreign_keys(name, schema))),
        "unique": sorted(map(repr, found.get_unique_constraints(name, schema))),
    }


def kinds(connection: Any, schema: str) -> list[str]:
    """Indexes as they were made, partial ones with their condition; and which tables are without rowid."""
    kept = f"{schema}.sqlite_master WHERE sql IS NOT NULL AND type <> 'view'"
    made = connection.exec_driver_sql(f"SELECT type, name, sql FROM {kept}")
    texts = [(kind, name, " ".join(sql.split())) for kind, name, sql in made if name != "alembic_version"]
    return sorted(sql if kind != "table" else f"{name}: {sql.rpartition(')')[2]}" for kind, name, sql in texts)


def standing(statements: list[str]) -> list[str]:
    """What makes a table or an index that no later statement drops; columns that were added stand after the others."""
    made: dict[str, str] = {}
    for each in statements:
        if found := re.match(r"CREATE (?:UNIQUE |CLUSTERED )?(TABLE|INDEX) (\S+)", each):
            made[found[2]] = each
        elif found := re.match(r"DROP (?:TABLE|INDEX) (\S+)", each):
            del made[found[1]]
        elif found := re.match(r"ALTER TABLE (\S+) ADD (.+)", each):
            columns, *clauses = CLAUSES.split(made[found[1]])
            made[found[1]] = ", ".join([f"{columns}, {found[2]}", *clauses])
    return list(made.values())


def test_an_empty_store_gets_what_the_tables_say(tmp_path: Path) -> None:
    made = migrated(tmp_path / "migrated", "head")
    assert len(made) == len(metadata.tables) + 1
    assert made == fresh(tmp_path / "fresh")


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_any_revision_gets_what_the_tables_say(tmp_path: Path, revision: str) -> None:
    assert migrated(tmp_path / "migrated", revision, "head") == fresh(tmp_path / "fresh")


def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    assert migrated(tmp_path / "once", "head") == migrated(tmp_path / "again", "head", "head")


def test_revisions_are_one_line() -> None:
    script = ScriptDirectory.from_config(migrate._config())
    assert (len(script.get_heads()), len(script.get_bases())) == (1, 1)
    assert migrate._revisions() == tuple(reversed(REVISIONS))  # which it reads from the names of their files


def test_mssql_gets_what_the_tables_say_too() -> None:
    """Compared as text, constraints in any order; a column that a migration adds is the table's last."""

    def sorted_clauses(sql: str) -> list[str]:
        return sorted(CLAUSES.split(sql.removesuffix(" )")))

    made = sorted(map(sorted_clauses, standing(tsql.migration_ddl())))
    wanted = [*tsql.ddl(metadata), *tsql.ddl(staging_metadata)]
    assert made == sorted(map(sorted_clauses, wanted))


@pytest.mark.parametrize("before", [(), ("0008",)])
def test_a_warehouse_that_was_not_committed_with_its_exchange_follows_at_the_next_start(
    tmp_path: Path, before: tuple[str, ...]
) -> None:
    """Two files are two commits; who upgraded was killed, or its disk full, between them."""
    migrated(tmp_path / "behind", *before)
    migrated(tmp_path / "store", "head")
    shutil.copy(tmp_path / "behind" / "warehouse.db", tmp_path / "store")
    with closing(open_store(f"sqlite:///{tmp_path / 'store'}", *SCHEMAS, create=True)) as store:
        migrate.upgrade(store)
        assert shape(store) == fresh(tmp_path / "fresh")


@pytest.mark.parametrize("lost", ["exchange.db", "warehouse.db"])
def test_a_file_that_is_lost_does_not_come_back_empty(tmp_path: Path, lost: str) -> None:
    with hub_in(tmp_path) as hub:
        add_site(hub)
    for file in tmp_path.glob(f"{lost}*"):
        file.unlink()
    for _ in "twice":
        with pytest.raises(Misuse, match="from one backup"), hub_in(tmp_path):
            pass


def test_a_store_that_a_newer_version_left_half_upgraded_is_refused(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub, hub.exchange.writing() as connection:
        connection.exec_driver_sql("UPDATE exchange.alembic_version SET version_num = '9999'")
    with pytest.raises(Misuse, match="newer version"), hub_in(tmp_path):
        pass


def test_what_was_agreed_before_there_were_clauses_holds_on_as_clauses_of_its_site(tmp_path: Path) -> None:
    """Rows as the version before kept them; a site about which nothing was agreed has no clause."""
    rules: dict[str, Any] = {
        "minimum_interval": 600,
        "history_days": 90,
        "closed_through": date(2026, 9, 30),
        "shrink_percent": 40,
    }
    rules |= {"modes": "replace merge", "resend_from": date(2026, 10, 1), "resend_to": date(2026, 10, 5)}
    with closing(store_in(tmp_path / "store")) as store:
        migrate.upgrade(store, "0008")
        with store.writing() as connection:
            connection.execute(insert(party).values(code="VOLGA", name="ООО Волга", language="ru"))
            for code in ("main", "new"):
                connection.execute(insert(site).values(party=1, code=code, time_zone="Europe/Moscow"))
            connection.execute(insert(regulation).values(site=1, feed="stock", **rules))
            connection.execute(insert(regulation).values(site=1, feed="orders", minimum_interval=5))
        migrate.upgrade(store)
    with hub_in(tmp_path / "store") as hub:
        check(hub)
        with hub.exchange.reading() as connection:
            found = {each.feed: each for each in hub.clauses.in_force(connection)}
            assert {each.name for each in found.values()} == {"VOLGA/main"}
            assert terms(found["orders"].body) == Terms(minimum_interval=timedelta(seconds=5))
            kept = hub.regulations.regulation_of(connection, 1, "stock")
            assert kept == Regulation(**rules | {"modes": ("replace", "merge")})
            assert hub.regulations.regulation_of(connection, 2, "stock") == Regulation()


def test_what_an_older_version_has_mapped_stands_in_the_crosswalk(tmp_path: Path) -> None:
    store, now = store_in(tmp_path / "store"), datetime(2026, 11, 1, tzinfo=UTC)
    try:
        migrate.upgrade(store, "0002")
        with store.writing() as connection:
            connection.execute(insert(sku), {"key": 7, "code": "A", "name": "Вода", "changed_at": now})
            for code, target in (("A", 7), ("X", 7), ("Y", None)):
                values = {"party": 1, "register": "product", "code": code, "target": target, "mapped_at": now}
                connection.execute(insert(distributor_code), values)
        migrate.upgrade(store)
        known = select(
            distributor_code.c.code, mapping.c.source, mapping.c.target, mapping.c.valid_from, mapping.c.valid_to
        )
        with store.reading() as connection:
            found = connection.execute(known.join(mapping).order_by(distributor_code.c.code)).all()
    finally:
        store.close()
    assert [tuple(row) for row in found] == [("A", "code", 7, BEGIN, END), ("X", "gtin", 7, BEGIN, END)]
