"""Parameters of a load's statements: these are written against a packet, and a window, whose every field is one.

`given` fills them in.
"""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Date, Integer, String, bindparam

from connectors.database.journal import Journalled
from connectors.database.prepared import Values
from connectors.database.types import Code, Instant, Key
from gateway.domain.packet import first_document_key

_OURS = "the_"
"""Begins the names of parameters, so that none is a column's: SQLAlchemy would set that."""


def _parameters(**types: Any) -> Any:
    return SimpleNamespace(**{name: bindparam(f"{_OURS}{name}", type_=kind) for name, kind in types.items()})


THE: Any = _parameters(key=Key, site=Key, feed=String(), organization=Code(14), created=Instant(), claim=Key)
"""Stands for a `Journalled`."""
WINDOW: Any = _parameters(first=Date(), last=Date(), warehouse=Key, code=Code())
"""Stands for a `scopes.Window`."""
BESIDE: Any = _parameters(party=Key, now=Instant(), first_key=Key, last_key=Key, change=Key)
"""The packet's party, the moment, between which the keys of its documents are, and a change of the crosswalk."""
CLAIM: Any = _parameters(packet=Key, token=Integer(), tries=Integer(), last=Integer())
"""Stands for a `queue.Claim`, and the token that was the last before it."""


def given(packet: Journalled, window: Any = None, party: int | None = None, now: datetime | None = None) -> Values:
    """The values of all parameters."""
    values = {_OURS + name: getattr(packet, name) for name in vars(THE)}
    values |= {} if window is None else {_OURS + name: getattr(window, name) for name in vars(WINDOW)}
    return values | given_beside(party=party, now=now, first_key=first_document_key(packet.key), change=None)


def given_beside(**values: Any) -> Values:
    """Those of a statement that is about no packet."""
    return {_OURS + name: value for name, value in values.items()}
