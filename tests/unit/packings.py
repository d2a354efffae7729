"""Builders of submitted bytes: the same XML in every packing that a sender may choose, and in bad ones."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

NAME = "packet.xml"


def zipped(*contents: bytes, name: str = NAME, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """A zip of one file per content; the second and later ones have a number before their name."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number or ''}{name}", content)
        archive.comment = comment
    return memory.getvalue()


def nameless_zip(content: bytes) -> bytes:
    """A zip whose directory calls its file by no name at all."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(NAME, content)
        archive.filelist[0].filename = ""
    return memory.getvalue()


def streamed_zip(content: bytes) -> bytes:
    """A zip whose sizes stand behind the file, as writers make it that can't seek."""

    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, offset: int, whence: int = 0, /) -> int:
            raise io.UnsupportedOperation("seek")

    memory = Unseekable()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, content)
    return memory.getvalue()


def gzipped_in_members(*contents: bytes) -> bytes:
    """Several gzip members one after another, which together are one gzip file."""
    return b"".join(gzip.compress(content) for content in contents)


def gzipped_in_pieces(contents: Iterable[bytes]) -> bytes:
    """One gzip member, for contents too large to build at once."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(content) for content in contents), packer.flush()])


def with_flag(archive: bytes, flag: int) -> bytes:
    """The zip with a general-purpose flag set in both headers: 1 says encrypted."""
    return _patched(archive, 6, 8, lambda old: struct.pack("<H", struct.unpack("<H", old)[0] | flag), 2)


def with_method(archive: bytes, method: int) -> bytes:
    """The zip that claims another compression method."""
    return _patched(archive, 8, 10, lambda _: struct.pack("<H", method), 2)


def with_size(archive: bytes, size: int) -> bytes:
    """The zip that claims another size of its unpacked file."""
    return _patched(archive, 22, 24, lambda _: struct.pack("<I", size), 4)


def _patched(archive: bytes, local: int, central: int, change, width: int) -> bytes:  # type: ignore[no-untyped-def]
    patched = bytearray(archive)
    for start in (archive.index(b"PK\x03\x04") + local, archive.index(b"PK\x01\x02") + central):
        patched[start : start + width] = change(bytes(patched[start : start + width]))
    return bytes(patched)
