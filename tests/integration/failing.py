"""Loads that fail, for tests."""

from collections.abc import Callable, Collection
from typing import Any

import pytest

from connectors.database import merging


def fail(
    monkeypatch: pytest.MonkeyPatch,
    times: int = 1,
    packets: Collection[int] = (),
    error: Callable[[], Exception] = lambda: RuntimeError("the warehouse is upside down"),
) -> None:
    """Lets the next merges of these packets fail; none given means any."""
    merge, left = merging.merge, [times]

    def either(connection: Any, feed: Any, packet: Any, *more: Any, **named: Any) -> Any:
        if left[0] > 0 and (not packets or packet.key in packets):
            left[0] -= 1
            raise error()
        return merge(connection, feed, packet, *more, **named)

    monkeypatch.setattr(merging, "merge", either)
