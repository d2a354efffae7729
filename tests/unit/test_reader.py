"""Chunks are handed to parsers as a file, whole and in order."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.reader import ChunkReader
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
def test_it_is_short_where_one_chunk_holds_everything(given_chunks: list[bytes]) -> None:
    reader = ChunkReader(iter(given_chunks))
    filled = [chunk for chunk in given_chunks if chunk]
    assert reader.short == (len(filled) <= 1)
    assert reader.first == (filled[0] if filled else b"")
