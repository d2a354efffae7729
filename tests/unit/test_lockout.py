"""Waits after wrong passwords: free tries, doubling, forgetting, and a bounded memory."""

from datetime import timedelta

import pytest

from gateway import lockout
from gateway.domain.errors import AuthenticationFailed
from gateway.lockout import Lockouts
from tests.clocks import Clock

VOLGA, OTHER = ("volga", "192.0.2.1"), ("volga", "192.0.2.2")


def lockouts(clock: Clock, free: int = 3) -> Lockouts:
    return Lockouts(free, timedelta(seconds=10), clock)


def wait(of: Lockouts, caller: tuple[str, str] = VOLGA) -> int:
    """Seconds that the caller has to wait."""
    try:
        of.check(caller)
    except AuthenticationFailed as refusal:
        return int(str(refusal).partition("retryAfter=")[2].rstrip(")"))
    return 0


def fail(of: Lockouts, times: int) -> None:
    for _ in range(times):
        of.failed(VOLGA)


def test_a_few_wrong_passwords_are_free() -> None:
    locked = lockouts(Clock())
    fail(locked, 2)
    assert wait(locked) == 0
    fail(locked, 1)
    assert wait(locked) == 10


def test_each_further_one_doubles_the_wait_up_to_an_hour() -> None:
    clock = Clock()
    locked = lockouts(clock)
    fail(locked, 2)
    waits = []
    for _ in range(11):
        fail(locked, 1)
        waits.append(wait(locked))
        clock.forward(seconds=waits[-1])
        assert wait(locked) == 0
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_the_wait_gets_shorter_as_time_goes_by() -> None:
    clock = Clock()
    locked = lockouts(clock)
    fail(locked, 3)
    clock.forward(seconds=9.5)
    assert wait(locked) == 1


def test_a_right_password_starts_anew() -> None:
    locked = lockouts(Clock())
    fail(locked, 2)
    locked.succeeded(VOLGA)
    fail(locked, 2)
    assert wait(locked) == 0


def test_an_hour_without_failures_is_forgiven() -> None:
    clock = Clock()
    locked = lockouts(clock)
    fail(locked, 2)
    clock.forward(hours=1)
    fail(locked, 2)
    assert wait(locked) == 0


def test_the_hour_begins_when_the_wait_ends() -> None:
    clock = Clock()
    locked = lockouts(clock)
    fail(locked, 12)
    clock.forward(hours=1, minutes=59)
    fail(locked, 1)
    assert wait(locked) == 3600


def test_nobody_locks_a_login_out_from_elsewhere() -> None:
    locked = lockouts(Clock())
    fail(locked, 3)
    assert wait(locked, OTHER) == 0


def test_the_memory_is_bounded_and_forgets_who_failed_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "REMEMBERED", 2)
    locked = lockouts(Clock(), free=1)
    for number in range(3):
        locked.failed((f"login-{number}", ""))
    assert [bool(wait(locked, (f"login-{number}", ""))) for number in range(3)] == [False, True, True]


def test_what_is_remembered_is_small_however_long_the_login_is() -> None:
    locked, long = lockouts(Clock(), free=1), ("x" * 50_000, "192.0.2.1")
    locked.failed(long)
    assert wait(locked, long) == 10
    assert sum(map(len, locked._failures)) < 100
