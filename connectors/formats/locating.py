"""The second pass over a packet that failed its XSD: every error with document, row and field.

Validating a parsed tree gives exact places but takes 17 times the content's size in memory. So elements are gathered
some thousands at a time, validated under the packet's own root, and dropped; every content model allows what is there
so far, whatever comes next.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from lxml import etree

from connectors.formats.plain_columns import NAMESPACE
from connectors.formats.reader import ChunkReader
from connectors.formats.wording import problem_of
from connectors.xml_parsers import element_iterator, local_name, packet_schema
from gateway.domain.errors import Unreadable
from gateway.domain.feed import Feed
from gateway.domain.problem import Problem

ELEMENTS_AT_ONCE = 5_000
"""libxml2 counts siblings to name an element's place: where all are wrong, that takes the square of their number."""
BYTES_AT_ONCE = 32 << 20
MAX_ATTRIBUTES = 1000
"""An element with more of them is one problem, not as many: looking each up would take their square."""
LIMIT = 50_000
"""How many problems of one packet are kept."""
_PREFIX = re.compile(r"/([^/:]+):")


def located(feed: Feed, chunks: Iterator[bytes]) -> list[Problem]:
    """Every distinct problem that the feed's XSD (or XML itself) has with the content."""
    return _Locator(feed).problems(chunks)


class _Locator:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._schema = packet_schema(feed.name)
        self._document_tag = f"{{{NAMESPACE}}}{feed.document}"
        self._row_tag = f"{{{NAMESPACE}}}{feed.row or feed.document}"
        names = ("control", feed.document, feed.row or feed.document, "attribute", "mark")
        self._known = {f"{{{NAMESPACE}}}{name}" for name in names}
        self._namespaces = {"xml": "http://www.w3.org/XML/1998/namespace"}
        self._rows = 0
        self._closed: dict[etree._Element, int] = {}
        self._found: dict[object, Problem] = {}
        self._seen = 0

    def problems(self, chunks: Iterator[bytes]) -> list[Problem]:
        reader = ChunkReader(chunks)
        try:
            self._walk(element_iterator(reader.as_file()), reader)
        except etree.XMLSyntaxError as error:
            for last in list(self._closed)[-1:]:
                self._judge(last.getroottree())  # what stands before the break has errors of its own
            self._add(Problem("XML_MALFORMED", params={"reason": str(error.msg)[:300]}))
        except Unreadable as error:
            self._add(error.problem)
        return list(self._found.values())

    def _walk(self, iterator: "etree.iterparse[etree._Element]", reader: ChunkReader) -> None:
        count = judged_at = 0
        for event, element in iterator:
            if event == "start-ns":
                self._namespaces.setdefault(*element)
                continue
            self._rows += element.tag == self._row_tag
            self._closed[element] = self._rows
            count += 1
            if count % ELEMENTS_AT_ONCE == 0 or reader.taken - judged_at > BYTES_AT_ONCE:
                judged_at = reader.taken
                self._judge(element.getroottree())
                self._drop_closed(element)
                if "cut" in self._found:
                    return
        self._judge(iterator.root.getroottree())

    def _judge(self, tree: "etree._ElementTree[etree._Element]") -> None:
        """Locates every error of what is gathered.

        libxml2 stops reading an element's children at the first that can't stand there, so such children are taken
        out, and the rest is judged again. The tree holds more than was yielded: the parser reads ahead, and what it
        still builds must stay where it is.
        """
        while not self._schema.validate(tree):
            movable = [element for element in self._errors(tree) if element in self._closed]
            for element in dict.fromkeys(movable):
                element.getparent().remove(element)
            if not movable:
                return

    def _errors(self, tree: "etree._ElementTree[etree._Element]") -> Iterator["etree._Element"]:
        """Records every error of the last validation, and yields the elements that can't stand where they do."""
        for error in list(self._schema.error_log):
            if self._seen > 4 * LIMIT:  # most of them one and the same, or the problems would be too many before
                return self._cut()
            element = self._element(tree, error.path)
            if len(element.attrib) > MAX_ATTRIBUTES:
                reason = f"more than {MAX_ATTRIBUTES} attributes"
                return self._add(Problem("ELEMENT_INVALID", value=local_name(element), params={"reason": reason}))
            self._locate(error, element)
            if error.type_name == "SCHEMAV_ELEMENT_CONTENT" and element.getparent() is not None:
                yield element
                for other in element.itersiblings():
                    if other.tag == element.tag or other.tag not in self._known:
                        self._locate(error, other)
                        yield other

    def _element(self, tree: "etree._ElementTree[etree._Element]", path: str | None) -> "etree._Element":
        """What libxml2's path leads to; the root where a prefix of the packet stands for several namespaces, or where
        a name is one to libxml2's parser and none to its XPath."""
        prefixes = {prefix: self._namespaces.get(prefix, "undeclared") for prefix in _PREFIX.findall(path or "")}
        found: list[etree._Element] = []
        with suppress(etree.XPathError):
            found = tree.xpath(path, namespaces=prefixes) if path else []
        return found[0] if found else tree.getroot()

    def _locate(self, error: "etree._LogEntry", element: "etree._Element") -> None:
        self._seen += 1
        document, row = _ancestor(element, self._document_tag), _ancestor(element, self._row_tag)
        if row is not None and row not in self._closed:
            return  # read ahead: its turn comes
        ordinal = None if row is None else self._closed[row]
        problem = problem_of(self._feed, error, element, self._label(document), ordinal)
        self._add(problem, place=None if document is None else (document.get("id"), ordinal))

    def _drop_closed(self, last: "etree._Element") -> None:
        """Forgets what is judged, all but the last element that closed and its open ancestors."""
        kept = last
        while (parent := kept.getparent()) is not None:
            for closed in list(kept.itersiblings(preceding=True)):
                parent.remove(closed)
            kept = parent
        self._closed = {each: n for each, n in self._closed.items() if each is last or each.getparent() is last}

    def _label(self, document: "etree._Element | None") -> str | None:
        if document is None:
            return None
        number, dated = document.get(self._feed.numbered), document.get(self._feed.dated)
        return " ".join(part for part in (number, dated and dated[:10]) if part) or None

    def _add(self, problem: Problem, place: object = None) -> None:
        """Once per place and field: libxml2 reports a bad value twice, and an open element in every batch."""
        if len(self._found) < LIMIT:
            key = (place, problem.document, problem.row, problem.field, problem.field or problem.value or problem.code)
            self._found.setdefault(key, problem)
        else:
            self._cut()

    def _cut(self) -> None:
        self._found.setdefault("cut", Problem("PROBLEMS_CUT", params={"limit": str(LIMIT)}))


def _ancestor(element: "etree._Element", tag: str) -> "etree._Element | None":
    found: etree._Element | None = element
    while found is not None and found.tag != tag:
        found = found.getparent()
    return found
