"""The chain of seals: whatever is touched afterwards shows, and by name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.audit import Entry, Seal, StoredEntry, breach, canonical, seal

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ENTRY = Entry(NOW, "192.0.2.1", "SendPacket", "accepted", "volga", 1, "p-1", 12, 345)
KEYS = (3, 4, 7, 8)  # a rolled back insert left a gap


def rows(*keys: int) -> list[StoredEntry]:
    return [StoredEntry(key, replace(ENTRY, packet_id=f"p-{key}")) for key in keys]


BEFORE = seal(None, rows(1, 2), NOW)
SEALED = seal(BEFORE, rows(*KEYS), NOW)


def test_an_untouched_segment_is_as_it_was_sealed() -> None:
    assert breach(BEFORE, None, rows(1, 2)) is None
    assert breach(SEALED, BEFORE, rows(*KEYS)) is None
    assert (SEALED.number, SEALED.first_key, SEALED.last_key, SEALED.rows) == (2, 3, 8, 4)


@pytest.mark.parametrize("missing", KEYS)
def test_a_missing_row_is_named(missing: int) -> None:
    found = breach(SEALED, BEFORE, rows(*(key for key in KEYS if key != missing)))
    assert found == f"segment 2 (rows 3 to 8): row {missing} is missing"


def test_an_added_row_is_named() -> None:
    assert breach(SEALED, BEFORE, rows(3, 4, 5, 7, 8)) == (
        "segment 2 (rows 3 to 8): row 5 was added after the segment was sealed"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"at": NOW.replace(microsecond=1)},
        {"address": "192.0.2.2"},
        {"operation": "Ping"},
        {"outcome": "rejected"},
        {"login": "ural"},
        {"login": None},
        {"site": 2},
        {"packet_id": "p-9"},
        {"milliseconds": 13},
        {"bytes": 346},
    ],
    ids=str,
)
def test_an_altered_row_is_named_whatever_was_altered(change: dict[str, object]) -> None:
    touched = rows(*KEYS)
    touched[2] = StoredEntry(7, replace(touched[2].entry, **change))  # type: ignore[arg-type]
    assert breach(SEALED, BEFORE, touched) == "segment 2 (rows 3 to 8): row 7 is altered"


@pytest.mark.parametrize(
    "change",
    [{"hash": "0" * 64}, {"sealed_at": NOW.replace(hour=21)}, {"rows": 3}, {"first_key": 2}, {"last_key": 9}],
    ids=str,
)
def test_an_altered_seal_shows(change: dict[str, object]) -> None:
    assert str(breach(replace(SEALED, **change), BEFORE, rows(*KEYS))).endswith(": the seal is altered")  # type: ignore[arg-type]


def test_marks_that_were_tampered_with_neither_hide_a_breach_nor_make_one() -> None:
    for marks in (b"", b"xyz", SEALED.marks[:17], bytes(64)):
        assert breach(replace(SEALED, marks=marks), BEFORE, rows(*KEYS)) is None
        assert breach(replace(SEALED, marks=marks), BEFORE, rows(3, 4, 8)) is not None


def test_a_missing_segment_is_named() -> None:
    after = seal(SEALED, rows(9), NOW)
    assert breach(after, BEFORE, rows(9)) == "segment 2 is missing"
    assert breach(SEALED, None, rows(*KEYS)) == "segment 1 is missing"


def test_a_segment_made_anew_breaks_the_one_after_it() -> None:
    after = seal(SEALED, rows(9), NOW)
    forged: Seal = seal(BEFORE, rows(3, 4, 8), NOW)
    assert breach(forged, BEFORE, rows(3, 4, 8)) is None
    assert breach(after, forged, rows(9)) is not None


def test_the_canonical_form_never_changes() -> None:
    """Else every journal that was ever sealed would seem to be tampered with."""
    assert canonical(StoredEntry(7, ENTRY)) == (
        b'{"address":"192.0.2.1","at":"2026-11-20T20:00:00.000000+00:00","bytes":345,"key":7,"login":"volga",'
        b'"milliseconds":12,"operation":"SendPacket","outcome":"accepted","packet_id":"p-1","site":1}\n'
    )
    assert BEFORE.hash == "12c2e62524e30bbc392803c6d47bacc35b7f4d3107346a0086421a87678d8b58"
