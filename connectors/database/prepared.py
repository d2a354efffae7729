"""Statements of a load, built once for each feed: for a small packet, to build one costs more than to run it.

They are written against a packet, and a window, whose every field is a parameter; `given` fills these in.
"""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Date, String, bindparam
from sqlalchemy.sql import visitors

from connectors.database.journal import Journalled
from connectors.database.types import Code, Instant, Key
from gateway.domain.packet import first_document_key

Values = dict[str, Any]
_OURS = "the_"
"""Begins the names of parameters, so that none is a column's: SQLAlchemy would set that."""


def _parameters(**types: Any) -> Any:
    return SimpleNamespace(**{name: bindparam(f"{_OURS}{name}", type_=kind) for name, kind in types.items()})


THE: Any = _parameters(key=Key, site=Key, feed=String(), organization=Code(14), created=Instant(), claim=Key)
"""Stands for a `Journalled`."""
WINDOW: Any = _parameters(first=Date(), last=Date(), warehouse=Key, code=Code())
"""Stands for a `scopes.Window`."""
BESIDE: Any = _parameters(party=Key, now=Instant(), first_key=Key, change=Key)
"""The packet's party, the moment, what the keys of its documents begin after, and a change of the crosswalk."""


class Prepared:
    """A statement with the parameters that it asks for."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        found = (each.key for each in visitors.iterate(statement) if isinstance(each, BindParameter))
        self._names = sorted({name for name in found if name.startswith(_OURS)})

    def run(self, connection: Connection, values: Values) -> CursorResult[Any]:
        """`values` may hold more than the statement asks for."""
        return connection.execute(self._statement, {name: values[name] for name in self._names})


def given(packet: Journalled, window: Any = None, party: int | None = None, now: datetime | None = None) -> Values:
    """The values of all parameters."""
    values = {_OURS + name: getattr(packet, name) for name in vars(THE)}
    values |= {} if window is None else {_OURS + name: getattr(window, name) for name in vars(WINDOW)}
    return values | given_beside(party=party, now=now, first_key=first_document_key(packet.key), change=None)


def given_beside(**values: Any) -> Values:
    """Those of a statement that is about no packet."""
    return {_OURS + name: value for name, value in values.items()}
