"""Chunks of content as the file that parsers read."""

from collections.abc import Iterator
from io import RawIOBase
from typing import IO, cast


class ChunkReader(RawIOBase):
    """Hands out chunks as they come; where `short`, `first` is all there is."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = (chunk for chunk in chunks if chunk)
        self.first = next(self._chunks, b"")
        self._second = next(self._chunks, b"")
        self._chunk, self._place = self.first, 0
        self.taken = 0
        """Bytes handed out so far."""

    @property
    def short(self) -> bool:
        return not self._second

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._place >= len(self._chunk):
            self._chunk, self._second = self._second or next(self._chunks, b""), b""
            self._place = 0
        start = self._place
        self._place = len(self._chunk) if size < 0 else start + size
        piece = self._chunk[start : self._place]
        self.taken += len(piece)
        return piece

    def as_file(self) -> IO[bytes]:
        return cast(IO[bytes], self)
