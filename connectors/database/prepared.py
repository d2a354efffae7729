"""Statements that are built once and run often: to build one costs more than to run it.

SQLite's driver gets them past SQLAlchemy, which takes ten times as long around a small statement as SQLite within it;
what SQLAlchemy has compiled, and how its types write and read values, is the same either way.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from weakref import WeakSet

from sqlalchemy import BindParameter, ColumnElement, Connection, Dialect, SelectBase, insert
from sqlalchemy.schema import Table
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from connectors.database.engine import new_key

Values = dict[str, Any]
Converter = Callable[[Any], Any] | None
MADE: WeakSet["Prepared"] = WeakSet()
"""All there are: what goes past SQLAlchemy is not seen by those who listen to it."""


class _Plan(NamedTuple):
    """A statement as SQLite takes it: each parameter's name, its value if it is fixed, and how it is written."""

    text: str
    parameters: list[tuple[str, Any, Converter]]
    row: Callable[[Iterable[Any]], Any]
    readers: list[tuple[int, Callable[[Any], Any]]]

    def given(self, values: Values) -> list[Any]:
        return [
            write(values.get(name, fixed)) if write else values.get(name, fixed)
            for name, fixed, write in self.parameters
        ]

    def all_given(self, rows: Sequence[Values]) -> list[list[Any]]:
        """The same for many, each of which names all that is asked for."""
        names = [name for name, _, _ in self.parameters]
        writers = [(place, write) for place, (_, _, write) in enumerate(self.parameters) if write]
        if len(names) < 2 or not rows[0].keys() >= set(names):
            return [self.given(each) for each in rows]
        chosen, found = itemgetter(*names), []
        for each in rows:
            row = list(chosen(each))
            for place, write in writers:
                row[place] = write(row[place])
            found.append(row)
        return found

    def read(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, reader in self.readers:
            values[place] = reader(values[place])
        return self.row(values)


class Prepared:
    """A statement; the values that it runs with may hold more than the parameters it asks for.

    In an INSERT of values, `columns` are what it fills, and the names of its parameters.
    """

    def __init__(self, statement: Any, columns: Sequence[str] = ()) -> None:
        self.statement, self.columns = statement, columns
        asked = (each for each in visitors.iterate(statement) if isinstance(each, BindParameter) and each.required)
        self.names = sorted({*columns, *(each.key for each in asked)})
        self._plan: _Plan | None = None
        MADE.add(self)

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows it changed."""
        if connection.dialect.name == "sqlite":
            return int(self._executed(connection, values)[1].rowcount)
        return connection.execute(self.statement, self._asked(values)).rowcount

    def many(self, connection: Connection, values: Sequence[Values]) -> None:
        """Runs for each of these; nothing where there are none."""
        if connection.dialect.name != "sqlite":
            connection.execute(self.statement, [self._asked(each) for each in values]) if values else None
        elif values:
            plan, raw = self._ready(connection, values[0])
            raw.executemany(plan.text, plan.all_given(values))

    def rows(self, connection: Connection, values: Values) -> Sequence[Any]:
        """What it selects, with its columns as attributes."""
        if connection.dialect.name == "sqlite":
            plan, cursor = self._executed(connection, values)
            return [plan.read(row) for row in cursor]
        return connection.execute(self.statement, self._asked(values)).all()

    def first(self, connection: Connection, values: Values) -> Any:
        """The first row, None where there is none."""
        return next(iter(self.rows(connection, values)), None)

    def value(self, connection: Connection, values: Values) -> Any:
        """The first row's first column, None where there is no row."""
        found = self.first(connection, values)
        return None if found is None else found[0]

    def key(self, connection: Connection, values: Values) -> int:
        """The key that the store gives to the row it inserts."""
        if connection.dialect.name == "sqlite":
            return int(self._executed(connection, values)[1].lastrowid)
        return new_key(connection.execute(self.statement, self._asked(values)))

    def _asked(self, values: Values) -> dict[str, Any]:
        return {name: values[name] for name in self.names}

    def _executed(self, connection: Connection, values: Values) -> tuple[_Plan, Any]:
        plan, raw = self._ready(connection, values)
        return plan, raw.execute(plan.text, plan.given(values))

    def _ready(self, connection: Connection, values: Values) -> tuple[_Plan, Any]:
        """The plan, and the driver's connection with its transaction begun."""
        if not connection.in_transaction():
            connection.begin()
        self._plan = plan = self._plan or self._planned(connection, values)
        return plan, connection.connection.dbapi_connection

    def _planned(self, connection: Connection, values: Values) -> _Plan:
        compiled = self.statement.compile(dialect=connection.dialect, column_keys=list(self.columns) or None)
        assert isinstance(compiled, SQLCompiler)
        state = compiled.construct_expanded_state(self._asked(values))
        fixed = {name: value for name, value in state.parameters.items() if name not in self.names}
        bound = {each: name for name, expanded in state.parameter_expansion.items() for each in expanded}
        parameters = [
            (name, fixed.get(name), _writer(compiled.binds[bound.get(name, name)], connection.dialect))
            for name in state.positiontup or ()
        ]
        columns = list(self.statement.selected_columns) if isinstance(self.statement, SelectBase) else []
        names = [each.key or "" for each in columns]
        row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
        readers = [(place, _reader(each, connection.dialect)) for place, each in enumerate(columns)]
        read = [(place, reader) for place, reader in readers if reader]
        return _Plan(state.statement, parameters, row._make, read)


def _writer(parameter: BindParameter[Any], dialect: Dialect) -> Converter:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect)


def _reader(column: ColumnElement[Any], dialect: Dialect) -> Converter:
    return column.type.dialect_impl(dialect).result_processor(dialect, None)


def insertion(table: Table) -> Prepared:
    """Inserts one row, with every column of it but a key that the store gives."""
    columns = [each.name for each in table.columns if each is not table.autoincrement_column]
    return Prepared(insert(table), columns)
