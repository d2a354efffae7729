"""Schedules against a brute force that knows nothing of them but the wall clock; `make soak` draws 10,000."""

import os
import random
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.delivery import SETTLING, SlotState, met, opened, passed
from gateway.domain.slot import schedule
from gateway.domain.terms import Terms
from gateway.domain.timetable import Period, planned
from tests.unit.schedules import DAY, MINUTE, ZONES, Drawn, brute_force, changes, cron, delivery, words

SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261122"))
SCHEDULES = int(os.environ.get("OBMEN_TEST_SCHEDULES", "500"))
SECOND = timedelta(seconds=1)
AROUND_GRACE = tuple(map(SlotState, ("on-time", "on-time", "late", "expected", "late")))


def expected(text: str, zone: ZoneInfo, free: frozenset[date], since: datetime, upto: datetime) -> list[datetime]:
    def is_working(day: date) -> bool:
        return day.weekday() < 5 and day not in free

    found = (moment for moment, _ in schedule(text).after(since, zone, is_working))
    return list(takewhile(lambda moment: moment <= upto, found))


def around_grace(
    text: str, grace: timedelta, zone: ZoneInfo, free: frozenset[date], since: datetime, moments: list[datetime]
) -> list[tuple[SlotState, ...]]:
    """States of the slots of these moments, met a second around the end of grace, and looked at around it."""
    period = Period(None, None, Terms(schedule=schedule(text), grace=grace))
    plans = planned([period], since, zone.key, lambda _: lambda day: day.weekday() < 5 and day not in free)
    found = []
    for moment, plan in zip(moments, plans, strict=False):
        slot, due = opened(plan, 1, 1, "shipments", ""), moment + grace
        came = [met(slot, delivery(due + SECOND * each), False) for each in (-1, 0, 1)]
        looked_at = [passed(slot, due + SETTLING + SECOND * each) for each in (-1, 0)]
        found.append(tuple(each.state for each in (*came, *looked_at)))
    return found


def test_schedules_expect_what_a_brute_force_finds_minute_by_minute() -> None:
    luck = random.Random(SEED)
    compared = 0
    for number in range(SCHEDULES):
        drawn: Drawn = luck.choice((words, cron))(luck)
        zone, year = ZoneInfo(luck.choice(ZONES)), luck.randint(1990, 2045)
        free = frozenset(date(year, 1, 1) + DAY * luck.randrange(365) for _ in range(30))
        anchors = [*changes(zone, year)[:2], datetime(year, luck.randint(1, 12), luck.randint(1, 28), tzinfo=UTC)]
        for anchor in anchors:
            begin = anchor + MINUTE * luck.randint(-720, 420)  # a change comes within six hours of its anchor
            since, upto = begin + timedelta(seconds=luck.choice((-1, 0, 1, 59))), begin + timedelta(hours=20)
            walked = brute_force(drawn, zone, free, begin - MINUTE, upto)
            wanted = [each for each in walked if since < each]
            assert expected(drawn.text, zone, free, since, upto) == wanted, (SEED, number, drawn, zone, since)
            grace = timedelta(seconds=luck.randint(0, 40_000))
            judged = around_grace(drawn.text, grace, zone, free, since, wanted[:3])
            assert judged == [AROUND_GRACE] * len(wanted[:3]), (SEED, number, drawn, zone, since, grace)
            compared += len(wanted)
    assert compared > SCHEDULES


def test_where_an_hour_comes_twice_a_star_fires_in_both_also_for_who_begins_in_the_first() -> None:
    begin = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50 in Berlin; ten minutes later it is 02:00 again
    found = expected("*/20 * * * *", ZoneInfo("Europe/Berlin"), frozenset(), begin, begin + timedelta(hours=1))
    assert found == [begin + MINUTE * each for each in (10, 30, 50)]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("по рабочим дням в 21:00", "workdays at 21:00"),
        ("пн,чт в 10:00", "mon,thu at 10:00"),
        ("Ежедневно  в 6:00, 18:30", "daily at 06:00,18:30"),
        ("fri-mon at 9:00", "mon,fri,sat,sun at 09:00"),
    ],
)
def test_words_mean_the_same_in_both_languages(text: str, means: str) -> None:
    assert (schedule(text).crons, schedule(text).workdays) == (schedule(means).crons, schedule(means).workdays)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("weekly at 10:00", "weekly"),
        ("daily at 24:00", "24:00"),
        ("at noon", "no schedule"),
        ("61 * * * *", "Bad minute"),
        ("0 0 30 2 *", "Bad day-of-month"),
        ("0 0 0 1 1 *", "no schedule"),
    ],
)
def test_what_is_no_schedule_is_told(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        schedule(text)
