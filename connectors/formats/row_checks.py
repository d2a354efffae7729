"""The rules that a row must keep by itself: signs, products of its numbers, order of its dates."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.rows import Finding, Findings, Mask, Rows, plain

KOPECK = 0.01
HALF_KOPECK = 0.005


def row_findings(rows: Rows) -> Findings:
    """Every rule's findings in a batch; a feed without the fields of a rule skips it."""
    yield from _required(rows)
    yield from _quantities(rows)
    yield from _amounts(rows)
    yield from _vat(rows)
    yield from _stock(rows)
    yield from _debt(rows)
    yield from _dates(rows)
    yield from _bar_codes(rows)


def _required(rows: Rows) -> Findings:
    """What the XSD takes for filled: 0001-01-01, and white space that is not XML's, as NBSP."""
    for field in rows.feed.row_fields:
        if field.required and field.name != "n":
            yield Finding("FIELD_MISSING", field.name, rows.absent(field.column))


def _quantities(rows: Rows) -> Findings:
    if not rows.has("quantity") or not rows.feed.signs:
        return
    yield Finding("QUANTITY_MISSING", "quantity", rows.directed & rows.absent("quantity"))
    yield Finding("QUANTITY_NEGATIVE", "quantity", rows.directed & (rows.millionths("quantity") < 0))


def _amounts(rows: Rows) -> Findings:
    if not rows.has("amount") or not rows.feed.signs:
        return
    negative_only = rows.directed & (rows.millionths("amount") < 0)
    if rows.has("quantity"):
        negative_only &= rows.millionths("quantity") >= 0
    yield Finding("AMOUNT_NEGATIVE", "amount", negative_only)
    if not rows.has("discount") or not rows.filled("price", "quantity"):
        return
    quantity = rows.number("quantity")
    expected = quantity * rows.number("price") - np.nan_to_num(rows.number("discount"))
    # a price is rounded to kopecks, so each piece may be half a kopeck off
    allowed = KOPECK + HALF_KOPECK * np.abs(quantity)
    differs = np.abs(rows.number("amount") - expected) > allowed
    yield Finding("AMOUNT_DIFFERS", "amount", differs, lambda row: {"expected": _money(expected[row])})


def _vat(rows: Rows) -> Findings:
    if not rows.filled("vat", "vat_rate"):
        return
    rate = rows.number("vat_rate")
    expected = rows.number("amount") * rate / (100 + rate)
    differs = np.abs(rows.number("vat") - expected) > 2 * KOPECK
    yield Finding(
        "VAT_DIFFERS",
        "vat",
        differs,
        lambda row: {"expected": _money(expected[row]), "rate": plain(float(rate[row]))},
    )


def _stock(rows: Rows) -> Findings:
    if not rows.has("quantity", "reserved"):
        return
    quantity = rows.number("quantity")
    yield Finding("STOCK_NEGATIVE", "quantity", quantity < 0)
    if rows.filled("reserved"):
        yield Finding("RESERVE_EXCEEDS_STOCK", "reserved", rows.number("reserved") > np.maximum(quantity, 0))


def _debt(rows: Rows) -> Findings:
    if not rows.has("open_amount", "due"):
        return
    amount, still_open = rows.number("amount"), rows.number("open_amount")
    yield Finding("OPEN_EXCEEDS_AMOUNT", "openAmount", np.abs(still_open) > np.abs(amount))
    if rows.filled("due"):
        yield Finding("DUE_BEFORE_DATE", "due", rows.before("due", "date"))


def _dates(rows: Rows) -> Findings:
    if rows.filled("produced", "expiry"):
        yield Finding("EXPIRY_BEFORE_PRODUCED", "expiry", rows.before("expiry", "produced"))


def _bar_codes(rows: Rows) -> Findings:
    if not rows.filled("gtin"):
        return
    encoded = rows.columns["gtin"].dictionary_encode()
    wrong = pa.array([not check_digit_fits(code) for code in encoded.dictionary.to_pylist()], pa.bool_())
    mask: Mask = np.asarray(pc.fill_null(wrong.take(encoded.indices), False).to_numpy(zero_copy_only=False))
    yield Finding("GTIN_INVALID", "gtin", mask)


def check_digit_fits(gtin: str) -> bool:
    """GS1: weights 3 and 1 in turn from the right, the sum with the check digit a multiple of ten."""
    digits = [int(each) for each in reversed(gtin)]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _money(value: float) -> str:
    return f"{value:.2f}"
