"""Chunks are handed to parsers as a file, whole and in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import reader
from connectors.formats.reader import ChunkReader
from tests.unit.reading import property_of


def reader_of(given_chunks: list[bytes], short: int) -> ChunkReader:
    """A reader that takes contents up to that many bytes at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reader, "SHORT", short)
        return ChunkReader(iter(given_chunks))


chunks = st.lists(st.binary(max_size=20), max_size=8)


@property_of(300)
@given(chunks, st.one_of(st.just(-1), st.integers(1, 30)), st.sampled_from([0, 1, 10, 1000]))
def test_what_is_read_is_what_was_given_however_it_is_cut(given_chunks: list[bytes], size: int, short: int) -> None:
    source, read = reader_of(given_chunks, short), []
    while piece := source.read(size):
        assert size < 0 or len(piece) <= size
        read.append(piece)
    assert b"".join(read) == b"".join(given_chunks)
    assert source.taken == sum(map(len, given_chunks))


@property_of(200)
@given(chunks, st.sampled_from([0, 1, 10, 1000]))
def test_it_is_short_where_all_there_is_can_be_read_at_once(given_chunks: list[bytes], short: int) -> None:
    source, whole = reader_of(given_chunks, short), b"".join(given_chunks)
    assert source.short == (len(whole) <= short)
    assert source.first == whole if source.short else whole.startswith(source.first)


def test_what_is_too_long_to_be_read_at_once_comes_in_pieces_that_parsers_take() -> None:
    source = ChunkReader(iter([b"x" * (reader.SHORT + 1)]))
    pieces = list(source.rest())
    assert (source.short, sum(map(len, pieces))) == (False, reader.SHORT + 1)
    assert max(map(len, pieces)) <= reader.PIECE
