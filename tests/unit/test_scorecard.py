"""The rating: each part from its counts, rounded as it is shown, and the whole from the parts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.scorecard import GRADES, WEIGHTS, Part, Score, Tally, bounds, next_month, of_incident, score

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def rated(**parts: str) -> Score:
    return Score(**{part: Decimal(parts[part]) if part in parts else None for part in Part})


def test_parts_are_shares_in_percent_with_one_decimal() -> None:
    tally = Tally(slots=21, met=20, in_time=17, bad=1, packets=30, rejected=2, rows_loaded=990, rows_unmapped=30)
    found = score(tally + Tally(rows_quarantined=10, incidents=3, reacted=2))
    assert (found.timeliness, found.completeness) == (Decimal("81.0"), Decimal("95.2"))  # 17 ÷ 21, 20 ÷ 21
    assert found.quality == Decimal("85.5")  # 30 ÷ 32 × 960 ÷ 1000 × 19 ÷ 20 = 0.855
    assert found.reaction == Decimal("66.7")
    assert found.rating == Decimal("85.4")  # (35 × 81.0 + 35 × 95.2 + 20 × 85.5 + 10 × 66.7) ÷ 100 = 85.44
    assert found.formula == "(35 × 81.0 + 35 × 95.2 + 20 × 85.5 + 10 × 66.7) ÷ 100 = 85.4"
    assert found.grade == "B"


def test_a_half_is_rounded_up() -> None:
    assert score(Tally(slots=2000, met=2000, in_time=1999)).timeliness == Decimal("100.0")  # 99.95
    assert score(Tally(slots=2000, met=2000, in_time=1989)).timeliness == Decimal("99.5")  # 99.45


def test_what_there_is_nothing_to_judge_of_is_left_out_of_the_rating() -> None:
    found = score(Tally(slots=4, met=4, in_time=1))
    assert (found.quality, found.reaction, found.rating) == (None, None, Decimal("62.5"))  # (35 × 25 + 35 × 100) ÷ 70
    assert found.formula == "(35 × 25.0 + 35 × 100.0) ÷ 70 = 62.5"
    nothing = score(Tally(excused=3))
    assert (nothing.rating, nothing.grade, nothing.formula) == (None, "", "")


def test_a_distributor_whose_packets_were_all_rejected_has_no_quality_at_all() -> None:
    assert score(Tally(rejected=3)).quality == Decimal("0.0")
    assert score(Tally(packets=3)).quality == Decimal("100.0")  # empty ones: nothing happened


@pytest.mark.parametrize(
    ("rating", "grade"), [("95.0", "A"), ("94.9", "B"), ("85.0", "B"), ("84.9", "C"), ("69.9", "D")]
)
def test_grades_begin_at_their_least_rating(rating: str, grade: str) -> None:
    assert rated(timeliness=rating).grade == grade


def test_weights_come_to_a_hundred_and_every_rating_has_a_grade() -> None:
    assert sum(WEIGHTS.values()) == 100
    assert min(GRADES.values()) == 0
    assert rated(reaction="0.0").grade == "D"


def test_an_incident_counts_once_it_is_over_or_a_day_old() -> None:
    day, minute = timedelta(days=1), timedelta(minutes=1)
    assert of_incident(NOON, None, NOON + day - minute) == (Tally(), NOON + day)
    assert of_incident(NOON, None, NOON + day) == (Tally(incidents=1), None)
    assert of_incident(NOON, NOON + day, NOON + day)[0] == Tally(incidents=1, reacted=1, ended=1, minutes_open=1440)
    late = of_incident(NOON, NOON + day + minute, NOON + 2 * day)[0]
    assert (late.reacted, late.ended, late.reaction_hours) == (0, 1, Decimal("24.0"))


def test_hours_are_means_over_what_was_late_or_open() -> None:
    tally = Tally(slots=5, met=4, in_time=1, minutes_late=300, ended=2, minutes_open=90)
    assert (tally.late_hours, tally.reaction_hours) == (Decimal("1.7"), Decimal("0.8"))
    assert (Tally().late_hours, Tally().reaction_hours) == (None, None)


def test_a_month_begins_and_ends_at_midnight_of_the_zone() -> None:
    begin, end = bounds(date(2026, 3, 1), ZoneInfo("Europe/Berlin"))
    assert (begin, end) == (datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC))
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
