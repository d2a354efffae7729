"""Cuts the bytes of one row's element out of a packet's content, as its sender wrote them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from gateway.domain.feed import Feed

_LONGEST = 1 << 20
"""An element is quoted up to here."""


@dataclass
class Row:
    """`place` is that of its document among the packet's, from 0."""

    content: bytes
    place: int


def row(feed: Feed, opened: Callable[[], Iterator[bytes]], number: int) -> Row | None:
    """The row with that number, counted from 1; a document of a feed without rows counts as one. None: there is none.

    The content is one that was accepted: well formed, and without a DOCTYPE.
    """
    seeker = _Seeker(feed, number)
    if not seeker.found_in(opened()):
        return None
    piece = _piece(opened(), seeker.begins, seeker.ends + _LONGEST)
    tail = piece[seeker.ends - seeker.begins :]
    closed = tail.startswith(b"</" + seeker.name.encode())  # else it closed itself, and this is what follows
    size = seeker.ends - seeker.begins + (tail.index(b">") + 1 if closed else 0)
    return Row(piece[:size][:_LONGEST], seeker.place)


class _Seeker:
    """Notes where the element begins, and where its end tag does (after it, where it closes itself)."""

    def __init__(self, feed: Feed, number: int) -> None:
        self._document, self._row, self._left = feed.document, feed.row or feed.document, number
        self._depth = 0
        self.name, self.begins, self.ends = "", -1, -1
        self.place = -1
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._started
        self._parser.EndElementHandler = self._ended

    def found_in(self, chunks: Iterator[bytes]) -> bool:
        for chunk in chunks:
            self._parser.Parse(chunk, False)
            if self.ends >= 0:
                return True
        return False

    def _started(self, name: str, _: dict[str, str]) -> None:
        if self.begins >= 0:
            self._depth += 1
            return
        local = name.rpartition(":")[2]
        if local == self._document:
            self.place += 1
        if local == self._row:
            self._left -= 1
            if self._left == 0:
                self.name, self.begins = name, self._parser.CurrentByteIndex

    def _ended(self, _: str) -> None:
        if self.begins < 0 or self.ends >= 0:
            return
        if self._depth == 0:
            self.ends = self._parser.CurrentByteIndex
        self._depth -= 1


def _piece(chunks: Iterator[bytes], begins: int, ends: int) -> bytes:
    parts, place = [], 0
    for chunk in chunks:
        if place + len(chunk) > begins:
            parts.append(chunk[max(0, begins - place) : max(0, ends - place)])
        place += len(chunk)
        if place >= ends:
            break
    return b"".join(parts)
