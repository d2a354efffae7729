"""Use case: who is calling. Passwords are argon2; a verified one is remembered for a minute under a keyed HMAC."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.domain.errors import AuthenticationFailed, Busy
from gateway.domain.party import Login, Sender
from gateway.lockout import Lockouts

REMEMBERED = timedelta(minutes=1)
CHECKS_AT_ONCE = 2
_WAIT_SECONDS = 10.0
_WRONG = "login or password is wrong"


class Access:
    """Verifies logins. A check costs tens of milliseconds and 19 MiB, so few run at once and one is remembered."""

    def __init__(
        self,
        find_login: Callable[[str], Login | None],
        find_person: Callable[[str], tuple[int, str] | None],
        clock: Callable[[], datetime],
        lockouts: Lockouts,
    ) -> None:
        self._find_login, self._find_person, self._clock, self._lockouts = find_login, find_person, clock, lockouts
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # as OWASP advises
        self._nobody = self._hasher.hash(secrets.token_hex())
        self._key = secrets.token_bytes(32)
        self._remembered: dict[bytes, datetime] = {}
        self._memory = threading.Lock()
        self._of_sites = threading.Semaphore(CHECKS_AT_ONCE)
        self._of_people = threading.Semaphore(1)  # of their own: a run on the sign-in page doesn't stop the exchange

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def remembered(self, login: str, password: str, address: str) -> Sender | None:
        """As `sender`, where the password was verified lately; None where that is not so. Quick."""
        self._lockouts.check((login, address))
        found, now = self._find_login(login), self._clock()
        if found is None or not any(self._is_known(each, password) for each in found.secrets(now)):
            return None
        self._lockouts.succeeded((login, address))
        return _admitted(found, address)

    def sender(self, login: str, password: str, address: str) -> Sender:
        """The site that a login stands for. Raises AuthenticationFailed, after as long for an unknown login."""
        found, now = self._find_login(login), self._clock()
        with _turn(self._of_sites):
            self._lockouts.check((login, address))  # only now: of many guesses at once, few are tried
            valid = found.secrets(now) if found else [self._nobody]
            if not any(self._matches(each, password) for each in valid) or found is None:
                self._lockouts.failed((login, address))
                raise AuthenticationFailed(_WRONG)
        self._lockouts.succeeded((login, address))
        return _admitted(found, address)

    def verify_person(self, name: str, password: str, address: str) -> int | None:
        """The key of the person of the operations staff, None where name or password is wrong, or tried too often."""
        found, caller = self._find_person(name), (f"person {name}", address)
        with _turn(self._of_people):
            try:
                self._lockouts.check(caller)
            except AuthenticationFailed:
                return None
            if not self._matches(found[1] if found else self._nobody, password) or found is None:
                self._lockouts.failed(caller)
                return None
        self._lockouts.succeeded(caller)
        return found[0]

    def _matches(self, secret: str, password: str) -> bool:
        if self._is_known(secret, password):
            return True
        try:
            self._hasher.verify(secret, password)
        except (VerificationError, InvalidHashError):
            return False
        self._remember(secret, password)
        return True

    def _is_known(self, secret: str, password: str) -> bool:
        now = self._clock()
        with self._memory:
            return self._remembered.get(self._mark(secret, password), now) > now

    def _remember(self, secret: str, password: str) -> None:
        now = self._clock()
        with self._memory:
            self._remembered = {each: until for each, until in self._remembered.items() if until > now}
            self._remembered[self._mark(secret, password)] = now + REMEMBERED

    def _mark(self, secret: str, password: str) -> bytes:
        """Of the stored hash and the password together: a rotated password is forgotten at once."""
        return hmac.digest(self._key, f"{secret}\0{password}".encode(), hashlib.sha256)


def _admitted(login: Login, address: str) -> Sender:
    """Only a right password learns that the address, or that the site is closed, is what stands in the way."""
    if login.is_closed:
        raise AuthenticationFailed("this site is closed and exchanges no more: ask the operators of the hub")
    if not login.may_call_from(address):
        raise AuthenticationFailed(f"this login may not be used from {address or 'here'}")
    return login.sender


@contextmanager
def _turn(checks: threading.Semaphore) -> Iterator[None]:
    if not checks.acquire(timeout=_WAIT_SECONDS):
        raise Busy("too many logins are checked at once", retry_after=5)
    try:
        yield
    finally:
        checks.release()
