"""Use case: who is calling. Passwords are argon2; a verified one is remembered for a minute under a keyed HMAC."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.domain.errors import AuthenticationFailed
from gateway.domain.party import Sender

REMEMBERED = timedelta(minutes=1)
_WRONG = "login or password is wrong"


class Access:
    """Verifies logins. A check costs 100 ms and 64 MiB (facts), so few run at once and their outcome is remembered."""

    def __init__(
        self,
        find_login: Callable[[str], tuple[str, Sender] | None],
        find_person: Callable[[str], tuple[int, str] | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._find_login, self._find_person, self._clock = find_login, find_person, clock
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex())
        self._key = secrets.token_bytes(32)
        self._remembered: dict[bytes, datetime] = {}
        self._checking = threading.Semaphore(2)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def sender(self, login: str, password: str) -> Sender:
        """The site that a login stands for. Raises AuthenticationFailed, after as long for an unknown login."""
        found = self._find_login(login)
        secret = found[0] if found else self._nobody
        if not self._matches(secret, password) or found is None:
            raise AuthenticationFailed(_WRONG)
        return found[1]

    def verify_person(self, name: str, password: str) -> int | None:
        """The key of the person of the operations staff, None where name or password is wrong."""
        found = self._find_person(name)
        matches = self._matches(found[1] if found else self._nobody, password)
        return found[0] if found and matches else None

    def _matches(self, secret: str, password: str) -> bool:
        """The memory is of the stored hash and the password together: a rotated password is forgotten at once."""
        mark = hmac.digest(self._key, f"{secret}\0{password}".encode(), hashlib.sha256)
        now = self._clock()
        if self._remembered.get(mark, now) > now:
            return True
        with self._checking:
            try:
                self._hasher.verify(secret, password)
            except (VerificationError, InvalidHashError):
                return False
        self._remember(mark, now)
        return True

    def _remember(self, mark: bytes, now: datetime) -> None:
        self._remembered = {each: until for each, until in self._remembered.items() if until > now}
        self._remembered[mark] = now + REMEMBERED
