"""Finds rows whose line number, or whose whole content, their document has had before."""

import zlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.rows import Rows
from connectors.formats.typed import integers

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SAME = ("product", "batch", "unit", "quantity", "price", "amount")
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.uint64(0)


def line_numbers(batch: pa.RecordBatch) -> Integers:
    """The rows' `n`; where the sender gives none, their place within the document, from 1."""
    place = pc.add(batch.column("<row>").cast(pa.int64()), 1)
    return np.asarray(pc.coalesce(integers(batch.column("n")), place).to_numpy(zero_copy_only=False))


class Repeats:
    """Remembers the lines of the document that a batch cut in two."""

    def __init__(self) -> None:
        self._document = -1
        self._lines = np.zeros(0, np.int64)

    def of(self, documents: Integers, lines: Integers) -> Mask:
        """True for every row but the first of the same document and `n`. Batches come in the order of reading."""
        if not len(lines):
            return np.zeros(0, bool)
        carried = self._lines if documents[0] == self._document else np.zeros(0, np.int64)
        whole = np.concatenate([np.full(len(carried), documents[0]), documents])
        numbers = np.concatenate([carried, lines])
        self._document = int(documents[-1])
        self._lines = numbers[whole == self._document]
        return repeated(whole, numbers)[len(carried) :]


def repeated(documents: Integers, lines: Integers) -> Mask:
    """The rule for rows that are all at hand."""
    rising = (documents[1:] > documents[:-1]) | ((documents[1:] == documents[:-1]) & (lines[1:] > lines[:-1]))
    mask = np.zeros(len(lines), dtype=bool)
    if rising.all():  # the ordinary case, and it needs no sorting
        return mask
    order = np.lexsort((lines, documents))
    same = (documents[order][1:] == documents[order][:-1]) & (lines[order][1:] == lines[order][:-1])
    mask[order[1:][same]] = True
    return mask


def fingerprints(rows: Rows) -> Integers:
    """A number for each row that rows of the same product, batch and numbers share (and hardly any others)."""
    mixed = np.zeros(len(rows), np.uint64)
    for name in SAME:
        if rows.has(name):
            mixed = (mixed ^ (_as_numbers(rows, name) if rows.filled(name) else _NOTHING)) * _PRIME
            mixed ^= mixed >> np.uint64(29)
    return mixed.view(np.int64)


def _as_numbers(rows: Rows, name: str) -> npt.NDArray[np.uint64]:
    column = rows.columns[name]
    if pa.types.is_decimal(column.type):
        return rows.millionths(name).view(np.uint64)
    encoded = column.dictionary_encode()
    own = np.array([zlib.crc32(text.encode()) for text in encoded.dictionary.to_pylist()] + [0], np.uint64)
    places = pc.fill_null(encoded.indices, len(own) - 1).to_numpy()
    return np.asarray(own[places], np.uint64)
