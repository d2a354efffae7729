"""What follows from an agreed regulation: the guards' arithmetic."""

from datetime import date

import pytest

from gateway.domain.regulation import Regulation, Waiting, Withdrawal, closed_period, shrink, waiting_withdrawal


def waiting(first: int, last: int, count: int) -> Waiting:
    return Waiting(date(2026, 11, first), date(2026, 11, last), count)


@pytest.mark.parametrize(
    ("packets", "held"),
    [
        ([], 0),
        ([waiting(1, 10, 20)], 20),
        ([waiting(1, 10, 20), waiting(11, 20, 7)], 27),
        ([waiting(1, 10, 3), waiting(1, 10, 20)], 3),
        ([waiting(5, 15, 3), waiting(1, 10, 20), waiting(16, 16, 4)], 7),
    ],
)
def test_of_packets_that_wait_with_one_window_only_the_newest_counts(packets: list[Waiting], held: int) -> None:
    assert waiting_withdrawal(packets, 5) == Withdrawal(held, max(0, held - 5))


def test_little_may_be_withdrawn_without_a_question_and_much_may_not() -> None:
    assert shrink(50, Withdrawal(9, 9)) is None
    assert shrink(50, Withdrawal(10, 5)) is None
    assert shrink(50, Withdrawal(10, 6)) is not None
    assert shrink(100, Withdrawal(10, 10)) is None


def test_a_period_is_closed_through_its_last_day() -> None:
    agreed = Regulation(closed_through=date(2026, 11, 5))
    assert closed_period(agreed, [("from", None), ("date", date(2026, 11, 6))]) is None
    found = closed_period(agreed, [("from", date(2026, 11, 6)), ("id", date(2026, 11, 5))])
    assert found
    assert (found.field, found.value) == ("id", "2026-11-05")
    assert closed_period(Regulation(), [("from", date(1, 1, 2))]) is None
