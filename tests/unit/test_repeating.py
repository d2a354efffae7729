"""What the store gave up is run again, a few times; anything else fails at once."""

from collections.abc import Callable

import pytest

from gateway import repeating
from gateway.domain.errors import Busy, Interrupted
from gateway.repeating import repeated


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "PAUSES_SECONDS", (0, 0, 0))


def failing(error: Exception, times: int) -> tuple[Callable[[], str], list[int]]:
    """A step that fails so often before it succeeds, and a list that grows with each try."""
    tries: list[int] = []

    @repeated
    def step() -> str:
        tries.append(len(tries))
        if len(tries) <= times:
            raise error
        return "done"

    return step, tries


def test_a_step_that_was_given_up_is_run_again_until_it_is_done() -> None:
    step, tries = failing(Interrupted("again"), times=3)
    assert (step(), len(tries)) == ("done", 4)


def test_a_step_that_is_given_up_every_time_fails_in_the_end() -> None:
    step, tries = failing(Interrupted("again"), times=99)
    with pytest.raises(Interrupted):
        step()
    assert len(tries) == 4


@pytest.mark.parametrize("error", [Busy("the outcome is not known"), ValueError()])
def test_anything_else_is_not_repeated(error: Exception) -> None:
    step, tries = failing(error, times=1)
    with pytest.raises(type(error)):
        step()
    assert len(tries) == 1
