"""Outcomes: what an acceptance carries, and what a load makes of a packet."""

from datetime import UTC, datetime

import pytest

from gateway.domain.receipt import Acceptance, Loaded, ReportedProblem, State, Status, with_problems

ACCEPTANCE = Acceptance("p-1", "stock", Status.REJECTED, datetime(2026, 11, 20, tzinfo=UTC))


def reported(number: int) -> ReportedProblem:
    return ReportedProblem("NUMBER_INVALID", "error", "РН-1", number, "price", "x", "message", "remedy")


def loaded(unmapped: int = 0, quarantined: int = 0, superseded: bool = False) -> Loaded:
    return Loaded(10, unmapped, quarantined, superseded)


@pytest.mark.parametrize(("count", "carried"), [(0, 0), (1, 1), (100, 100), (101, 100), (250, 100)])
def test_an_acceptance_carries_a_hundred_problems_and_counts_all(count: int, carried: int) -> None:
    answer = with_problems(ACCEPTANCE, [reported(number) for number in range(count)])
    assert (len(answer.problems), answer.problems_total) == (carried, count)
    assert [problem.row for problem in answer.problems] == list(range(carried))


def test_problems_leave_the_rest_of_the_acceptance_as_it_was() -> None:
    assert with_problems(ACCEPTANCE, []) == ACCEPTANCE


@pytest.mark.parametrize(
    ("load", "state"),
    [
        (loaded(), State.LOADED),
        (loaded(unmapped=1), State.LOADED_WITH_PROBLEMS),
        (loaded(quarantined=1), State.LOADED_WITH_PROBLEMS),
        (loaded(superseded=True), State.SUPERSEDED),
        (loaded(unmapped=1, superseded=True), State.SUPERSEDED),
    ],
)
def test_a_loads_outcome_is_the_packets_state(load: Loaded, state: State) -> None:
    assert load.state is state


def test_the_words_of_the_contract_are_the_values() -> None:
    statuses = "accepted held rejected conflict dry-run-ok dry-run-rejected throttled unknown"
    states = "accepted loading loaded loaded-with-problems failed held superseded"
    assert {status.value for status in Status} == set(statuses.split())
    assert {state.value for state in State} >= set(states.split())
