"""Who is calling: argon2 once, then from memory while it is used, and never longer than the password is right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from gateway.access import REMEMBERED, VERIFIED_AGAIN, Access
from gateway.domain.errors import AuthenticationFailed
from gateway.domain.party import Login, Sender
from gateway.lockout import Lockouts

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SENDER = Sender(1, 1, "main", "VOLGA", "ООО Волга", "ru", "Europe/Moscow")
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
HOME, AWAY = "192.0.2.7", "198.51.100.9"


def login(password: str = "пароль", **override: Any) -> Login:
    return replace(Login(SENDER, CHEAP.hash(password)), **override)


class Door:
    """An Access over logins in a dict, with a clock that is set, and a count of argon2's checks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failures: int = 100) -> None:
        self.logins = {"volga": login(), "ural": login("другой")}
        self.now = BEGIN
        self.checks = 0
        real = PasswordHasher.verify

        def counted(hasher: PasswordHasher, secret: Any, password: Any) -> bool:
            self.checks += 1
            return bool(real(hasher, secret, password))

        monkeypatch.setattr(PasswordHasher, "verify", counted)
        lockouts = Lockouts(failures, timedelta(seconds=10), self._clock)
        self.access = Access(self.logins.get, self._person, self._clock, lockouts)

    def _clock(self) -> datetime:
        return self.now

    def _person(self, name: str) -> tuple[int, str] | None:
        return (7, self.logins[name].secret) if name in self.logins else None

    def refusal(self, name: str = "volga", password: str = "пароль", address: str = HOME) -> str:
        with pytest.raises(AuthenticationFailed) as caught:
            self.access.sender(name, password, address)
        return str(caught.value)

    def opens(self, name: str = "volga", password: str = "пароль", address: str = HOME) -> bool:
        return self.access.sender(name, password, address) is SENDER

    def knows(self, name: str = "volga", password: str = "пароль") -> bool:
        """Whether it would open without a check."""
        return self.access.remembered(name, password, HOME) is SENDER


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


@pytest.mark.parametrize("password", ["", "Пароль", "пароль ", "пароль\0", "другой"])
def test_the_right_password_opens_and_any_other_does_not(door: Door, password: str) -> None:
    assert door.opens()
    assert door.refusal(password=password) == "Client.Authentication: login or password is wrong"


def test_a_login_is_checked_once_and_then_remembered_while_it_is_used(door: Door) -> None:
    assert not door.knows()
    assert door.opens()
    for _ in range(5):
        door.now += REMEMBERED - timedelta(microseconds=1)
        assert door.knows()
        assert door.opens()
    assert door.checks == 1
    door.now += REMEMBERED
    assert not door.knows()
    assert (door.opens(), door.checks) == (True, 2)


def test_however_much_it_is_used_it_is_checked_again_in_time(door: Door) -> None:
    assert door.opens()
    for _ in range(int(VERIFIED_AGAIN / timedelta(seconds=30)) - 1):
        door.now += timedelta(seconds=30)
        assert door.knows()
    door.now = BEGIN + VERIFIED_AGAIN
    assert not door.knows()


def test_a_rotated_password_is_forgotten_at_once(door: Door) -> None:
    assert door.opens()
    door.logins["volga"] = login("новый")
    assert not door.knows()
    assert door.refusal()
    assert door.opens(password="новый")


def test_while_a_rotation_overlaps_both_passwords_open_and_then_the_new_one_only(door: Door) -> None:
    old = door.logins["volga"].secret
    until = BEGIN + timedelta(seconds=30)
    door.logins["volga"] = login("новый", old_secret=old, old_until=until)
    assert door.opens()
    assert door.opens(password="новый")
    door.now = until
    assert not door.knows()
    assert door.refusal()
    assert door.knows(password="новый")


def test_a_login_that_is_gone_is_forgotten_at_once(door: Door) -> None:
    assert door.opens()
    del door.logins["volga"]
    assert not door.knows()
    assert door.refusal()


@pytest.mark.parametrize(("name", "password"), [("ural", "пароль"), ("volga\0пароль", ""), ("", "пароль")])
def test_a_password_remembered_for_one_login_opens_no_other(door: Door, name: str, password: str) -> None:
    assert door.opens()
    assert not door.knows(name, password)
    assert door.refusal(name, password)


def test_an_unknown_login_costs_the_same_check_and_gets_the_same_answer_as_a_wrong_password(door: Door) -> None:
    unknown, wrong = door.refusal("nobody", "x"), door.refusal("volga", "x")
    assert (unknown == wrong, door.checks) == (True, 2)


def test_the_stand_in_for_an_unknown_login_is_hashed_as_expensively_as_a_real_one(door: Door) -> None:
    real, stand_in = door.access.hash("x"), door.access._nobody
    assert stand_in.rsplit("$", 2)[0] == real.rsplit("$", 2)[0]
    assert real.startswith("$argon2id$")


def test_a_failure_is_not_remembered(door: Door) -> None:
    assert door.refusal(password="x")
    assert not door.knows(password="x")
    assert door.refusal(password="x")
    assert door.checks == 2


def test_neither_logins_nor_passwords_stand_in_what_is_remembered(door: Door) -> None:
    assert door.opens()
    marks = b"".join(door.access._verified._marks)
    assert len(marks) == 32
    assert "пароль".encode() not in marks


def test_what_is_remembered_no_longer_takes_no_memory(door: Door) -> None:
    assert door.opens()
    door.now = BEGIN + 2 * REMEMBERED
    assert door.opens("ural", "другой")
    assert len(door.access._verified._marks) == 1


def test_a_login_may_be_bound_to_networks_and_only_its_owner_learns_so(door: Door) -> None:
    door.logins["volga"] = login(networks=("192.0.2.0/24", "2001:db8::/32"))
    assert door.opens(address=HOME)
    assert door.opens(address="2001:db8::1")
    assert AWAY in door.refusal(address=AWAY)
    assert "may not be used" in door.refusal(address="")
    assert "may not be used" not in door.refusal(password="x", address=AWAY)


def test_after_wrong_passwords_the_right_one_has_to_wait_too(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch, failures=3)
    for _ in range(3):
        assert "is wrong" in door.refusal(password="x")
    assert "retryAfter=10" in door.refusal()
    assert door.opens(address=AWAY)
    door.now += timedelta(seconds=10)
    assert door.opens()


def test_a_stored_hash_that_is_none_opens_nothing(door: Door) -> None:
    door.logins["volga"] = login(secret="not a hash")
    assert door.refusal(password="not a hash")


def test_a_person_is_known_by_key_and_strangers_are_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch, failures=2)
    assert door.access.verify_person("volga", "пароль") == 7
    assert door.access.verify_person("nobody", "x") is None
    assert [door.access.verify_person("volga", "x") for _ in range(2)] == [None, None]
    assert door.checks == 4
    assert door.access.verify_person("volga", "пароль") is None
    door.now += timedelta(seconds=10)
    assert door.access.verify_person("volga", "пароль") == 7


def test_two_hashes_of_one_password_differ(door: Door) -> None:
    assert door.access.hash("x") != door.access.hash("x")
