"""Repeated wrong passwords lock a login out, for the address they came from, with waits that double."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from gateway.domain.errors import AuthenticationFailed

LONGEST_WAIT = timedelta(hours=1)
REMEMBERED = 10_000
"""How many pairs of login and address are remembered; the one that failed longest ago is forgotten first."""

Caller = tuple[str, str]
"""A login and the address that uses it: nobody can lock a distributor out from elsewhere."""


@dataclass(frozen=True)
class _Failures:
    count: int
    last: datetime
    until: datetime


class Lockouts:
    """In the memory of one gateway: a restart forgives, several gateways count each for itself."""

    def __init__(self, free: int, first_wait: timedelta, clock: Callable[[], datetime]) -> None:
        self._free, self._first_wait, self._clock = free, first_wait, clock
        self._failures: OrderedDict[bytes, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, caller: Caller) -> None:
        """Raises AuthenticationFailed, with retryAfter, while the caller is locked out, whatever the password."""
        with self._lock:
            found = self._failures.get(_mark(caller))
        now = self._clock()
        if found and now < found.until:
            wait = ceil((found.until - now).total_seconds())
            raise AuthenticationFailed("too many wrong passwords, wait before the next try", retry_after=wait)

    def failed(self, caller: Caller) -> None:
        """Counts a wrong password; an hour without any forgets the count."""
        now, mark = self._clock(), _mark(caller)
        with self._lock:
            found = self._failures.pop(mark, None)
            recent = found is not None and now - max(found.last, found.until) < LONGEST_WAIT
            count = found.count + 1 if found and recent else 1
            self._failures[mark] = _Failures(count, now, now + self._wait(count))
            if len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, caller: Caller) -> None:
        with self._lock:
            self._failures.pop(_mark(caller), None)

    def _wait(self, count: int) -> timedelta:
        if count < self._free:
            return timedelta(0)
        doublings = min(count - self._free, 20)
        return min(self._first_wait * 2**doublings, LONGEST_WAIT)


def _mark(caller: Caller) -> bytes:
    """A login that somebody claims may have 48 KB, and ten thousand of them are remembered."""
    return hashlib.sha256("\0".join(caller).encode("utf-8", "surrogatepass")).digest()
