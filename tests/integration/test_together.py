"""Steps that wait for the same file share a commit; one that fails takes none of the others with it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from gateway.domain.errors import Busy
from gateway.wiring import Hub
from tests.acceptance.commands import wait_until
from tests.hubs import hub_in

pytestmark = pytest.mark.sqlite
STEPS = 12


def numbered(number: int, breaks: bool = False) -> Callable[[Connection], int]:
    """A step that notes its number, and may break afterwards."""

    def step(connection: Connection) -> int:
        connection.execute(text("INSERT INTO exchange.seen VALUES (:number)"), {"number": number})
        if breaks:
            raise ArithmeticError(number)
        return number

    return step


def seen(hub: Hub) -> list[int]:
    with hub.exchange.reading() as connection:
        return sorted(connection.scalars(text("SELECT number FROM exchange.seen")))


@contextmanager
def noting(folder: Path, **settings: Any) -> Iterator[tuple[Hub, list[int]]]:
    """A hub with a table for the steps, and a list that grows by one with each commit."""
    with hub_in(folder, **settings) as hub:
        with hub.exchange.writing() as connection:
            connection.execute(text("CREATE TABLE exchange.seen (number INTEGER)"))
        commits: list[int] = []
        event.listen(hub.exchange.engine, "commit", lambda _: commits.append(1))
        yield hub, commits


def gathered(hub: Hub, steps: list[Callable[[Connection], int]]) -> "list[Future[int]]":
    """What becomes of steps that all came while another writer had the file."""
    with ThreadPoolExecutor(len(steps)) as threads, hub.exchange.writing():
        found = [threads.submit(hub.exchange.together, step) for step in steps]
        wait_until(lambda: len(hub.exchange.steps.gathered) == len(steps))  # one leads, and waits for the file
    return found


def test_those_that_wait_share_one_commit_and_each_gets_its_own_result(tmp_path: Path) -> None:
    with noting(tmp_path) as (hub, commits):
        results = gathered(hub, [numbered(number) for number in range(STEPS)])
        assert [each.result() for each in results] == list(range(STEPS))
        assert len(commits) == 2, "that of the writer before them, and theirs"
        assert seen(hub) == list(range(STEPS))


def test_a_step_that_fails_fails_alone(tmp_path: Path) -> None:
    with noting(tmp_path) as (hub, _):
        results = gathered(hub, [numbered(number, breaks=number == 5) for number in range(STEPS)])
        assert [each.result() for each in results if not each.exception()] == [*range(5), *range(6, STEPS)]
        with pytest.raises(ArithmeticError, match="5"):
            results[5].result()
        assert seen(hub) == [*range(5), *range(6, STEPS)]


def test_whoever_comes_while_others_commit_is_not_forgotten(tmp_path: Path) -> None:
    with noting(tmp_path) as (hub, _), ThreadPoolExecutor(STEPS) as threads:
        results = list(threads.map(lambda number: hub.exchange.together(numbered(number)), range(STEPS * 20)))
        assert results == seen(hub) == list(range(STEPS * 20))


def test_while_the_store_is_away_all_of_them_are_told_to_come_again(tmp_path: Path) -> None:
    with noting(tmp_path, store_seconds=1) as (hub, _):
        held, let_go = threading.Event(), threading.Event()
        with ThreadPoolExecutor(STEPS + 1) as threads:
            holding = threads.submit(_hold, hub, held, let_go)
            held.wait()
            results = [threads.submit(hub.exchange.together, numbered(number)) for number in range(STEPS)]
            refused = [each.exception() for each in results]
            let_go.set()
            holding.result()
        assert [type(each) for each in refused] == [Busy] * STEPS
        assert seen(hub) == []
        assert hub.exchange.together(numbered(1)) == 1


def _hold(hub: Hub, held: threading.Event, let_go: threading.Event) -> None:
    with hub.exchange.writing():
        held.set()
        let_go.wait()


def test_a_step_that_finds_the_disk_full_refuses_none_of_those_beside_it(tmp_path: Path) -> None:
    def full(_: Connection) -> int:
        raise Busy("the store is away, try again", retry_after=30)

    with noting(tmp_path) as (hub, _):
        results = gathered(hub, [*map(numbered, range(STEPS)), full])
        assert [each.result() for each in results[:-1]] == seen(hub) == list(range(STEPS))
        assert isinstance(results[-1].exception(), Busy)
