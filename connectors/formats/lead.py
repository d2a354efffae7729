"""Lets a second reading of a content follow the first: beyond a beginning, it sees no chunk that was not judged."""

import threading
from collections.abc import Iterator

from connectors.formats.reader import SHORT, Opener


class Withdrawn(Exception):
    """The first reading found the content bad: what follows is not wanted any more."""


class Lead:
    """Counts the chunks that the first reading has let pass; its end says whether all of them did."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._passed = 0
        self._valid: bool | None = None

    def pass_one(self) -> None:
        with self._changed:
            self._passed += 1
            self._changed.notify_all()

    def end(self, valid: bool) -> None:
        with self._changed:
            self._valid = valid
            self._changed.notify_all()

    def follow(self, opened: Opener) -> Opener:
        """Opens the same content any number of times; its reader waits, and gets Withdrawn where it ends badly."""

        def opened_behind() -> Iterator[bytes]:
            ahead = 0
            for index, chunk in enumerate(opened()):
                ahead += len(chunk)
                if ahead > SHORT or self._valid is False:  # a short content can't do harm unjudged
                    self._wait_for(index)
                yield chunk

        return opened_behind

    def _wait_for(self, index: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._passed > index or self._valid is not None)
            if self._valid is False:
                raise Withdrawn
