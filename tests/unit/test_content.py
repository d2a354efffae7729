"""Submitted bytes become canonical content, or one problem that says why they can't."""

import gzip
import zipfile

import pytest

from connectors.formats import content_hash
from connectors.formats.content import CHUNK, canonical, compressed
from gateway.domain.errors import Unreadable
from gateway.domain.problem import Problem
from tests.unit import packings
from tests.unit.packings import gzipped_in_members, gzipped_in_pieces, streamed_zip, zipped
from tests.unit.reading import GIGABYTE, worded

XML = "<packet>Молоко</packet>"
UTF8, CP1251 = XML.encode(), XML.encode("cp1251")
BOM = b"\xef\xbb\xbf"


def read(content: bytes, limit: int = GIGABYTE) -> bytes:
    return b"".join(canonical(content, limit))


def refusal(content: bytes, limit: int = GIGABYTE) -> Problem:
    with pytest.raises(Unreadable) as caught:
        read(content, limit)
    worded(caught.value.problem)
    return caught.value.problem


def declared(encoding: str, content: bytes = UTF8) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + content


@pytest.mark.parametrize(
    "content",
    [
        UTF8,
        BOM + UTF8,
        declared("UTF-8"),
        declared("utf8"),
        BOM + declared("utf-8"),
        b"<?xml version='1.0'?>\r\n" + UTF8,
        b'\n <?xml version="1.0" standalone="yes" ?>\n\n' + UTF8,
        declared("windows-1251", CP1251),
        declared("Windows-1251", CP1251),
        declared("cp1251", CP1251),
        b"<?xml version='1.0' encoding = 'WINDOWS-1251'?>" + CP1251,
        BOM + declared("windows-1251"),
    ],
)
def test_canonical_content_is_utf_8_without_bom_and_declaration(content: bytes) -> None:
    assert read(content) == UTF8
    assert content_hash(content, GIGABYTE) == content_hash(UTF8, GIGABYTE)


def test_a_declaration_within_the_packet_is_left_to_the_parser() -> None:
    late = b"<packet>" + declared("windows-1251") + b"</packet>"
    assert read(late) == late


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(UTF8),
        gzip.compress(UTF8) + b"\0" * 512,
        zipped(UTF8),
        zipped(UTF8, method=zipfile.ZIP_STORED),
        zipped(UTF8, comment=b"1C"),
        zipped(UTF8, name="../../etc/Обмен.xml"),
        zipped(UTF8, name="C:\\1C\\packet.xml"),
        streamed_zip(UTF8),
        zipped(declared("windows-1251", CP1251)),
        gzip.compress(BOM + UTF8),
    ],
)
def test_a_packing_is_told_by_its_first_bytes_and_changes_nothing(packed: bytes) -> None:
    assert read(packed) == UTF8


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "CONTENT_EMPTY"),
        (gzip.compress(b""), "CONTENT_EMPTY"),
        (zipped(b""), "CONTENT_EMPTY"),
        (zipped(), "CONTENT_ZIP_FILES"),
        (zipped(UTF8, UTF8), "CONTENT_ZIP_FILES"),
        (zipped(b"", name="folder/"), "CONTENT_ZIP_FILES"),
        (packings.with_flag(zipped(UTF8), 1), "CONTENT_ZIP_METHOD"),
        (packings.with_method(zipped(UTF8), 97), "CONTENT_ZIP_METHOD"),
        (zipped(UTF8, method=zipfile.ZIP_BZIP2), "CONTENT_ZIP_METHOD"),
        (zipped(UTF8, method=zipfile.ZIP_LZMA), "CONTENT_ZIP_METHOD"),
        (zipped(zipped(UTF8)), "CONTENT_NESTED"),
        (zipped(gzip.compress(UTF8)), "CONTENT_NESTED"),
        (gzip.compress(zipped(UTF8)), "CONTENT_NESTED"),
        (gzip.compress(gzip.compress(UTF8)), "CONTENT_NESTED"),
        (gzip.compress(zipped()), "CONTENT_NESTED"),
        (gzipped_in_members(UTF8, UTF8), "CONTENT_BROKEN"),
        (gzip.compress(UTF8) + b"<more/>", "CONTENT_BROKEN"),
        (b"\x1f\x8b", "CONTENT_BROKEN"),
        (b"PK\x03\x04", "CONTENT_BROKEN"),
        (UTF8.decode().encode("utf-16"), "CONTENT_ENCODING"),
        (UTF8.decode().encode("utf-16-le"), "CONTENT_ENCODING"),
        (UTF8.decode().encode("utf-16-be"), "CONTENT_ENCODING"),
        (UTF8.decode().encode("utf-32"), "CONTENT_ENCODING"),
        (declared("koi8-r"), "CONTENT_ENCODING"),
        (declared("utf-16"), "CONTENT_ENCODING"),
        (declared("utf-7"), "CONTENT_ENCODING"),
        (declared("windows-1251", b"<packet>\x98</packet>"), "CONTENT_ENCODING"),
        (b"<!DOCTYPE packet><packet/>", "DOCTYPE_FORBIDDEN"),
        (declared("windows-1251", b"<!DOCTYPE packet><packet/>"), "DOCTYPE_FORBIDDEN"),
        (gzip.compress(b"<!-- --><!DOCTYPE packet SYSTEM 'file:///etc/passwd'><packet/>"), "DOCTYPE_FORBIDDEN"),
    ],
)
def test_content_that_can_t_be_read_is_one_problem(content: bytes, code: str) -> None:
    assert refusal(content).code == code
    assert content_hash(content, GIGABYTE) is None


@pytest.mark.parametrize("packed", [gzip.compress(UTF8 * 99), zipped(UTF8 * 99)])
def test_an_archive_cut_anywhere_is_broken_and_never_shorter_content(packed: bytes) -> None:
    ends = range(2 if packed.startswith(b"\x1f\x8b") else 4, len(packed))
    assert {refusal(packed[:end]).code for end in ends} == {"CONTENT_BROKEN"}


@pytest.mark.parametrize("packed", [gzip.compress(UTF8 * 99), zipped(UTF8 * 99)])
def test_a_check_sum_that_disagrees_is_broken(packed: bytes) -> None:
    at = len(packed) - 8 if packed.startswith(b"\x1f\x8b") else packed.index(b"PK\x01\x02") + 16
    assert refusal(packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]).code == "CONTENT_BROKEN"


def test_a_zip_that_lies_about_its_size_gives_neither_more_nor_less() -> None:
    assert refusal(packings.with_size(zipped(UTF8), 5)).code == "CONTENT_BROKEN"
    assert read(packings.with_size(zipped(UTF8), 1 << 31)) == UTF8


def test_an_archive_of_very_many_files_is_refused_by_their_count() -> None:
    """And that before the library makes an object of each: its end may be missing."""
    archive = zipped(*[b""] * 2000)
    for content in (archive, archive[:-10]):
        problem = refusal(content)
        assert (problem.code, problem.params) == ("CONTENT_ZIP_FILES", {"count": "2000"})


@pytest.mark.parametrize("packed", [bytes, gzip.compress, zipped])
def test_the_limit_counts_unpacked_bytes_to_the_last_one(packed) -> None:  # type: ignore[no-untyped-def]
    assert read(packed(UTF8), limit=len(UTF8)) == UTF8
    problem = refusal(packed(UTF8), limit=len(UTF8) - 1)
    assert (problem.code, problem.params) == ("CONTENT_TOO_LARGE", {"limit": str(len(UTF8) - 1)})


def test_a_bomb_is_given_up_at_the_limit_and_not_unpacked_to_its_end() -> None:
    size = 64 * CHUNK
    bomb = gzipped_in_pieces(b" " * CHUNK for _ in range(64))
    assert len(bomb) < size / 900
    chunks = canonical(bomb, 3 * CHUNK)
    taken: list[bytes] = []
    with pytest.raises(Unreadable) as caught:
        taken.extend(chunks)
    assert caught.value.problem.code == "CONTENT_TOO_LARGE"
    assert sum(map(len, taken)) <= 3 * CHUNK


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_no_more_than_a_chunk_is_unpacked_at_once(pack) -> None:  # type: ignore[no-untyped-def]
    sizes = [len(chunk) for chunk in canonical(pack(b" " * (5 * CHUNK + 7)), GIGABYTE)]
    assert (sum(sizes), max(sizes)) == (5 * CHUNK + 7, CHUNK)


@pytest.mark.parametrize("at", range(-9, 2))
def test_a_doctype_is_seen_across_the_border_of_two_chunks(at: int) -> None:
    content = b" " * (CHUNK + at) + b"<!DOCTYPE packet><packet/>"
    assert refusal(content).code == "DOCTYPE_FORBIDDEN"


@pytest.mark.parametrize("at", range(-3, 3))
def test_a_letter_of_windows_1251_on_the_border_of_two_chunks_is_read(at: int) -> None:
    padding = "я" * (CHUNK + at)
    content = declared("windows-1251", f"<packet>{padding}</packet>".encode("cp1251"))
    assert read(content).decode() == f"<packet>{padding}</packet>"


def test_what_is_kept_is_compressed_and_reads_the_same() -> None:
    for content in (UTF8, gzip.compress(UTF8), zipped(UTF8)):
        assert read(compressed(content)) == UTF8
    assert compressed(zipped(UTF8)) == zipped(UTF8)
    assert compressed(UTF8).startswith(b"\x1f\x8b")
