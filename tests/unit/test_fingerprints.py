"""A document's fingerprint is of what it holds: not of how its rows were cut into batches, nor of what is absent."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.fingerprints import BITS, Fingerprints
from tests.unit.reading import property_of

Rows = list[tuple[int, str | None, int | None]]
"""(document, text, number) in the order of reading."""


def fingerprints(rows: Rows, cuts: list[int]) -> list[int]:
    prints = Fingerprints(3, {"number": pa.array(["A", "A", None])})
    for start, end in pairwise([0, *sorted(cuts), len(rows)]):
        batch = rows[start:end]
        columns = {"text": pa.array([row[1] for row in batch], pa.string())}
        columns["number"] = pa.array([row[2] for row in batch], pa.int64())
        prints.add(np.array([row[0] for row in batch], np.int64), columns, np.zeros(len(batch), bool))
    found: list[int] = prints.finished().to_pylist()
    return found


several = st.lists(
    st.tuples(st.integers(0, 2), st.none() | st.sampled_from("ab"), st.none() | st.integers(-2, 2)), max_size=9
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@property_of(300)
@given(several, st.data())
def test_batches_may_be_cut_anywhere(rows: Rows, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=4))
    assert fingerprints(rows, cuts) == fingerprints(rows, [])


@property_of(300)
@given(several, several)
def test_documents_are_told_apart_by_their_rows_in_any_order(some: Rows, others: Rows) -> None:
    for place, (one, other) in enumerate(zip(fingerprints(some, []), fingerprints(others, []), strict=True)):
        same = sorted(map(str, some_of(some, place))) == sorted(map(str, some_of(others, place)))
        assert (one == other) == same
        assert 0 <= one < 1 << BITS


def some_of(rows: Rows, place: int) -> Rows:
    """A document's rows; one that holds nothing says nothing."""
    return [row for row in rows if row[0] == place and row[1:] != (None, None)]
