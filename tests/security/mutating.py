"""Mutations of what is valid: of XML as a tree, of its bytes, encoding and packing. Drawn, so that they shrink."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from hypothesis import strategies as st
from lxml import etree

from tests.security.hostile import MARK
from tests.unit.packings import gzipped_in_members, streamed_zip, zipped

Tree: TypeAlias = etree._Element
Edit = Callable[[Tree], None]
Draw = st.DrawFn
VALUES = (
    *(
        "",
        " ",
        "\t",
        "\n",
        "\u00a0",
        "\u2007",
        "-",
        "+",
        ".",
        "0",
        "00",
        "-0",
        "+0",
        "+1",
        "-1",
        "1.",
        ".5",
        "1e5",
        "NaN",
    ),
    *("INF", "-INF", "0x10", "1 000", "1,5", "٣", "１", "0.0000001", "999999999999.999999", "-999999999999.999999"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "4294967296", "2147483648", "9" * 400),
    *(
        "true",
        "false",
        "1",
        "TRUE",
        " true ",
        "yes",
        "sale",
        "return",
        "correction",
        "transfer",
        "packaging",
        "deleted",
    ),
    *("0000-01-01", "0001-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "-0001-01-01", "9999-12-31"),
    *("9999-12-31T23:59:59-14:00", "10000-01-01", "2026-02-29", "2024-02-29", "2026-11-05Z", "2026-11-05+14:00"),
    *("2026-11-20T24:00:00", "2026-11-20T23:59:60", "2026-11-20T23:10:05.123456789123", "2026-11-20T23:10:05Z"),
    *("2026-11-20T23:10", "2026-10-25T02:30:00", "2026-11-20 23:10:05", "2026-W47-5", "20261120", "1900-01-01"),
    *("urn:x", "' OR 1=1 --", "%s", "{0}", "../../etc/passwd", "&", "<", "]]>", '"', "a\u0301", "\u00e1", "\u212b"),
    *("\ufeff", "\u202e", "\U0001f600", "\ufffd", "\u0085", "\u2028", "ı", "ß", "Ж" * 300, "a" * 1001, MARK),
    *("5", "0.000001", "12.50", "0012.500000", " 7 ", "123456789012.123456", "2026-11-05", "2026-11-06", "2026-11-20"),
    *("7701234567", "6315000001", "000123", "4600000001012", "QUJD", "QUJ", "MAIN", "snapshot", "merge", "replace"),
)
SNIPPETS = (
    *(b"<!-- -->", b"<!--", b"<?a b?>", b"<?xml version='1.0'?>", b"<![CDATA[x]]>", b"<![CDATA[", b"]]>", b"&x;", b"&"),
    *(b"&#0;", b"&#10;", b"&#x1F600;", b"&#xD800;", b"&#99999999999;", b"<!DOCTYPE a>", b"<!ENTITY a 'b'>", b"<a/>"),
    *(
        b"<",
        b">",
        b"/>",
        b"</",
        b'"',
        b"'",
        b"=",
        b" ",
        b"\r\n",
        b"\x00",
        b"\x01",
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"\xcc\x81",
        b"\xd0",
        b" xmlns='urn:other'",
        b" xmlns=''",
    ),
    *(b" xmlns:p='urn:obmen:packet:v1'", b"p:", b" p:a='1'", b" xml:lang='ru'", b" xml:space='preserve'", b"text"),
    *(b" xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'", b" a='1' a='2'", b"9" * 300),
    *(b" xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='x:y'", MARK.encode(), b"\xd0\x96" * 200),
)
PACKINGS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    bytes,
    gzip.compress,
    zipped,
    streamed_zip,
    gzipped_in_members,
)
_BOUNDARY = re.compile(rb"[<>\"'=/ \r\n:&;]")
_places = st.integers(0, 9999)
_values = st.sampled_from(VALUES) | st.text(max_size=12)


@dataclass(frozen=True)
class Mutant:
    """`sent` are the bytes to send; `xml` is what they are in UTF-8, None where that is not for sure."""

    sent: bytes
    xml: bytes | None


@st.composite
def texts(draw: Draw, *valid: bytes, edits: int = 4) -> bytes:
    """One of the valid XML texts, its tree and then its bytes edited."""
    root = etree.fromstring(draw(st.sampled_from(valid)))
    for edit in draw(st.lists(_tree_edits(), max_size=edits)):
        try:
            edit(root)
        except (TypeError, ValueError):  # what no tree can hold
            continue
    return edited(draw, etree.tostring(root, encoding="utf-8"), draw(st.sampled_from((0, 0, 0, 0, 0, 1, 1, 2))))


def edited(draw: Draw, content: bytes, times: int, snippets: tuple[bytes, ...] = SNIPPETS) -> bytes:
    """The bytes after as many edits, most of them where one token ends and another begins."""
    for _ in range(times):
        first, last = sorted((_place(draw, content), _place(draw, content)))
        last = min(last, first + draw(st.sampled_from((1, 4, 40, 4000))))
        piece, rest = content[first:last], content[last:]
        match draw(st.sampled_from(("insert", "insert", "replace", "remove", "double", "cut", "flip"))):
            case "insert":
                content = content[:first] + draw(st.sampled_from(snippets)) + piece + rest
            case "replace":
                content = content[:first] + draw(st.sampled_from(snippets)) + rest
            case "remove":
                content = content[:first] + rest
            case "double":
                content = content[:first] + piece * draw(st.sampled_from((2, 2, 50))) + rest
            case "cut":
                content = content[:last]
            case "flip" if piece:
                content = content[:first] + bytes([piece[0] ^ 1 << draw(st.integers(0, 7))]) + content[first + 1 :]
    return content


@st.composite
def packed(draw: Draw, xml: bytes) -> Mutant:
    """The XML in some encoding and packing, now and then a broken one."""
    content, known = _encoded(draw, xml)
    pack = draw(st.sampled_from(PACKINGS))
    content = pack(content)
    spoilt = edited(draw, content, draw(st.sampled_from((0,) * 9 + (1, 2))))
    return Mutant(spoilt, xml if known and spoilt == content else None)


def _encoded(draw: Draw, xml: bytes) -> tuple[bytes, bool]:
    """The XML in an encoding that senders use, and whether it must be understood."""
    way = draw(st.sampled_from(("plain", "plain", "declared", "marked", "cp1251", "utf-16", "undeclared")))
    try:
        text = xml.decode()
    except UnicodeDecodeError:
        return xml, False
    match way:
        case "declared":
            return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml, not xml.startswith(b"\xef\xbb\xbf")
        case "marked":
            return b"\xef\xbb\xbf" + xml, not xml.startswith(b"\xef\xbb\xbf")
        case "cp1251":
            declared = '<?xml version="1.0" encoding="windows-1251"?>' + text
            return declared.encode("cp1251", "xmlcharrefreplace"), text.isascii()
        case "utf-16":
            return text.encode("utf-16"), False
        case "undeclared":
            return text.encode("cp1251", "replace"), text.isascii()
    return xml, True


def _place(draw: Draw, content: bytes) -> int:
    """A place in the bytes, most likely beside a mark of their grammar."""
    place = draw(_places) * (len(content) + 1) // 10_000
    found = _BOUNDARY.search(content, place)
    return draw(st.sampled_from((place, found.start(), found.end()))) if found else place


@st.composite
def _tree_edits(draw: Draw) -> Edit:
    where, whither, which, value = draw(_places), draw(_places), draw(_places), draw(_values)
    edits: tuple[Edit, ...] = (
        *[lambda root: _set(_at(root, where), which, value)] * 6,
        lambda root: _set(_at(root, where), which, _some_value(root, whither)),
        lambda root: _forget(_at(root, where), which),
        lambda root: _at(root, where).set(_some_name(root, whither), value),
        lambda root: _move(_at(root, where), _at(root, whither), copy=True),
        lambda root: _move(_at(root, where), _at(root, whither), copy=False),
        lambda root: _remove(_at(root, where)),
        lambda root: _rename(_at(root, where), _at(root, whither)),
        lambda root: _say(_at(root, where), value),
        lambda root: _swap(_at(root, where)),
    )
    return edits[draw(st.integers(0, len(edits) - 1))]


def _at(root: Tree, place: int) -> Tree:
    every = [each for each in root.iter() if isinstance(each.tag, str)]
    return every[place % len(every)]


def _set(element: Tree, which: int, value: str) -> None:
    names = list(element.attrib)
    if names:
        element.set(names[which % len(names)], value)
    else:
        element.text = value


def _forget(element: Tree, which: int) -> None:
    names = list(element.attrib)
    if names:
        del element.attrib[names[which % len(names)]]


def _some_name(root: Tree, place: int) -> str:
    names = sorted({str(name) for each in root.iter() for name in each.attrib}) or ["a"]
    return names[place % len(names)]


def _some_value(root: Tree, place: int) -> str:
    values = [str(value) for each in root.iter() for value in each.attrib.values()] or [""]
    return values[place % len(values)]


def _move(element: Tree, target: Tree, copy: bool) -> None:
    if copy:
        element = etree.fromstring(etree.tostring(element, with_tail=False))
    (target if copy or target not in element.iter() else element).append(element)


def _remove(element: Tree) -> None:
    if (parent := element.getparent()) is not None:
        parent.remove(element)


def _rename(element: Tree, like: Tree) -> None:
    element.tag = like.tag


def _say(element: Tree, text: str) -> None:
    element.text = text


def _swap(element: Tree) -> None:
    children = list(element)
    for first, second in list(pairwise(children))[:1]:
        element.insert(element.index(first), second)
