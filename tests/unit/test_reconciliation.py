"""The pure rules of reconciliation: verdicts, tolerances, days that were spoken for, intervals, findings."""

from datetime import date

import pytest

from gateway.domain.reconciliation import (
    MILLION,
    Line,
    Rule,
    Spoken,
    Tolerance,
    Verdict,
    affected_until,
    findings,
    intervals,
    judge,
    shown,
    usual,
    whole_days,
    whole_intervals,
)

EXACT = Tolerance()


def on(day: int) -> date:
    return date(2026, 11, day)


@pytest.mark.parametrize(
    ("actual", "tolerance", "verdict"),
    [
        (100, EXACT, Verdict.AGREES),
        (101, EXACT, Verdict.DIFFERS),
        (103, Tolerance(absolute=3), Verdict.TOLERATED),
        (97, Tolerance(absolute=3), Verdict.TOLERATED),
        (104, Tolerance(absolute=3), Verdict.DIFFERS),
        (110, Tolerance(percent=10 * MILLION), Verdict.TOLERATED),
        (111, Tolerance(percent=10 * MILLION), Verdict.DIFFERS),
    ],
)
def test_a_gap_is_tolerated_up_to_its_bound_and_not_beyond(actual: int, tolerance: Tolerance, verdict: Verdict) -> None:
    assert judge(100, actual, tolerance) is verdict


def test_what_agrees_needs_no_excuse_and_a_missing_feed_is_one_for_the_rest() -> None:
    assert judge(5, 5, EXACT, missing="shipments") is Verdict.AGREES
    assert judge(5, 4, EXACT, missing="shipments", on_its_way=True) is Verdict.MISSING


def test_only_what_is_less_can_be_on_its_way() -> None:
    assert judge(5, 4, EXACT, on_its_way=True) is Verdict.ON_ITS_WAY
    assert judge(5, 6, EXACT, on_its_way=True) is Verdict.DIFFERS


def test_goods_may_be_on_their_way_for_some_days_and_nothing_else_may_be() -> None:
    assert {rule: usual(rule).days for rule in Rule if usual(rule).days} == {Rule.PURCHASES: 14, Rule.ORDERS: 7}


def test_windows_and_documents_together_speak_for_their_days_without_a_hole() -> None:
    spoken = Spoken(((on(1), on(3)), (on(5), on(6))), frozenset({on(4)}), on(4), on(6))
    assert spoken.covers(on(1), on(6))
    assert not spoken.covers(on(1), on(7))
    hole = Spoken(((on(1), on(3)), (on(5), on(6))), frozenset(), on(3), on(6))
    assert not hole.covers(on(3), on(5))


def test_who_only_merges_has_told_everything_up_to_the_last_document() -> None:
    merged = Spoken((), frozenset({on(5)}), on(5), None)
    assert merged.covers(on(1), on(5))
    assert not merged.covers(on(5), on(6))
    assert not Spoken().covers(on(1), on(1))


def test_an_interval_goes_from_each_snapshot_to_the_next() -> None:
    assert intervals([on(9), on(1), on(4), on(4)]) == [(on(1), on(4)), (on(4), on(9))]
    assert intervals([on(1)]) == []


def test_a_day_is_whole_when_each_warehouse_in_use_has_a_snapshot() -> None:
    days = whole_days({1: [on(1), on(2), on(3), on(4)], 2: [on(2), on(4)]})
    assert days == {on(1): {1}, on(2): {1, 2}, on(4): {1, 2}}
    assert whole_intervals(days) == [(0, on(2), on(4)), (1, on(2), on(4)), (2, on(2), on(4))]


def test_a_change_reaches_to_the_next_snapshot_of_whichever_warehouse_is_last() -> None:
    assert affected_until(on(5), [[on(1), on(6)], [on(5), on(9)], [on(2)]]) == on(9)
    assert affected_until(on(5), [[on(1)]]) == on(5)


def test_a_finding_counts_the_lines_of_a_rule_site_and_day_and_names_the_largest_gap() -> None:
    given = {"rule": Rule.STOCK, "feed": "stock", "site": 1, "day": on(5)}
    differing = [Line(expected=0, actual=gap * MILLION, **given) for gap in (2, -5, 1)]  # type: ignore[arg-type]
    missing = Line(expected=0, actual=1, missing="shipments movements", **given)  # type: ignore[arg-type]
    agreeing = Line(expected=1, actual=1, **given)  # type: ignore[arg-type]
    found = findings((line, line.verdict(EXACT)) for line in [*differing, missing, agreeing])
    assert [each.problem.code for each in found] == ["STOCK_DIFFERS", "FEED_MISSING"]
    assert found[0].problem.params == {"lines": "3", "gap": "-2", "worst": "-5"}
    assert found[1].problem.params == {"lines": "1", "feeds": "movements, shipments"}


@pytest.mark.parametrize(("figure", "text"), [(0, "0"), (1, "0.000001"), (-2_500_000, "-2.5"), (100 * MILLION, "100")])
def test_a_figure_is_shown_without_needless_zeros(figure: int, text: str) -> None:
    assert shown(figure) == text
