"""Every statement of ours, compiled for MS SQL and read as T-SQL: nothing that SQL Server would refuse."""

from types import ModuleType
from typing import Any, cast

import pytest
from sqlalchemy import ClauseElement, Select, delete, event
from sqlalchemy.sql.compiler import SQLCompiler

from connectors import database
from connectors.database import bulk_mssql, facts
from connectors.database.prepared import MADE
from connectors.database.staging import staging_metadata, tables_of
from connectors.database.tables import metadata
from gateway.domain.feeds import FEEDS
from tests.hubs import hub_in
from tests.integration import tsql, whole_flow
from tests.integration.exchange import Clock

pytestmark = pytest.mark.sqlite  # on a server every statement is run, not parsed
ONLY_IN_MSSQL = {"server._version", "server.takes_arrays", "locks._take", "locks.take_turn_of_session"}


def store_modules() -> list[ModuleType]:
    """Every module with statements."""
    import importlib
    import pkgutil

    names = [each.name for each in pkgutil.iter_modules(database.__path__)]
    return [importlib.import_module(f"connectors.database.{name}") for name in names if name != "migrate"]


class Compiled:
    """Statements that an engine has executed, as they would go to MS SQL."""

    def __init__(self) -> None:
        self.statements: set[str] = set()
        self._dialect = tsql.dialect()

    def add_prepared(self) -> None:
        """What goes to SQLite past the engine; all of it was made for the flow, or on import."""
        for each in MADE:
            compiled = each.statement.compile(dialect=self._dialect, column_keys=list(each.columns) or None)
            given = dict.fromkeys(each.names, 1)
            self.statements.add(cast(SQLCompiler, compiled).construct_expanded_state(given).statement)

    def before_execute(self, _: Any, clause: Any, many: Any, single: Any, __: Any) -> None:
        if not isinstance(clause, ClauseElement):
            return
        first = many[0] if many else single
        given = first if isinstance(first, dict) and first else None
        names = list(given) if given and not isinstance(clause, Select) else None
        compiled = cast(SQLCompiler, clause.compile(dialect=self._dialect, column_keys=names))
        self.statements.add(compiled.construct_expanded_state(given).statement)


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Statements of the whole flow, and the functions that talk to the store and were not called in it."""
    clock, compiled = Clock(), Compiled()
    with hub_in(tmp_path_factory.mktemp("flow"), clock) as hub:
        for store in (hub.exchange, hub.warehouse):
            event.listen(store.engine, "before_execute", compiled.before_execute)
        with whole_flow.called(*store_modules()) as left:
            whole_flow.run(hub, clock)
    compiled.add_prepared()
    return compiled.statements, left


def test_the_flow_calls_every_function_that_talks_to_the_store(flow: tuple[set[str], set[str]]) -> None:
    assert flow[1] - {"engine._begin", *ONLY_IN_MSSQL} == set()


def test_sql_server_would_take_every_statement(flow: tuple[set[str], set[str]]) -> None:
    assert len(flow[0]) > 150
    assert tsql.refusals(flow[0]) == []


@pytest.mark.parametrize("tables", [metadata, staging_metadata], ids=["store", "staging"])
def test_sql_server_would_make_every_table(tables: Any) -> None:
    assert facts.FACTS
    assert tsql.refusals(tsql.ddl(tables)) == []


def test_sql_server_would_take_the_statements_of_bulk_loading() -> None:
    found = []
    for feed in FEEDS.values():
        for table in tables_of(feed).values():
            columns = list(table.columns)
            found.append(str(bulk_mssql.control(table, columns, 1).compile(dialect=tsql.dialect())))
            found.append(bulk_mssql.insertion(table, [each.name for each in columns]))
            mine = table.c.claim.between(1, 2)
            found.append(str(delete(table).where(mine).compile(dialect=tsql.dialect())))
    assert tsql.refusals(found) == []


def test_every_view_is_among_the_migrations_that_sql_server_would_take() -> None:
    views = [each for each in tsql.migration_ddl() if each.startswith("CREATE VIEW")]
    names = {each.split()[2].removeprefix("warehouse.") for each in views}
    assert names >= {"v_shipments", "v_stock", "v_receivables", "v_orders", "v_scorecard"}
    assert tsql.refusals(views) == []


def test_sql_server_would_take_every_migration() -> None:
    assert tsql.refusals(tsql.migration_ddl()) == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("MERGE INTO t USING s ON t.k = s.k WHEN MATCHED THEN UPDATE SET n = 1;", "banned: MERGE"),
        ("CREATE TABLE t (name TEXT NOT NULL)", "banned: TEXT"),
        ("SELECT k FROM t LIMIT 5", "banned: LIMIT"),
        ("SELECT k FROM WHERE", "unparseable"),
        ("SELECT k FROM t WHERE t.deleted", "a value as a condition"),
        ("SELECT k FROM t WHERE NOT t.deleted AND k = 1", "a value as a condition"),
        ("UPDATE t SET deleted = (a = 1) WHERE k = 1", "a condition as a value"),
        ("UPDATE t SET deleted = true WHERE k = 1", "true or false as a value"),
        ("SELECT k FROM t WHERE failed IS 0", "IS with anything but NULL"),
        ("SELECT k FROM t WHERE (k, n) IN (SELECT k, n FROM s)", "a row of values compared"),
        ("DELETE FROM t WHERE k = 1 RETURNING k", "banned: RETURNING"),
        ("SELECT k IN (SELECT k FROM s) FROM t", "a condition as a value"),
        ("UPDATE t SET n = (SELECT s.n FROM s, t WHERE s.k = t.k)", "tables joined without a condition"),
        ("SELECT group_concat(n) FROM t", "unknown function: group_concat"),
        ("SELECT k FROM (SELECT k FROM t ORDER BY k) AS s", "ORDER BY without TOP"),
        ("SELECT n + :a FROM t GROUP BY n + :b", "a parameter in GROUP BY"),
    ],
)
def test_what_sql_server_refuses_is_noticed(sql: str, reason: str) -> None:
    assert any(found.startswith(reason) for found in tsql.refusals([sql])), tsql.refusals([sql])
