"""The audit journal's rules: what is noted of a request, and how rows are sealed so that a touched one shows.

A seal's hash is SHA-256 over the hash of the seal before, the seal's own figures, and the canonical JSON of each row.
"""

import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BEGINNING = "0" * 64
"""Stands for the seal before the first."""
_MARK = struct.Struct(">q8s")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `login` is what the caller claimed; `site` is known only where the password was right."""

    at: datetime
    address: str
    operation: str
    outcome: str
    login: str | None = None
    site: int | None = None
    packet_id: str | None = None
    milliseconds: int = 0
    bytes: int = 0

    def told(self) -> dict[str, Any]:
        """All of it, by name: `asdict` would copy every value, and there is one of these for each request."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with the key that the store gave it."""

    key: int
    entry: Entry


@dataclass(frozen=True)
class Seal:
    """A segment of the journal: the rows after the seal before, up to `last_key`. Keys may have gaps."""

    number: int
    first_key: int
    last_key: int
    rows: int
    sealed_at: datetime
    hash: str
    marks: bytes


def seal(before: Seal | None, rows: Sequence[StoredEntry], now: datetime) -> Seal:
    """The next seal, over rows in the order of their keys; there must be one at least."""
    number = before.number + 1 if before else 1
    found = Seal(number, rows[0].key, rows[-1].key, len(rows), now, "", b"")
    marks = b"".join(_MARK.pack(row.key, _mark(row)) for row in rows)
    return Seal(number, found.first_key, found.last_key, found.rows, now, _hash(found, before, rows), marks)


def breach(sealed: Seal, before: Seal | None, rows: Sequence[StoredEntry]) -> str | None:
    """What is wrong with a segment, in words; None where it is as it was sealed.

    `rows` are all that stand after the seal before, up to this seal's last key.
    """
    expected = before.number + 1 if before else 1
    if sealed.number != expected:
        return f"segment {expected} is missing"
    if sealed.hash == _hash(sealed, before, rows):
        return None
    place = f"segment {sealed.number} (rows {sealed.first_key} to {sealed.last_key})"
    return f"{place}: {_touched(sealed, rows)}"


def _touched(sealed: Seal, rows: Sequence[StoredEntry]) -> str:
    marked = dict(_MARK.iter_unpack(sealed.marks[: len(sealed.marks) // _MARK.size * _MARK.size]))
    found = {row.key: _mark(row) for row in rows}
    for key in sorted(marked.keys() | found.keys()):
        if key not in found:
            return f"row {key} is missing"
        if key not in marked:
            return f"row {key} was added after the segment was sealed"
        if marked[key] != found[key]:
            return f"row {key} is altered"
    return "the seal is altered"


def _hash(sealed: Seal, before: Seal | None, rows: Sequence[StoredEntry]) -> str:
    digest = hashlib.sha256((before.hash if before else BEGINNING).encode())
    figures = [sealed.number, sealed.first_key, sealed.last_key, sealed.rows, _spelt(sealed.sealed_at)]
    digest.update(_json(figures))
    for row in rows:
        digest.update(canonical(row))
    return digest.hexdigest()


def canonical(row: StoredEntry) -> bytes:
    """A row as it is hashed: JSON with sorted names, no blanks, UTC instants, a line of its own."""
    return _json({"key": row.key, **row.entry.told(), "at": _spelt(row.entry.at)})


def _mark(row: StoredEntry) -> bytes:
    return hashlib.sha256(canonical(row)).digest()[:8]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _spelt(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
