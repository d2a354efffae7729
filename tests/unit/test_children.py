"""A child that dies is started again, the sooner the better it was doing."""

import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import children
from gateway.children import Child, delay_after, kept

PATIENCE = 60


def test_pauses_double_from_a_second_to_a_minute() -> None:
    delays = [delay_after(deaths) for deaths in range(1, 9)]
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]
    assert delay_after(10_000) == 60


@pytest.mark.parametrize(("healthy", "expected"), [(60, [0.1, 0.2, 0.4]), (0, [0.1, 0.1, 0.1])])
def test_who_dies_as_it_starts_is_waited_for_longer_each_time_and_the_log_says_so(
    healthy: float, expected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "HEALTHY_SECONDS", healthy)
    monkeypatch.setattr(children, "RESTART_SECONDS", 0.1)
    dying = Child([sys.executable, "-c", "raise SystemExit(3)"], pause=0)
    with capture_logs() as told, kept([dying], {}):
        until_told(told, len(expected))
    assert [each["again_in"] for each in told[: len(expected)]] == expected
    assert (told[0]["event"], told[0]["status"]) == ("child died", 3)


def test_who_ends_by_itself_is_no_death(tmp_path: Path) -> None:
    place = tmp_path / "lines"
    ending = Child([sys.executable, "-c", f"open({str(place)!r}, 'a').write('x')"], pause=0)
    with capture_logs() as told, kept([ending], {}):
        ends = time.monotonic() + PATIENCE
        while not place.exists() or len(place.read_text()) < 2:
            assert time.monotonic() < ends
            time.sleep(0.05)
    assert told == []


def test_what_a_child_apart_has_started_ends_with_it(tmp_path: Path) -> None:
    place = tmp_path / "grandchild"
    words = f"""
import os, subprocess, sys
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep({10 * PATIENCE})"])
open({str(place)!r}, "w").write(str(below.pid))
os.kill(os.getpid(), 9)
"""
    with capture_logs() as told, kept([Child([sys.executable, "-c", words], pause=PATIENCE, apart=True)], {}):
        until_told(told, 1)
    ends = time.monotonic() + PATIENCE
    while is_alive(int(place.read_text())):
        assert time.monotonic() < ends
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def until_told(told: list[MutableMapping[str, Any]], times: int) -> None:
    ends = time.monotonic() + PATIENCE
    while len(told) < times:
        assert time.monotonic() < ends, told
        time.sleep(0.05)
