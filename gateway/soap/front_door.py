"""The front door: judges a request's bytes before any other parser sees them.

What passes is UTF-8, holds no DOCTYPE, is a SOAP 1.1 envelope of one operation, and is neither deep nor bushy. What
does not is a `Client.Malformed` (facts: spyne dies of a cyclic href, an empty body, an unknown charset, …).
"""

import codecs
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from gateway.domain.errors import ContractBroken, Malformed

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "urn:obmen:exchange:v1"
MAX_DEPTH = 12
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 20
MAX_NAME = 200
PIECE = 1 << 12
"""Of a piece's elements each is looked at, and so made an object, before the next piece is read."""

_CHARSETS = {"utf8": "utf-8", "ascii": "utf-8", "usascii": "utf-8"} | dict.fromkeys(
    ("windows1251", "win1251", "cp1251", "xcp1251"), "cp1251"
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._\-]+)", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml\b([^>]{0,200})\?>\s*")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
_SAFE: dict[str, Any] = {
    "encoding": "utf-8",
    "load_dtd": False,
    "no_network": True,
    "resolve_entities": False,
    "huge_tree": True,  # the length of a request is bounded, that of its content's text is not
}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\x00<", b"<\x00", b"\x00\x00\xfe\xff")


@dataclass(frozen=True)
class Envelope:
    """A judged request: its operation's name, and its tree."""

    operation: str
    root: "etree._Element"

    def element(self) -> "etree._Element":
        """The operation's."""
        (body,) = self.root.iterchildren(f"{{{SOAP}}}Body")
        (operation,) = body.iterchildren("*")
        return operation


def judged(body: bytes, content_type: str) -> Envelope:
    """Raises Malformed for what is no SOAP request, ContractBroken for what is not ours."""
    content = _utf8(body, content_type)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Malformed("a DOCTYPE is not allowed")
    return _envelope(content)


def _utf8(body: bytes, content_type: str) -> bytes:
    """BOM before header before declaration: whichever says something first is believed, if the bytes agree.

    MSXML sends a string as UTF-8 whatever its declaration says, with a charset in the header or none; others leave a
    header of UTF-8 over windows-1251. Russian text in windows-1251 is never UTF-8 by chance.
    """
    if not body.strip():
        raise Malformed("the request is empty")
    if body.startswith(_WIDE):
        raise Malformed("send UTF-8 or windows-1251, not UTF-16")
    if body.startswith(codecs.BOM_UTF8):
        return _undeclared(body.removeprefix(codecs.BOM_UTF8))
    declaration = _DECLARATION.match(body)
    encoding = _ENCODING.search(declaration.group(1)) if declaration else None
    header = _CHARSET.search(content_type)
    said = [header.group(1)] if header else []
    said += [encoding.group(1).decode("ascii")] if encoding else []
    first, *others = [_codec(name) for name in said] or ["utf-8"]
    if not header and _fits(body, "utf-8"):
        first = "utf-8"
    codec = others[0] if others and others[0] != first and not _fits(body, first) else first
    return _undeclared(body) if codec == "utf-8" else _undeclared(_decoded(body, codec))


def _codec(charset: str) -> str:
    """Of any spelling: UTF_8, Windows-1251, x-cp1251."""
    name = re.sub(r"[^a-z0-9]", "", charset.lower())
    if name not in _CHARSETS:
        raise Malformed(f"charset {charset[:40]} is not supported, send UTF-8 or windows-1251")
    return _CHARSETS[name]


def _fits(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(body: bytes, codec: str) -> bytes:
    try:
        return body.decode(codec).encode()
    except UnicodeDecodeError as error:
        raise Malformed(f"the request is not in {codec}") from error


def _undeclared(content: bytes) -> bytes:
    declaration = _DECLARATION.match(content)
    return content[declaration.end() :] if declaration else content.lstrip()


def _envelope(content: bytes) -> Envelope:
    """Read piece by piece: what is too much is seen before it is a tree."""
    parser, shape = etree.XMLPullParser(("start", "end"), **_SAFE, remove_comments=True, remove_pis=True), _Shape()
    try:
        for start in range(0, len(content), PIECE):
            parser.feed(content[start : start + PIECE])
            for event, element in parser.read_events():
                if event == "start":
                    shape.start(element.tag, element.keys())
                else:
                    shape.end()
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise Malformed(f"the XML is broken: {str(error.msg)[:200]}") from error
    return Envelope(shape.operation(), root)


class _Shape:
    """Sees every element's start, keeps counts, and stops at the first thing too much."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._elements = 0
        self._bodies = 0
        self._operations: list[str] = []

    def start(self, tag: str, attributes: list[str]) -> None:
        self._elements += 1
        self._check_size(tag, attributes)
        if "href" in attributes or "id" in attributes:
            raise Malformed("href and id are not part of document/literal")
        match len(self._path):
            case 0 if tag != f"{{{SOAP}}}Envelope":
                raise Malformed("the root is not a SOAP 1.1 Envelope")
            case 1 if tag == f"{{{SOAP}}}Body":
                self._bodies += 1
            case 2 if self._path[1] == f"{{{SOAP}}}Body":
                self._operations.append(tag)
        self._path.append(tag)

    def end(self) -> None:
        self._path.pop()

    def _check_size(self, tag: str, attributes: list[str]) -> None:
        if len(self._path) >= MAX_DEPTH:
            raise Malformed("elements are nested too deep")
        if self._elements > MAX_ELEMENTS:
            raise Malformed("there are too many elements")
        if len(attributes) > MAX_ATTRIBUTES:
            raise Malformed("an element has too many attributes")
        if len(tag) > MAX_NAME or any(len(name) > MAX_NAME for name in attributes):
            raise Malformed("a name is too long")

    def operation(self) -> str:
        """The local name of the one operation."""
        if self._bodies != 1 or len(self._operations) != 1:
            raise Malformed("the Body must hold exactly one operation")
        namespace, _, name = self._operations[0].removeprefix("{").rpartition("}")
        if namespace != NAMESPACE:
            raise ContractBroken(f"operations are in the namespace {NAMESPACE}")
        return name
