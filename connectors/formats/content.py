"""Submitted bytes (XML, gzip, zip of one file) to canonical content: UTF-8 without BOM and declaration, in chunks."""

import codecs
import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from gateway.domain.errors import Unreadable
from gateway.domain.problem import Problem

CHUNK = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_EMPTY_ZIP, _ZIP_ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_MANY_ENTRIES = 1000
_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,200}\?>\s*")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
_ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "windows-1251": "cp1251", "cp1251": "cp1251"}
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\x00<", b"<\x00", b"\x00\x00\xfe\xff")


def canonical(content: bytes, limit: int) -> Iterator[bytes]:
    """Yields the content's canonical chunks, at most `limit` bytes of XML in all.

    Raises Unreadable where it is empty, broken, too large, of another encoding, or holds a DOCTYPE.
    """
    yield from canonical_member(_unpacked(content, limit))


def canonical_member(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same of XML that is unpacked already. Raises Unreadable."""
    yield from _without_doctype(_without_prolog(chunks))


def compressed(content: bytes) -> bytes:
    """The bytes to keep: what came compressed as it came, plain XML as gzip."""
    if content.startswith((_GZIP, _ZIP)):
        return content
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(content) + packer.flush()


def _unpacked(content: bytes, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in _opened(content):
        if size == 0 and chunk.startswith((_GZIP, _ZIP, _EMPTY_ZIP)) and chunk is not content:
            raise Unreadable(Problem("CONTENT_NESTED"))
        size += len(chunk)
        if size > limit:
            raise Unreadable(Problem("CONTENT_TOO_LARGE", params={"limit": str(limit)}))
        yield chunk
    if size == 0:
        raise Unreadable(Problem("CONTENT_EMPTY"))


def _opened(content: bytes) -> Iterator[bytes]:
    if content.startswith(_GZIP):
        return _gunzipped(content)
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return _unzipped(content)
    return (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))


def _gunzipped(content: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    pending = content
    try:
        while pending and not unpacker.eof:
            if chunk := unpacker.decompress(pending, CHUNK):
                yield chunk
            pending = unpacker.unconsumed_tail
        if tail := unpacker.flush():
            yield tail
    except zlib.error as error:
        raise _broken(str(error)) from error
    if not unpacker.eof:
        raise _broken("unexpected end")
    if unpacker.unused_data.strip(b"\0"):
        raise _broken("bytes after the end")


def _unzipped(content: bytes) -> Iterator[bytes]:
    entries = content.count(_ZIP_ENTRY)
    if entries > _MANY_ENTRIES:  # the library would make an object of each
        raise Unreadable(Problem("CONTENT_ZIP_FILES", params={"count": str(entries)}))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.infolist()
            if len(names) != 1 or names[0].filename.endswith("/"):
                raise Unreadable(Problem("CONTENT_ZIP_FILES", params={"count": str(len(names))}))
            if names[0].flag_bits & 1 or names[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable(Problem("CONTENT_ZIP_METHOD"))
            with archive.open(names[0]) as member:
                while chunk := member.read(CHUNK):
                    yield chunk
    except Unreadable:
        raise
    except Exception as error:  # zipfile meets a broken archive in many ways: IndexError, OverflowError, …
        raise _broken(type(error).__name__) from error


def _broken(reason: str) -> Unreadable:
    return Unreadable(Problem("CONTENT_BROKEN", params={"reason": reason}))


def _without_prolog(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Drops BOM and declaration and brings windows-1251 to UTF-8."""
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= 1024:
            break
    if first.startswith(_WIDE_MARKS):
        raise Unreadable(Problem("CONTENT_ENCODING", value="UTF-16"))
    marked = first.startswith(codecs.BOM_UTF8)
    first = first.removeprefix(codecs.BOM_UTF8)
    declaration = _DECLARATION.match(first)
    encoding = "utf-8" if marked or not declaration else _declared(declaration.group())
    rest = first[declaration.end() :] if declaration else first
    yield from _utf8(rest, chunks, encoding)


def _declared(declaration: bytes) -> str:
    found = _ENCODING.search(declaration)
    name = found.group(1).decode("ascii") if found else "utf-8"
    if name.lower() not in _ENCODINGS:
        raise Unreadable(Problem("CONTENT_ENCODING", value=name))
    return _ENCODINGS[name.lower()]


def _utf8(first: bytes, rest: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    if encoding == "utf-8":
        yield first
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).encode()
        for chunk in rest:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        raise Unreadable(Problem("CONTENT_ENCODING", value="windows-1251")) from error


def _without_doctype(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Refuses any DOCTYPE, wherever it stands, before a parser sees it (facts: 13 of 23 attack files got through)."""
    tail = b""
    for chunk in chunks:
        if b"<!DOCTYPE" in chunk or b"<!DOCTYPE" in tail + chunk[:8]:
            raise Unreadable(Problem("DOCTYPE_FORBIDDEN"))
        tail = chunk[-8:] if len(chunk) >= 8 else (tail + chunk)[-8:]
        yield chunk
