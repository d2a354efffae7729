"""Whatever the packing, encoding and length: the same XML is the same packet."""

import gzip
import zipfile
import zlib
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.content import CHUNK, canonical
from tests.unit.packings import streamed_zip, zipped
from tests.unit.reading import GIGABYTE, property_of

Packing = Callable[[bytes], bytes]
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяё№«»— 0123456789\"<>/='\n\tABCxyz"


def deflated(level: int, memory: int) -> Packing:
    def pack(content: bytes) -> bytes:
        packer = zlib.compressobj(level, wbits=31, memLevel=memory)
        return packer.compress(content) + packer.flush()

    return pack


def flushed_often(content: bytes) -> bytes:
    """gzip as a streaming writer makes it: many small blocks."""
    packer = zlib.compressobj(wbits=31)
    pieces = (content[start : start + 1000] for start in range(0, len(content), 1000))
    packed = b"".join(packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces)
    return packed + packer.flush()


PACKINGS: dict[str, Packing] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip, stored": deflated(0, 1),
    "gzip, best": deflated(9, 9),
    "gzip, in blocks": flushed_often,
    "zip": zipped,
    "zip, stored": lambda content: zipped(content, method=zipfile.ZIP_STORED),
    "zip, streamed": streamed_zip,
}


def read(content: bytes) -> bytes:
    return b"".join(canonical(content, GIGABYTE))


bodies = st.builds(
    lambda text, times: f"<p>{text * times}</p>",
    st.text(LETTERS, max_size=40),
    st.sampled_from([0, 1, 7, 300, CHUNK // 40, CHUNK // 15]),
)


@property_of(150)
@given(bodies, st.sampled_from(sorted(PACKINGS)), st.sampled_from(["utf-8", "windows-1251"]), st.booleans())
def test_canonical_content_does_not_depend_on_the_packing(body: str, packing: str, encoding: str, marked: bool) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    content = (declaration + body).encode(encoding)
    mark = b"\xef\xbb\xbf" if marked and encoding == "utf-8" else b""
    assert read(PACKINGS[packing](mark + content)) == body.encode()


@property_of(40)
@given(st.integers(-40, 40), st.sampled_from(sorted(PACKINGS)))
def test_lengths_around_a_chunk_are_read_whole(more: int, packing: str) -> None:
    content = b"<p>" + b"x" * (CHUNK + more) + b"</p>"
    assert read(PACKINGS[packing](content)) == content
