"""Who is calling: argon2 once, then from memory for a minute, and never longer than the password is right."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from gateway.access import REMEMBERED, Access
from gateway.domain.errors import AuthenticationFailed
from gateway.domain.party import Login, Sender
from gateway.lockout import Lockouts

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SENDER = Sender(1, 1, "main", "VOLGA", "ООО Волга", "ru", "Europe/Moscow")
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)


class Door:
    """An Access over logins in a dict, with a clock that is set, and a count of argon2's checks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **logins: str) -> None:
        self.secrets = {name: CHEAP.hash(password) for name, password in logins.items()}
        self.now = BEGIN
        self.checks = 0
        real = PasswordHasher.verify

        def counted(hasher: PasswordHasher, secret: Any, password: Any) -> bool:
            self.checks += 1
            return bool(real(hasher, secret, password))

        monkeypatch.setattr(PasswordHasher, "verify", counted)
        clock = lambda: self.now  # noqa: E731
        self.access = Access(self._login, self._person, clock, Lockouts(100, timedelta(seconds=10), clock))

    def _login(self, name: str) -> Login | None:
        return Login(SENDER, self.secrets[name]) if name in self.secrets else None

    def _person(self, name: str) -> tuple[int, str] | None:
        return (7, self.secrets[name]) if name in self.secrets else None

    def opens(self, login: str = "volga", password: str = "пароль") -> bool:
        try:
            return self.access.sender(login, password, "192.0.2.1") is SENDER
        except AuthenticationFailed as error:
            assert str(error) == "Client.Authentication: login or password is wrong"  # noqa: PT017
            return False


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch, volga="пароль", ural="другой")


def test_the_right_password_opens_and_any_other_does_not(door: Door) -> None:
    assert door.opens()
    for password in ("", "Пароль", "пароль ", "пароль\0", "другой"):
        assert not door.opens(password=password)


def test_a_login_is_checked_once_and_then_remembered_for_a_minute(door: Door) -> None:
    assert door.opens()
    for _ in range(5):
        assert door.opens()
    door.now = BEGIN + REMEMBERED - timedelta(microseconds=1)
    assert (door.opens(), door.checks) == (True, 1)
    door.now = BEGIN + REMEMBERED
    assert (door.opens(), door.checks) == (True, 2)


def test_remembering_is_not_prolonged_by_use(door: Door) -> None:
    for seconds in range(0, 121, 30):
        door.now = BEGIN + timedelta(seconds=seconds)
        assert door.opens()
    assert door.checks == 3


def test_a_rotated_password_is_forgotten_at_once(door: Door) -> None:
    assert door.opens()
    door.secrets["volga"] = CHEAP.hash("новый")
    assert not door.opens()
    assert door.opens(password="новый")
    door.secrets["volga"] = CHEAP.hash("пароль")
    assert (door.opens(), door.checks) == (True, 4)


def test_a_login_that_is_gone_is_forgotten_at_once(door: Door) -> None:
    assert door.opens()
    del door.secrets["volga"]
    assert not door.opens()


def test_a_password_remembered_for_one_login_opens_no_other(door: Door) -> None:
    assert door.opens()
    assert not door.opens("ural")
    assert not door.opens("volga\0пароль", "")
    assert not door.opens("", "пароль")


def test_an_unknown_login_costs_the_same_check_as_a_wrong_password(door: Door) -> None:
    assert not door.opens("nobody", "x")
    assert door.checks == 1
    assert not door.opens("volga", "x")
    assert door.checks == 2


def test_the_stand_in_for_an_unknown_login_is_hashed_as_expensively_as_a_real_one(door: Door) -> None:
    real = door.access.hash("x")
    stand_in = door.access._nobody
    assert stand_in.rsplit("$", 2)[0] == real.rsplit("$", 2)[0]
    assert real.startswith("$argon2id$")


def test_a_failure_is_not_remembered(door: Door) -> None:
    assert not door.opens(password="x")
    assert not door.opens(password="x")
    assert door.checks == 2


def test_what_was_remembered_is_dropped_when_its_minute_is_over(door: Door) -> None:
    assert door.opens()
    door.now = BEGIN + 2 * REMEMBERED
    assert door.opens("ural", "другой")
    assert len(door.access._remembered) == 1


def test_neither_logins_nor_passwords_stand_in_what_is_remembered(door: Door) -> None:
    assert door.opens()
    assert "пароль".encode() not in b"".join(door.access._remembered)


def test_a_person_is_known_by_key_and_strangers_are_nobody(door: Door) -> None:
    assert door.access.verify_person("volga", "пароль", "") == 7
    assert door.access.verify_person("volga", "x", "") is None
    assert door.access.verify_person("nobody", "x", "") is None
    assert door.checks == 3


def test_a_stored_hash_that_is_none_opens_nothing(door: Door) -> None:
    door.secrets["volga"] = "not a hash"
    assert not door.opens(password="not a hash")


def test_two_hashes_of_one_password_differ(door: Door) -> None:
    assert door.access.hash("x") != door.access.hash("x")
