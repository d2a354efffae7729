"""The rules that a document must keep: sent once, dated within bounds, not empty, sound in itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.domain.feed import Dating, Feed
from gateway.domain.problem import Problem

MAY_BE_EMPTY = ("stock", "receivables", "order-statuses")
"""Feeds of which a document without rows says something."""


@dataclass(frozen=True)
class Bounds:
    """The dates that documents may have: the packet's window, not before the agreed history, not in the future."""

    first: date | None
    last: date | None
    earliest: date | None
    today: date | None


def label(documents: pa.Table, place: int) -> str:
    """A document as its sender knows it: number and date."""
    parts = (documents["number"][place].as_py(), documents["date"][place].as_py())
    return " ".join(str(part) for part in parts if part)


def document_problems(feed: Feed, documents: pa.Table, bounds: Bounds, filled: np.ndarray) -> Iterator[Problem]:
    """`filled` says of each document whether it has rows."""
    yield from _repeated(documents)
    yield from _missing(feed, documents)
    if feed.dating is Dating.OWN:
        yield from _dated(feed, documents, bounds)
    if feed.row and feed.name not in MAY_BE_EMPTY:
        yield from _empty(documents, filled)
    if "to_warehouse" in documents.column_names:
        yield from _transfers(documents)
    if "inn" in documents.column_names:
        yield from _tax_numbers(documents)


def _repeated(documents: pa.Table) -> Iterator[Problem]:
    identities = documents["identity"]
    if pc.count_distinct(identities).as_py() == len(identities):
        return
    seen: set[str] = set()
    for place, identity in enumerate(identities.to_pylist()):
        if identity in seen:
            yield Problem("DOCUMENT_REPEATED", label(documents, place), value=identity)
        seen.add(identity)


def _missing(feed: Feed, documents: pa.Table) -> Iterator[Problem]:
    """What the XSD takes for filled: 0001-01-01, and white space that is not XML's, as NBSP."""
    for field in (each for each in feed.document_fields if each.required):
        for place in np.flatnonzero(documents[field.column].is_null().to_numpy()):
            yield Problem("FIELD_MISSING", label(documents, int(place)), field=field.name)


def _dated(feed: Feed, documents: pa.Table, bounds: Bounds) -> Iterator[Problem]:
    dates = documents["date"]
    if bounds.first and bounds.last:
        outside = pc.or_(pc.less(dates, bounds.first), pc.greater(dates, bounds.last))
        window = {"window": f"{bounds.first} – {bounds.last}"}
        yield from _at(documents, outside, "DATE_OUTSIDE_WINDOW", feed.dated, window)
    if bounds.earliest:
        early = {"earliest": str(bounds.earliest)}
        yield from _at(documents, pc.less(dates, bounds.earliest), "DATE_BEFORE_HISTORY", feed.dated, early)
    if bounds.today:
        latest = bounds.today + timedelta(days=1)  # somewhere it is tomorrow already
        yield from _at(documents, pc.greater(dates, latest), "DATE_IN_FUTURE", feed.dated, {})


def _empty(documents: pa.Table, filled: np.ndarray) -> Iterator[Problem]:
    deleted = documents["deleted"].to_numpy() if "deleted" in documents.column_names else np.zeros(len(filled), bool)
    for place in np.flatnonzero(~filled & ~deleted.astype(bool)):
        yield Problem("DOCUMENT_EMPTY", label(documents, int(place)))


def _transfers(documents: pa.Table) -> Iterator[Problem]:
    transfer = pc.equal(documents["kind"], "transfer")
    missing = pc.and_(transfer, documents["to_warehouse"].is_null())
    yield from _at(documents, missing, "TRANSFER_WITHOUT_TARGET", "toWarehouse", {}, valued=False)
    same = pc.and_(transfer, pc.equal(documents["to_warehouse"], documents["warehouse"]))
    for place in np.flatnonzero(pc.fill_null(same, False).to_numpy()):
        value = documents["to_warehouse"][int(place)].as_py()
        yield Problem("TRANSFER_TO_ITSELF", label(documents, int(place)), field="toWarehouse", value=value)


def _tax_numbers(documents: pa.Table) -> Iterator[Problem]:
    for place, inn in enumerate(documents["inn"].to_pylist()):
        if inn and not inn_fits(inn):
            yield Problem("INN_INVALID", label(documents, place), place + 1, "inn", inn)


def inn_fits(inn: str) -> bool:
    """Check digits of a Russian INN (10 or 12 digits); numbers of other lengths are other countries'."""
    digits = [int(each) for each in inn]
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    if len(digits) == 10:
        return _remainder(weights[2:], digits) == digits[9]
    if len(digits) == 12:
        return _remainder(weights[1:], digits) == digits[10] and _remainder(weights, digits) == digits[11]
    return True


def _remainder(weights: tuple[int, ...], digits: list[int]) -> int:
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11 % 10


def _at(
    documents: pa.Table, mask: pa.ChunkedArray, code: str, field: str, params: dict[str, str], valued: bool = True
) -> Iterator[Problem]:
    for place in map(int, np.flatnonzero(pc.fill_null(mask, False).to_numpy())):
        value = str(documents["date"][place].as_py()) if valued else None
        yield Problem(code, label(documents, place), None, field, value, params)
