"""What SQL Server would refuse, or what we don't want it to be given, found without one: by parsing."""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

import sqlglot
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Dialect, MetaData
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlglot import exp

from connectors.database import migrate

BANNED = re.compile(
    r"\b(?:MERGE|WAITFOR|SYSTEM_VERSIONING|DATETIMEOFFSET|N?TEXT|IMAGE|LIMIT|ILIKE)\b"
    r"|\b(?:RETURNING|USING|RECURSIVE|INTERVAL|FILTER|ON\s+CONFLICT|NULLS\s+(?:FIRST|LAST)|DISTINCT\s+ON)\b"
    r"|CREATE\s+OR\s+ALTER|ALTER\s+INDEX|WITH\s+TIES|##\w|\.(?:nodes|query)\(|\|\|"
)
"""The list of facts.md ("MS SQL without a SQL Server at hand"), outdated types, and the spelling of other dialects."""
FUNCTIONS = {"count", "sum", "min", "max", "avg", "coalesce", "lower", "upper", "datalength", "cast", "exists"}
FUNCTIONS |= {"abs", "nullif", "row_number", "scope_identity", "sp_getapplock"}
"""Functions that SQL Server has; a new one that it has too is added here."""
PREDICATES = (exp.Predicate, exp.Connector, exp.Not, exp.Exists, exp.In, exp.Between, exp.Is, exp.Escape)
NO_CALL = re.compile(r"\b(?:in|and|or|not|values|into|as|on|where|over|then|else|when|from|select|by|using|join)\b")


def dialect() -> Dialect:
    """SQL Server as it is today, without a connection to one."""
    found: Any = mssql.dialect()  # type: ignore[no-untyped-call]
    found.server_version_info = (16, 0)
    found._setup_version_attributes()
    return cast(Dialect, found)


def refusals(statements: Iterable[str]) -> list[str]:
    """Why SQL Server would not run the statements, or why we don't want it to; each reason with its statement."""
    return [f"{reason} ← {_plain(sql)}" for sql in sorted(statements) for reason in _refusals(sql)]


def _refusals(sql: str) -> Iterator[str]:
    yield from (f"banned: {each}" for each in BANNED.findall(sql))
    if sql.startswith("EXEC sp_getapplock "):
        return
    try:
        (tree,) = sqlglot.parse(sql, read="tsql")
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        yield f"unparseable: {error}"
        return
    if tree is None or isinstance(tree, exp.Command):
        yield "unparseable"
        return
    yield from (*_logic(tree), *_unknown_functions(sql), *_shapes(tree))


def _logic(tree: exp.Expr) -> Iterator[str]:
    """T-SQL has no boolean values: a BIT is not a condition, and a condition is not a value."""
    if tree.find(exp.Boolean):
        yield "true or false as a value"
    if any(not isinstance(each.expression, exp.Null) for each in tree.find_all(exp.Is)):
        yield "IS with anything but NULL"
    if any(isinstance(each.this.unnest(), exp.Tuple) for each in tree.find_all(exp.In)):
        yield "a row of values compared"
    for node in tree.find_all(exp.Where, exp.Having, exp.And, exp.Or, exp.Not):
        for operand in (node.this, node.args.get("expression")):
            if operand is not None and not isinstance(operand.unnest(), PREDICATES):
                yield f"a value as a condition: {operand.sql('tsql')}"
    for join in tree.find_all(exp.Join):
        condition = join.args.get("on")
        if condition is None:
            yield f"tables joined without a condition: {join.sql('tsql')}"
        elif not isinstance(condition.unnest(), PREDICATES):
            yield f"a value as a condition: {condition.sql('tsql')}"
    for value in _values(tree):
        if isinstance(value.unnest(), PREDICATES) and not value.find(exp.Case):
            yield f"a condition as a value: {value.sql('tsql')}"


def _values(tree: exp.Expr) -> Iterator[exp.Expr]:
    for select in tree.find_all(exp.Select):
        yield from (each.unalias() for each in select.expressions)
    for change in tree.find_all(exp.Update):
        yield from (each.expression for each in change.expressions)


def _unknown_functions(sql: str) -> Iterator[str]:
    plain = re.sub(r"N?'[^']*'|\[[^\]]*\]", "''", sql.lower())
    for name in re.findall(r"(?<![\w.])([a-z_]+)\s*\(", plain):
        types = {"nvarchar", "varchar", "varbinary", "decimal", "numeric", "datetime2"}
        tables = name in types or NO_CALL.fullmatch(name) or name in {"key", "unique", "check", "identity"}
        if name not in FUNCTIONS and not tables:
            yield f"unknown function: {name}"


def _shapes(tree: exp.Expr) -> Iterator[str]:
    for select in tree.find_all(exp.Select):
        inner = select.parent is not None and not isinstance(select.parent, exp.Insert)
        if inner and select.args.get("order") and not (select.args.get("limit") or select.args.get("offset")):
            yield f"ORDER BY without TOP in a subquery: {select.sql('tsql')}"
        group = select.args.get("group")
        if group and group.find(exp.Placeholder):
            yield "a parameter in GROUP BY: it never equals the one in SELECT"


def ddl(metadata: MetaData) -> list[str]:
    """Statements that make the tables and their indexes."""
    found = []
    for table in metadata.sorted_tables:
        found.append(str(CreateTable(table).compile(dialect=dialect())))
        found += [str(CreateIndex(index).compile(dialect=dialect())) for index in table.indexes]
    return [_plain(each) for each in found]


def migration_ddl() -> list[str]:
    """Statements of all migrations, from an empty store; comments of tables and columns left out."""
    written = io.StringIO()
    context = MigrationContext.configure(dialect=dialect(), opts={"as_sql": True, "output_buffer": written})
    revisions = ScriptDirectory.from_config(migrate._config()).walk_revisions()
    with Operations.context(context):
        for revision in reversed(list(revisions)):
            revision.module.upgrade()
    statements = (_plain(each) for each in re.split(r";?\s*\nGO\s*\n|;\s*\n", written.getvalue()))
    return [each for each in statements if each and "sp_addextendedproperty" not in each]


def _plain(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ")
