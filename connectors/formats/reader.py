"""Chunks of content as the file that parsers read."""

from collections.abc import Callable, Iterator
from io import RawIOBase
from typing import IO, cast

Opener = Callable[[], Iterator[bytes]]
SHORT = 16 << 20
"""Up to this size a content is read at once: a parser that asks for it piece by piece waits for each."""

PIECE = 1 << 20
"""libxml2 refuses to be fed more than 10 MB at once."""


class ChunkReader(RawIOBase):
    """Hands out chunks as they come; where `short`, `first` is all there is."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = iter(chunks)
        self.first, self.short = self._beginning()
        self._chunk, self._place = self.first, 0
        self.taken = 0
        """Bytes handed out so far."""

    def _beginning(self) -> tuple[bytes, bool]:
        parts, size = [], 0
        for chunk in self._chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > SHORT:
                return b"".join(parts), False
        return b"".join(parts), True

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while self._place >= len(self._chunk):
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._chunk, self._place = chunk, 0
        start = self._place
        self._place = len(self._chunk) if size < 0 else start + size
        piece = self._chunk[start : self._place]
        self.taken += len(piece)
        return piece

    def rest(self) -> Iterator[bytes]:
        """All that was not handed out yet, in pieces."""
        while piece := self.read(PIECE):
            yield piece

    def as_file(self) -> IO[bytes]:
        return cast(IO[bytes], self)


def reopened(opened: Opener) -> Opener:
    """Opens the same chunks again and again; a short content is unpacked only once."""
    kept: list[bytes] = []

    def again() -> Iterator[bytes]:
        if kept:
            return iter(kept)
        reader = ChunkReader(opened())
        if reader.short:
            kept.append(reader.first)
        return reader.rest()

    return again
