"""Chunks are handed to parsers as a file, whole and in order."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.reader import SHORT, ChunkReader
from tests.unit.reading import property_of

chunks = st.lists(st.binary(max_size=20), max_size=8)


@property_of(300)
@given(chunks, st.one_of(st.just(-1), st.integers(1, 30)))
def test_what_is_read_is_what_was_given_however_it_is_cut(given_chunks: list[bytes], size: int) -> None:
    reader = ChunkReader(iter(given_chunks))
    read = []
    while piece := reader.read(size):
        assert size < 0 or len(piece) <= size
        read.append(piece)
    assert b"".join(read) == b"".join(given_chunks)
    assert reader.taken == sum(map(len, given_chunks))


@property_of(200)
@given(chunks)
def test_it_is_short_where_what_is_read_at_once_holds_everything(given_chunks: list[bytes]) -> None:
    whole = b"".join(given_chunks)
    reader = ChunkReader(iter(given_chunks))
    assert (reader.short, reader.first) == (True, whole)


def test_beyond_that_size_it_is_read_piece_by_piece() -> None:
    chunks = [b"a" * SHORT, b"b", b"c"]
    reader = ChunkReader(iter(chunks))
    assert (reader.short, len(reader.first)) == (False, SHORT + 1)
    assert reader.read() + reader.read() + reader.read() == b"".join(chunks)
