"""Wrong passwords make a caller wait, each time longer; nobody can make another wait."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway import lockout
from gateway.domain.errors import AuthenticationFailed
from gateway.lockout import LONGEST_WAIT, Lockouts

ME, ELSEWHERE = ("volga", "192.0.2.7"), ("volga", "198.51.100.9")


class Guard:
    """Lockouts with three free tries and a first wait of ten seconds, and a clock that is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.lockouts = Lockouts(3, timedelta(seconds=10), lambda: self.now)

    def fail(self, times: int, caller: tuple[str, str] = ME) -> None:
        for _ in range(times):
            self.lockouts.failed(caller)

    def wait(self, caller: tuple[str, str] = ME) -> int:
        """Seconds until the next try is let through; 0 for at once."""
        try:
            self.lockouts.check(caller)
        except AuthenticationFailed as error:
            return error.retry_after or -1
        return 0


def test_a_few_wrong_passwords_are_free() -> None:
    guard = Guard()
    guard.fail(2)
    assert guard.wait() == 0


@pytest.mark.parametrize(("failures", "seconds"), [(3, 10), (4, 20), (5, 40), (6, 80), (30, 3600), (500, 3600)])
def test_then_each_wait_is_twice_the_last_up_to_an_hour(failures: int, seconds: int) -> None:
    guard = Guard()
    guard.fail(failures)
    assert guard.wait() == seconds


def test_the_wait_ends_on_its_second_and_is_told_in_whole_ones() -> None:
    guard = Guard()
    guard.fail(3)
    guard.now += timedelta(seconds=9.5)
    assert guard.wait() == 1
    guard.now += timedelta(seconds=0.5)
    assert guard.wait() == 0


def test_one_who_gets_it_right_begins_anew() -> None:
    guard = Guard()
    guard.fail(2)
    guard.lockouts.succeeded(ME)
    guard.fail(2)
    assert guard.wait() == 0


def test_an_hour_without_a_wrong_password_forgets_the_count() -> None:
    guard = Guard()
    guard.fail(3)
    guard.now += timedelta(seconds=10) + LONGEST_WAIT - timedelta(seconds=1)
    guard.fail(1)
    assert guard.wait() == 20
    guard.now += timedelta(seconds=20) + LONGEST_WAIT
    guard.fail(1)
    assert guard.wait() == 0


def test_nobody_waits_for_what_another_address_did() -> None:
    guard = Guard()
    guard.fail(10)
    assert guard.wait(ELSEWHERE) == 0
    assert guard.wait(("ural", ME[1])) == 0


def test_of_very_many_callers_those_are_forgotten_that_failed_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "REMEMBERED", 3)
    guard = Guard()
    callers = [("volga", f"192.0.2.{number}") for number in range(4)]
    for caller in callers:
        guard.fail(3, caller)
    assert [guard.wait(caller) for caller in callers] == [0, 10, 10, 10]
