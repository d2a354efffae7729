"""Whether a small packet may break a rule of `document_checks`, `row_checks` or `repeats`: each answer is one rule's.

True where there is any doubt. Numbers are floats of at most fifteen digits, and so compare as those of columns do.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

from connectors.formats.document_checks import MAY_BE_EMPTY, Bounds, inn_fits
from connectors.formats.plain_columns import Columns
from connectors.formats.repeats import SAME
from connectors.formats.row_checks import HALF_KOPECK, KOPECK, check_digit_fits
from gateway.domain.feed import Dating, Feed

Doubts = Iterator[bool]


def of_documents(feed: Feed, documents: Columns, days: list[date | None], bounds: Bounds) -> Doubts:
    if feed.dating is Dating.OWN:
        first, last = min(filter(None, days), default=None), max(filter(None, days), default=None)
        if first and last:
            yield bounds.first is not None and bounds.last is not None and (first < bounds.first or last > bounds.last)
            yield bounds.earliest is not None and first < bounds.earliest
            yield bounds.today is not None and last > bounds.today + timedelta(days=1)
    if feed.signs:
        yield "correction" in documents["kind"]  # its numbers have rules of their own
    if "toWarehouse" in documents:
        places = zip(documents["kind"], documents["toWarehouse"], documents["warehouse"], strict=True)
        yield any(kind == "transfer" and to in (None, own) for kind, to, own in places)
    if "inn" in documents:
        yield not all(inn_fits(inn) for inn in documents["inn"] if inn)


def of_rows(feed: Feed, rows: Columns) -> Doubts:
    if feed.signs:
        yield from _signed(rows)
    if rows.has("vat", "vatRate"):
        taxed = zip(rows["amount"], rows["vat"], rows["vatRate"], strict=True)
        yield any(
            abs(vat - amount * rate / (100 + rate)) > 2 * KOPECK
            for amount, vat, rate in taxed
            if None not in (amount, vat, rate)
        )
    if "reserved" in rows:
        yield min(_given(rows["quantity"]), default=0) < 0
        kept = zip(rows["quantity"], rows["reserved"], strict=True)
        yield any(reserved > max(quantity or 0, 0) for quantity, reserved in kept if reserved is not None)
    if rows.has("openAmount"):
        debts = zip(rows["amount"], rows["openAmount"], strict=True)
        yield any(abs(still_open) > abs(amount) for amount, still_open in debts)
        yield _reversed(rows["date"], rows["due"])
    if rows.has("produced", "expiry"):
        yield _reversed(rows["produced"], rows["expiry"])
    if rows.has("gtin"):
        yield not all(check_digit_fits(gtin) for gtin in {*rows["gtin"]} if gtin)


def of_lines(feed: Feed, documents: Columns, rows: Columns, places: list[int]) -> Doubts:
    """Whether a document has no rows, or twice the same."""
    if feed.name not in MAY_BE_EMPTY:
        deleted = documents["deleted"] if "deleted" in documents else [False] * len(documents)
        yield any(not deleted[place] for place in {*range(len(documents))}.difference(places))
    lines = _lines(rows["n"], places) if None in rows["n"] else rows["n"]
    yield len({*zip(places, lines, strict=True)}) < len(places)
    if feed.has_products:
        same = [[value or 0 for value in rows[name]] for name in SAME if rows.has(name)]
        yield len({*zip(places, *same, strict=True)}) < len(places)


def _signed(rows: Columns) -> Doubts:
    if "quantity" in rows:
        yield None in rows["quantity"] or min(rows["quantity"], default=0) < 0
    yield min(_given(rows["amount"]), default=0) < 0
    if "discount" in rows and rows.has("price", "quantity"):
        lines = zip(rows["quantity"], rows["price"], rows["discount"], rows["amount"], strict=True)
        yield any(
            abs(amount - (quantity * price - (discount or 0))) > KOPECK + HALF_KOPECK * abs(quantity)
            for quantity, price, discount, amount in lines
            if price is not None
        )


def _lines(numbers: list[int | None], places: list[int]) -> list[int]:
    """Where the sender gives none, a row's number is its place within the document."""
    found, before, counted = [], -1, count(1)
    for number, place in zip(numbers, places, strict=True):
        counted = counted if place == before else count(1)
        before, here = place, next(counted)
        found.append(here if number is None else number)
    return found


def _given(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _reversed(earlier: list[date | None], later: list[date | None]) -> bool:
    return any(first and last and last < first for first, last in zip(earlier, later, strict=True))
