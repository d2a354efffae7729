"""The nearest of our product codes to one that we don't know; asked for again and again, so remembered."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, Engine, func, select

from connectors.database.facts import sku
from connectors.database.prepared import Prepared

REMEMBERED = 10_000
"""Codes whose nearest ones a process remembers."""


@dataclass
class _Ours:
    """Our codes while `newest` is the key of the newest one: a reference only grows."""

    newest: int
    codes: list[str]
    nearest: dict[str, list[str]] = field(default_factory=dict)


_NEWEST = Prepared(select(func.max(sku.c.key)))
_OURS: WeakKeyDictionary[Engine, _Ours] = WeakKeyDictionary()


def similar_codes(connection: Connection, codes: list[str]) -> dict[str, list[str]]:
    """For each code the nearest codes of our products, best first."""
    if not codes:
        return {}
    ours = _ours(connection)
    if len(ours.nearest) > REMEMBERED:
        ours.nearest.clear()
    for code in codes:
        if code not in ours.nearest:
            found = process.extract(code, ours.codes, scorer=fuzz.ratio, limit=3, score_cutoff=60)
            ours.nearest[code] = [name for name, _, _ in found]
    return {code: ours.nearest[code] for code in codes}


def _ours(connection: Connection) -> _Ours:
    newest = _NEWEST.value(connection, {}) or 0
    ours = _OURS.get(connection.engine)
    if ours is None or ours.newest != newest:
        ours = _OURS[connection.engine] = _Ours(newest, list(connection.scalars(select(sku.c.code))))
    return ours
