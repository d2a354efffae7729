"""A packet's identity, header, window and totals: the rules of the domain, one by one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.feed import Mode
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Header, Totals, control_problems, header_problems, in_utc, normal_code
from gateway.domain.problem import Problem
from tests.unit.reading import worded

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
HEADER = Header(
    id="p-1",
    feed="shipments",
    organization="7701234567",
    created=datetime(2026, 11, 20, 20, 10, 5, tzinfo=UTC),
    first_date=date(2026, 11, 1),
    last_date=date(2026, 11, 30),
    mode=Mode.REPLACE,
)
FOUND = Totals(documents=2, rows=3, quantity=Decimal("8"), amount=Decimal("25.20"))


def problems(packet_id: str = "p-1", organizations: tuple[str, ...] = (), **override: Any) -> list[Problem]:
    header = replace(HEADER, **override)
    found = header_problems(header, FEEDS["shipments"], packet_id, frozenset(organizations))
    for problem in found:
        worded(problem)
    return found


def control(**said: Any) -> list[Problem]:
    found = control_problems(Totals(**said), FOUND)
    for problem in found:
        worded(problem)
    return found


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-20T23:10:05+03:00", BERLIN, "2026-11-20T20:10:05+00:00"),
        ("2026-11-20T23:10:05Z", BERLIN, "2026-11-20T23:10:05+00:00"),
        ("2026-11-20T23:10:05", MOSCOW, "2026-11-20T20:10:05+00:00"),
        ("2026-07-01T12:00:00", BERLIN, "2026-07-01T10:00:00+00:00"),
        ("2026-12-01T12:00:00", BERLIN, "2026-12-01T11:00:00+00:00"),
        ("2026-11-20T23:10:05.1234567", MOSCOW, "2026-11-20T20:10:05.123456+00:00"),
        ("2026-11-20T23:10:05.123456789-14:00", MOSCOW, "2026-11-21T13:10:05.123456+00:00"),
        ("2026-11-20T23:10:05.5", MOSCOW, "2026-11-20T20:10:05.500000+00:00"),
        (" \n2026-11-20T23:10:05\t", MOSCOW, "2026-11-20T20:10:05+00:00"),
    ],
)
def test_an_instant_is_utc_and_without_an_offset_it_is_the_sites(text: str, zone: ZoneInfo, expected: str) -> None:
    assert in_utc(text, zone).isoformat() == expected


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    assert in_utc("2026-10-25T02:30:00", BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-02-30T00:00:00",
        "2026-11-20T24:00:00",
        "0000-01-01T00:00:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_no_calendar_holds_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        in_utc(text, MOSCOW)


def test_a_header_that_fits_the_call_has_no_problems() -> None:
    assert problems(organizations=("7701234567",)) == []


def test_an_id_other_than_the_calls_is_named_with_both() -> None:
    (problem,) = problems(packet_id="p-2")
    assert (problem.code, problem.field, problem.value) == ("PACKET_ID_DIFFERS", "id", "p-1")
    assert problem.params == {"called": "p-2"}


def test_an_organization_that_is_not_the_sites_is_foreign_and_any_will_do_where_none_is_listed() -> None:
    (problem,) = problems(organizations=("5001234567",))
    assert (problem.code, problem.value) == ("ORGANIZATION_FOREIGN", "7701234567")
    assert problems(organizations=()) == []


@pytest.mark.parametrize("missing", [{"first_date": None}, {"last_date": None}])
def test_a_replacing_packet_needs_both_ends_of_its_window_and_a_merging_one_none(missing: dict[str, Any]) -> None:
    assert [problem.code for problem in problems(**missing)] == ["WINDOW_MISSING"]
    assert problems(mode=Mode.MERGE, **missing) == []


def test_a_window_of_one_day_is_a_window_and_one_that_ends_before_it_begins_is_none() -> None:
    assert problems(first_date=date(2026, 11, 30)) == []
    (problem,) = problems(first_date=date(2026, 12, 1))
    assert (problem.code, problem.value) == ("WINDOW_REVERSED", "2026-12-01 – 2026-11-30")


def test_all_that_is_wrong_with_a_header_is_told_at_once() -> None:
    found = problems(packet_id="p-2", organizations=("5001234567",), first_date=None)
    assert [problem.code for problem in found] == ["PACKET_ID_DIFFERS", "ORGANIZATION_FOREIGN", "WINDOW_MISSING"]


def test_totals_that_agree_are_fine_however_they_are_written_and_need_not_be_complete() -> None:
    assert control(documents=2, rows=3, quantity=Decimal("8.000"), amount=Decimal("25.2")) == []
    assert control(rows=3) == []


def test_every_total_that_differs_is_a_problem_with_both_figures() -> None:
    found = control(documents=3, rows=3, quantity=Decimal("-8"), amount=Decimal("25.21"))
    told = [(problem.field, problem.params["said"], problem.params["held"]) for problem in found]
    assert told == [
        ("control/documents", "3", "2"),
        ("control/quantity", "-8", "8"),
        ("control/amount", "25.21", "25.2"),
    ]
    assert {problem.code for problem in found} == {"CONTROL_DIFFERS"}


def test_figures_are_written_without_exponent_and_without_losing_zeros_of_whole_numbers() -> None:
    (problem,) = control(amount=Decimal("1E+3"))
    assert (problem.value, problem.params["said"]) == ("1000", "1000")
    (problem,) = control(rows=100)
    assert problem.params["said"] == "100"


def test_a_total_said_of_what_the_feed_does_not_sum_counts_as_zero() -> None:
    assert control_problems(Totals(amount=Decimal("0")), Totals(documents=0, rows=0)) == []
    (problem,) = control_problems(Totals(amount=Decimal("5")), Totals(documents=0, rows=0))
    assert problem.params == {"said": "5", "held": "0"}


def test_no_totals_at_all_are_a_warning_of_their_own() -> None:
    (problem,) = control_problems(None, FOUND)
    assert (problem.code, problem.field) == ("CONTROL_MISSING", "control")
    worded(problem)


@pytest.mark.parametrize(
    ("written", "spelling"),
    [(" 000123 ", "000123"), ("и\u0306", "й"), ("85123a", "85123a"), ("\u00a0TT-1\u00a0", "TT-1"), ("a b", "a b")],
)
def test_a_code_is_trimmed_and_composed_and_keeps_its_case(written: str, spelling: str) -> None:
    assert normal_code(written) == spelling
