"""What a regulation's words mean, whose clause has the last word, and when slots are due to the second."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.clause import Clause, Level, Place, merged, spans
from gateway.domain.delivery import Slot, SlotState, met, opened
from gateway.domain.errors import Misuse
from gateway.domain.incident import Severity
from gateway.domain.terms import SLOT_LATE, SLOT_MISSING, Covers, terms
from gateway.domain.timetable import Period, planned
from gateway.domain.working_days import OwnDays, in_week
from gateway.regulating_file import agreed
from tests.unit.schedules import delivery

HERE = Place("VOLGA", "main", frozenset({"south"}))
TODAY = date(2026, 11, 20)


def test_the_nearer_clause_has_the_last_word_then_the_more_exact_then_the_younger() -> None:
    clauses = [
        Clause(Level.SITE, "VOLGA/main", body={"grace": "1 min"}),
        Clause(Level.PARTY, "VOLGA", "stock", body={"grace": "2 min", "shrink": "2%"}),
        Clause(Level.PARTY, "VOLGA", body={"shrink": "3%", "unknown": "3%"}),
        Clause(Level.GROUP, "south", body={"severity": {SLOT_LATE: "error"}}),
        Clause(Level.GROUP, "north", body={"history": "1 day"}),
        Clause(body={"severity": {SLOT_LATE: "warning", SLOT_MISSING: "critical"}, "unknown": "9%", "small": "50%"}),
    ]
    found = merged(each for each in clauses if each.applies(HERE, "stock", ""))
    assert {name: value for name, value in found.items() if name != "severity"} == {
        "grace": "1 min",
        "shrink": "2%",
        "unknown": "3%",
        "small": "50%",
    }
    assert terms(found).weight(SLOT_LATE) is Severity.ERROR
    assert terms(found).weight(SLOT_MISSING) is Severity.CRITICAL


def test_spans_begin_and_end_with_their_clauses() -> None:
    clauses = [
        Clause(body={"grace": "1 h"}),
        Clause(first=date(2026, 12, 1), body={"grace": "2 h"}),
        Clause(Level.PARTY, "VOLGA", first=date(2026, 11, 25), last=date(2026, 12, 5), body={"grace": "3 h"}),
        Clause(Level.PARTY, "VOLGA", last=date(2026, 11, 19), body={"grace": "4 h"}),
    ]
    found = spans(clauses, HERE, "stock", "", TODAY)
    assert [(each.first, each.last, each.body["grace"]) for each in found] == [
        (None, date(2026, 11, 24), "1 h"),
        (date(2026, 11, 25), date(2026, 12, 5), "3 h"),
        (date(2026, 12, 6), None, "2 h"),
    ]


def test_slots_follow_the_calendar_and_tell_of_the_day_that_is_agreed() -> None:
    own = OwnDays("week", frozenset({date(2026, 11, 23)}), frozenset({date(2026, 11, 22)}))
    body: dict[str, Any] = {"schedule": "workdays at 09:00", "covers": "previous workday", "grace": "1 h 30 min"}
    since = datetime(2026, 11, 20, tzinfo=UTC)
    found = planned([Period(None, None, terms(body))], since, "Europe/Moscow", lambda _: own.over(in_week))
    days = [(next(found)) for _ in range(3)]
    assert [(each.expected_at.day, each.day.day) for each in days] == [(20, 19), (22, 20), (24, 22)]
    assert days[1].due_at == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert days[1].opens_at == days[0].expected_at
    assert terms({"covers": "предыдущий день", "grace": "45 мин"}).covers is Covers.PREVIOUS_DAY


def slot() -> Slot:
    body: dict[str, Any] = {"schedule": "daily at 21:00", "grace": "30 min", "reception": "6 h"}
    plans = planned([Period(None, None, terms(body))], datetime(2026, 11, 19, tzinfo=UTC), "UTC", lambda _: in_week)
    next(plans)
    return opened(next(plans), 1, 1, "shipments", "")


@pytest.mark.parametrize(("seconds", "state"), [(-1, "on-time"), (0, "on-time"), (1, "late")])
def test_grace_ends_on_the_second(seconds: int, state: str) -> None:
    came = delivery(slot().due_at + timedelta(seconds=seconds))
    assert (met(slot(), came, False).state, met(slot(), came, True).state) == (state, "bad")


def test_what_comes_before_the_reception_opens_does_not_count() -> None:
    early = slot().expected_at - timedelta(hours=6)
    assert met(slot(), delivery(early - timedelta(seconds=1)), False).state is SlotState.EXPECTED
    assert met(slot(), delivery(early), False).state is SlotState.ON_TIME


def test_the_best_packet_counts_in_whatever_order_they_are_judged() -> None:
    due = slot().due_at
    bad, late, later = (delivery(due + timedelta(minutes=each), each + 9) for each in (-5, 5, 9))
    for order in ((bad, late, later), (later, late, bad), (late, bad, later)):
        found = slot()
        for each in order:
            found = met(found, each, each is bad)
        assert (found.state, found.packet) == (SlotState.LATE, late.packet)
    mapped = met(met(slot(), bad, True), bad, False)
    assert mapped.state is SlotState.ON_TIME


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"regulation": []}, "'regulation' is none of"),
        ({"regulations": [{"grace": "1 h"}, {"feed": "stock"}]}, "regulation 2: 'feed' is none of"),
        ({"regulations": [{"party": "A", "site": "A/b", "grace": "1 h"}]}, "regulation 1: is for one"),
        ({"regulations": [{"party": "A"}]}, r"regulation 1 \(party A\): says nothing"),
        ({"regulations": [{"grace": "1 h"}, {"grace": "2 h"}]}, r"regulation 2 \(for all\): is about the same as"),
        ({"regulations": [{"grace": "1 h", "from": "soon"}]}, "from: 'soon' is no date"),
        ({"calendars": {"own": {"free": ["30.12.2026"]}}}, "calendar own: '30.12.2026' is no date"),
        ({"calendars": {"russia": {}}}, "calendar russia: is based on"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_where(written: Any, reason: str) -> None:
    with pytest.raises(Misuse, match=reason):
        agreed(written)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"grace": "soon"}, "grace: 'soon' is no length of time"),
        ({"grace": "1 fortnight"}, "grace: 'fortnight' is no unit"),
        ({"unknown": "101%"}, "unknown: '101%' is no whole percentage"),
        ({"severity": {"SLOT_EARLY": "error"}}, "severity: 'SLOT_EARLY' is none of"),
        ({"severity": "error"}, "severity: takes rules"),
        ({"escalate": {"soon": "chiefs"}}, "escalate: 'soon' is no length"),
        ({"empty": "maybe"}, "empty: 'maybe' is none of allowed"),
        ({"zone": "Mars/Base"}, "zone: 'Mars/Base' is no time zone"),
        ({"schedule": ["daily"]}, "schedule: takes one value"),
    ],
)
def test_words_that_make_no_sense_are_told_by_name(body: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        terms(body)
