"""The one place where XML parsers are made: none resolves an entity, opens a file or touches the network."""

from functools import cache
from threading import Lock
from typing import IO, Any

from lxml import etree

from connectors.shipped import SCHEMAS

_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_BARE: dict[str, Any] = {"remove_comments": True, "remove_pis": True}
"""For trees: a flood of comments would take 25 times its size, and nothing prunes them."""


class _Silent:
    """A parser target that keeps nothing: validation is all we want of the pass."""

    def close(self) -> None:
        pass


_SILENT = _Silent()
_COMPILING = Lock()
"""The first XSD of a process fills tables of libxml2's own: for two threads at once, a good XSD is a bad one."""


def packet_schema(feed: str) -> etree.XMLSchema:
    """The compiled XSD of a feed's packets."""
    with _COMPILING:
        return _compiled(feed)


@cache
def _compiled(feed: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "packet" / "v1" / f"{feed}.xsd"), etree.XMLParser(**_SAFE)))


def validating_parser(feed: str) -> etree.XMLParser:
    """A push parser that validates canonical content in a stream; its findings stand in `feed_error_log`."""
    return etree.XMLParser(target=_SILENT, schema=packet_schema(feed), encoding="utf-8", **_SAFE)


def is_valid(feed: str, content: bytes) -> bool:
    """Whether canonical content is valid, judged as a whole: without Python's lock, which feeding does not let go."""
    parser = validating_parser(feed)
    try:
        etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return False
    return not parser.error_log


def valid_tree(feed: str, content: bytes) -> "etree._Element | None":
    """A small canonical content, None where it is not valid.

    A target that sees its elements would take Python's lock for each: with threads that want it too, thrice the work.
    """
    parser = etree.XMLParser(schema=packet_schema(feed), encoding="utf-8", **_SAFE, **_BARE)
    try:
        packet = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None
    return None if parser.error_log else packet


def element_iterator(source: IO[bytes]) -> "etree.iterparse[etree._Element]":
    """Yields every element of canonical content as its end is read, growing a tree that the reader prunes.

    Between them, (prefix, URI) of every namespace that is declared, as `start-ns`.
    """
    events, given = ("start-ns", "end"), {"resolve_entities": False, "no_network": True, "huge_tree": False}
    return etree.iterparse(source, events=events, encoding="utf-8", **given, **_BARE)


def start_parser() -> etree.XMLPullParser:
    """A pull parser that yields elements as they start; for the first few of a content."""
    return etree.XMLPullParser(events=("start",), encoding="utf-8", **_SAFE, **_BARE)


def local_name(element: "etree._Element") -> str:
    """Of whatever libxml2 took for a name: `etree.QName` raises where it is none, as in a packet that is malformed."""
    return str(element.tag).rpartition("}")[2]
