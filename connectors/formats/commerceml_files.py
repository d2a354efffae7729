"""The XML files of a CommerceML export: one by itself, or many in a zip, products before what refers to them."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from connectors.formats.content import CHUNK, canonical, canonical_member
from gateway.domain.errors import Misuse, Unreadable
from gateway.domain.problem import Problem

MOST_FILES = 10_000
"""A catalogue comes in segments and with pictures."""
_ORDER = ("import", "goods", "offers", "prices", "rests")


def xml_files(path: Path, limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, canonical chunks) of each XML file, at most `limit` bytes in all; other files of a zip are left alone.

    Raises Misuse where there is no such file, Unreadable where the zip is broken; chunks raise Unreadable.
    """
    try:
        if not zipfile.is_zipfile(path):
            if path.stat().st_size > limit:
                raise Unreadable(Problem("CONTENT_TOO_LARGE", params={"limit": str(limit)}))
            yield path.name, canonical(path.read_bytes(), limit)
            return
        with zipfile.ZipFile(path) as archive:
            yield from _members(archive, limit)
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from error
    except zipfile.BadZipFile as error:
        raise Unreadable(Problem("CONTENT_BROKEN", params={"reason": str(error)})) from error


def _members(archive: zipfile.ZipFile, limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    found = [each for each in archive.infolist() if each.filename.lower().endswith(".xml")]
    if not found or len(found) > MOST_FILES:
        raise Unreadable(Problem("COMMERCEML_FILES", params={"count": str(len(found)), "limit": str(MOST_FILES)}))
    if any(each.flag_bits & 1 or each.compress_type not in (0, zipfile.ZIP_DEFLATED) for each in found):
        raise Unreadable(Problem("CONTENT_ZIP_METHOD"))
    left = _Left(limit)
    for each in sorted(found, key=_place):
        yield each.filename, canonical_member(_chunks(archive, each, left))


class _Left:
    """Bytes that may still come, of all files together: what a zip says of its sizes counts for nothing."""

    def __init__(self, limit: int) -> None:
        self.limit = self.bytes = limit


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: _Left) -> Iterator[bytes]:
    try:
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                left.bytes -= len(chunk)
                if left.bytes < 0:
                    raise Unreadable(Problem("CONTENT_TOO_LARGE", params={"limit": str(left.limit)}))
                yield chunk
    except Unreadable:
        raise
    except Exception as error:  # as in content.py: zipfile meets a broken archive in many ways
        raise Unreadable(Problem("CONTENT_BROKEN", params={"reason": type(error).__name__})) from error


def _place(member: zipfile.ZipInfo) -> tuple[int, str]:
    """Products come before offers, and segments by name."""
    name = PurePosixPath(member.filename).name.lower()
    return next((at for at, word in enumerate(_ORDER) if name.startswith(word)), len(_ORDER)), member.filename
