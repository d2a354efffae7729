"""How much may be under way at once: bytes of all requests together, and requests of one site. On the event loop."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from anyio import Semaphore

from gateway.domain.errors import Busy

SMALL = 64 * 1024
"""A request up to here needs no room: the number of connections bounds those."""
RETRY_SECONDS = 5


@dataclass
class _Site:
    """A site's requests: how many are under way, and who of them may be worked on."""

    turns: Semaphore
    under_way: int = 0


class Space:
    """The room that one request has taken; it grows with what arrives."""

    def __init__(self, room: "Room") -> None:
        self._room, self._taken = room, 0

    def hold(self, size: int) -> None:
        """Takes what a request of this size needs more. Raises Busy where there is none."""
        needed = (size if size > SMALL else 0) - self._taken
        if needed <= 0:
            return
        if needed > self._room.free:
            raise Busy("too much is being sent to the hub at once", retry_after=RETRY_SECONDS)
        self._room.free -= needed
        self._taken += needed

    def leave(self) -> None:
        self._room.free += self._taken
        self._taken = 0


class Room:
    """Of one gateway."""

    def __init__(self, total_bytes: int, site_requests: int, site_turns: int) -> None:
        self.free = total_bytes
        self._site_requests, self._site_turns = site_requests, max(1, site_turns)
        self._sites: dict[int, _Site] = {}

    @contextmanager
    def space(self) -> Iterator[Space]:
        """Room for a request's bytes, until it is answered."""
        space = Space(self)
        try:
            yield space
        finally:
            space.leave()

    @contextmanager
    def of_site(self, site: int) -> Iterator[Semaphore]:
        """A request of a site; it is worked on while it holds the semaphore, so that other sites come to their turn.

        Raises Busy where too many are under way.
        """
        found = self._sites.setdefault(site, _Site(Semaphore(self._site_turns, fast_acquire=True)))
        if found.under_way >= self._site_requests:
            raise Busy(f"{found.under_way} requests of this site are under way already", retry_after=RETRY_SECONDS)
        found.under_way += 1
        try:
            yield found.turns
        finally:
            found.under_way -= 1
            if not found.under_way:
                del self._sites[site]
