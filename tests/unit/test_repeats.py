"""A line number that its document has used before is found, however the reading is cut into batches."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.repeats import Repeats, line_numbers, repeated
from tests.unit.reading import property_of

Lines = list[tuple[int, int]]
"""(document, n) in the order of reading."""


def brute_force(lines: Lines) -> list[bool]:
    return [line in lines[:at] for at, line in enumerate(lines)]


def in_batches(lines: Lines, cuts: list[int]) -> list[bool]:
    watch, found, edges = Repeats(), [], [0, *sorted(cuts), len(lines)]
    for start, end in pairwise(edges):
        batch = lines[start:end]
        documents = np.array([document for document, _ in batch], np.int64)
        found += watch.of(documents, np.array([n for _, n in batch], np.int64)).tolist()
    return found


def batch(*numbers: str | None) -> pa.RecordBatch:
    rows = pa.array(range(len(numbers)), pa.uint32())
    return pa.RecordBatch.from_pydict({"<row>": rows, "n": pa.array(numbers, pa.string())})


packets = st.lists(st.lists(st.integers(1, 6), max_size=8), max_size=5).map(
    lambda documents: [(document, n) for document, lines in enumerate(documents) for n in lines]
)


@property_of(500)
@given(packets, st.data())
def test_repeats_are_those_of_a_plain_search_wherever_batches_are_cut(lines: Lines, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(lines)), max_size=6))
    assert in_batches(lines, cuts) == brute_force(lines)


@property_of(300)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), max_size=20))
def test_the_rule_for_rows_at_hand_wants_no_order(lines: Lines) -> None:
    documents = np.array([document for document, _ in lines], np.int64)
    found = repeated(documents, np.array([n for _, n in lines], np.int64))
    assert found.tolist() == brute_force(lines)


def test_a_document_over_three_batches_is_remembered_whole() -> None:
    lines = [(0, 1), (0, 2), (0, 3), (0, 1), (0, 2), (0, 4), (1, 1), (1, 1)]
    assert in_batches(lines, [2, 3, 5]) == brute_force(lines)


def test_a_line_without_a_number_has_its_place() -> None:
    assert line_numbers(batch(None, "7", None, " +9 ")).tolist() == [1, 7, 3, 9]
    assert line_numbers(batch()).tolist() == []
