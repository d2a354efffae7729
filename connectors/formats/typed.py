"""Columns as text to columns of their kind: exact numbers, dates, instants, codes in their one spelling."""

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gateway.domain.feed import Field, Kind
from gateway.domain.packet import ABSENT_DATE, in_utc

NUMBER = pa.decimal128(18, 6)
INSTANT = pa.timestamp("us", tz="UTC")
_ZERO = pa.scalar(0, NUMBER)
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.string(),
    Kind.NUMBER: NUMBER,
    Kind.INTEGER: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.INSTANT: INSTANT,
}
Scaled = npt.NDArray[np.int64]


def typed(column: pa.Array, field: Field, zone: ZoneInfo) -> pa.Array:
    """A validated text column as its field's kind; empty text and 0001-01-01 become null.

    Raises ValueError (pyarrow's ArrowInvalid is one) where the calendar has no such date or instant.
    """
    if column.null_count == len(column):  # most fields are optional, and few are ever given
        return _absent(field.kind, len(column))
    match field.kind:
        case Kind.NUMBER:
            return _cast(column, NUMBER)
        case Kind.INTEGER:
            return integers(column)
        case Kind.DATE:
            dates = _cast(column, pa.date32())
            return _null_where(dates, pc.equal(dates, pa.scalar(ABSENT_DATE, pa.date32())))
        case Kind.INSTANT:
            return _each_distinct(column, lambda text: in_utc(text, zone), INSTANT)
        case Kind.FLAG:
            return pc.is_in(pc.utf8_trim_whitespace(column), pa.array(["true", "1"]))
        case Kind.CODE:
            return blank_to_null(pc.utf8_normalize(pc.utf8_trim_whitespace(column), "NFC"))
        case Kind.TEXT:
            return blank_to_null(pc.utf8_trim_whitespace(column))


def _absent(kind: Kind, size: int) -> pa.Array:
    return pa.repeat(False, size) if kind is Kind.FLAG else pa.nulls(size, _TYPES[kind])


def typed_batch(batch: pa.RecordBatch, fields: tuple[Field, ...], zone: ZoneInfo) -> dict[str, pa.Array]:
    """Every field's column, typed, by name."""
    return {field.column: typed(batch.column(field.column), field, zone) for field in fields}


def scaled(numbers: pa.Array) -> Scaled:
    """A `NUMBER` column as millionths in int64, nulls as 0: the low half of each decimal, the XSD bounds the rest."""
    filled = pc.fill_null(numbers, _ZERO) if numbers.null_count else numbers
    words = np.frombuffer(filled.buffers()[1], dtype=np.int64)
    return words[2 * filled.offset : 2 * (filled.offset + len(filled)) : 2].copy()


def exact_sum(values: Scaled) -> int:
    """The sum of int64 values as a Python int: halves are added apart, so that nothing overflows."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def integers(column: pa.Array) -> pa.Array:
    """A validated column of whole numbers; Arrow takes no leading plus, XML does."""
    signed = pc.any(pc.match_substring(column, "+")).as_py()
    return _cast(pc.utf8_ltrim(pc.utf8_trim_whitespace(column), "+") if signed else column, pa.int64())


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:  # white space around the value is valid XML, but not to Arrow
        return pc.utf8_trim_whitespace(column).cast(kind)


def blank_to_null(column: pa.Array) -> pa.Array:
    return _null_where(column, pc.equal(column, ""))


def _null_where(column: pa.Array, mask: pa.Array) -> pa.Array:
    if not pc.any(mask).as_py():
        return column
    return pc.if_else(mask, pa.scalar(None, column.type), column)


def _each_distinct(column: pa.Array, convert, kind: pa.DataType) -> pa.Array:  # type: ignore[no-untyped-def]
    encoded = column.dictionary_encode()
    values = pa.array([convert(text) for text in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)
