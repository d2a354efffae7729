"""A load that hangs without dying ends its lane: what hangs in a library can't be broken off any other way.

Then its claim runs out, and the packet is tried again, until it is parked. What the lane was at stands in its log.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

LEAST_SECONDS = 1800
"""Longer than any wait for a turn."""
SECONDS_OF_MEGABYTE = 120
"""Of a packet as it is kept; ten times what the slowest store was seen to take."""


class _Process:
    ends_when_late = False


def end_when_late() -> None:
    """This process is a lane: whoever has started it starts another."""
    _Process.ends_when_late = True


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Loading of so many bytes; the watch needs nothing of Python, whose lock the load may never let go."""
    if not _Process.ends_when_late:
        yield
        return
    faulthandler.dump_traceback_later(LEAST_SECONDS + SECONDS_OF_MEGABYTE * (size >> 20), exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
