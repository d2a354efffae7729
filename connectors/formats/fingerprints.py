"""Fingerprints of documents: two that differ in any field, of the document or of a line, have different ones.

They are made while a packet is read, and stand beside the facts: what is sent again is compared by one number.
"""

import zlib
from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.typed import scaled

BITS = 36
"""Few enough that a packet's sum fits into 64, which the check of a bulk load adds up."""
_BEYOND = np.uint64(1 << 63)
"""Is added to numbers: the XSD bounds them below it."""
Numbers = npt.NDArray[np.uint64]
Columns = Mapping[str, pa.Array]


class Fingerprints:
    """Of a packet's documents, whose own columns are given at the begin and whose rows follow in batches."""

    def __init__(self, size: int, documents: Columns) -> None:
        self._sums = _mixed(_of(size, documents))

    def add(self, places: npt.NDArray[np.int64], rows: Columns, left_out: npt.NDArray[np.bool_]) -> None:
        """Rows by the places of their documents, those of one side by side; in any order within it."""
        if not len(places):
            return
        own = _mixed(_of(len(places), rows))
        own[left_out] = 0
        first = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
        self._sums[places[first]] += np.add.reduceat(own, first)

    def finished(self) -> pa.Array:
        return pa.array((_mixed(self._sums) >> np.uint64(64 - BITS)).astype(np.int64))


def _of(size: int, columns: Columns) -> Numbers:
    """A number for each row; what is absent adds nothing, wherever batches are cut."""
    found = np.zeros(size, np.uint64)
    for name, column in columns.items():
        flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if flat.null_count < size:
            found += _of_column(flat, _factor(name))
    return found


@cache
def _factor(name: str) -> np.uint64:
    """Odd, so that no value is lost."""
    return np.uint64(_mixed(np.array([zlib.crc32(name.encode())], np.uint64))[0] | np.uint64(1))


def _of_column(column: pa.Array, factor: np.uint64) -> Numbers:
    """Values times a number of the column's own; a zero must not be the same as nothing."""
    if pa.types.is_string(column.type):
        encoded = column.dictionary_encode()
        words = [zlib.crc32(text.encode()) + 1 for text in encoded.dictionary.to_pylist()]
        own = _mixed(np.array([*words, 0], np.uint64)) * factor
        places = encoded.indices if not column.null_count else pc.fill_null(encoded.indices, len(words))
        return np.asarray(own[places.to_numpy()])
    own = (_as_numbers(column) + _BEYOND) * factor
    if column.null_count:
        own[np.asarray(column.is_null().to_numpy(zero_copy_only=False))] = 0
    return own


def _as_numbers(column: pa.Array) -> Numbers:
    if pa.types.is_decimal(column.type):
        return scaled(column).view(np.uint64)
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return np.asarray(pc.fill_null(column.cast(pa.int64()), 0).to_numpy()).view(np.uint64)


def _mixed(numbers: Numbers) -> Numbers:
    """Each bit of a number changes all (the end of splitmix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
