"""How often one token may call: so many requests a minute, in bursts of as many; of one gateway, in its memory."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from gateway.domain.errors import Declined
from gateway.domain.problem import Problem

REMEMBERED = 10_000


class Pace:
    """A bucket for each token, refilled as time goes by. `clock` counts seconds; runs on the event loop."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def step(self, token: int) -> None:
        """Raises Declined, with the seconds until the next request may come."""
        now = self._clock()
        left, at = self._buckets.pop(token, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * self._per_minute / 60)
        self._buckets[token] = (max(0.0, left - 1), now) if left >= 1 else (left, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if left < 1:
            wait = ceil((1 - left) * 60 / self._per_minute)
            raise Declined(Problem("RATE_EXCEEDED", params={"wait": str(wait)}), retry_after=wait)
