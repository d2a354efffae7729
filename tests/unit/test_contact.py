"""When people may be told, against an oracle that looks at a clock minute by minute, where clocks change too."""

import random
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.contact import Contact, within
from gateway.domain.incident import Severity

MINUTE = timedelta(minutes=1)
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 6, tzinfo=UTC)),
    ("Europe/Moscow", datetime(2026, 12, 1, 0, tzinfo=UTC)),
]


def wall(moment: datetime, zone: ZoneInfo) -> time:
    return moment.astimezone(zone).time()


def quarter(chance: random.Random) -> time:
    return time(chance.randrange(24), chance.choice([0, 15, 30, 45]))


@pytest.mark.parametrize(("zone", "around"), CHANGES)
def test_quiet_hours_end_at_the_first_minute_that_is_not_quiet(zone: str, around: datetime) -> None:
    chance = random.Random(zone)
    for _ in range(60):
        quiet = (quarter(chance), quarter(chance))
        person = Contact("anna", "en", zone, quiet=quiet)
        now = around + timedelta(minutes=chance.randrange(36 * 60))
        first = now
        while within(quiet, wall(first, person.zone)):
            first += MINUTE
        assert person.due_at(now, Severity.ERROR) == first


def test_quiet_hours_whose_end_clocks_skip_end_with_the_jump() -> None:
    person = Contact("anna", "en", "Europe/Berlin", quiet=(time(22), time(2, 30)))
    assert person.due_at(datetime(2027, 3, 27, 23, tzinfo=UTC), Severity.ERROR) == datetime(2027, 3, 28, 1, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "around"), CHANGES)
def test_there_is_one_digest_a_day_whatever_clocks_do(zone: str, around: datetime) -> None:
    chance = random.Random(zone)
    for _ in range(20):
        person = Contact("anna", "en", zone, digest=quarter(chance))
        digests = {person.due_at(around + MINUTE * 5 * each, Severity.ERROR) for each in range(3 * 288)}
        days = sorted(each.astimezone(person.zone).date() for each in digests)
        assert days == sorted(set(days))
        assert {later - day for day, later in pairwise(days)} == {timedelta(days=1)}
        assert len(days) in (3, 4)


def test_what_is_urgent_knows_neither_quiet_hours_nor_digest() -> None:
    now = datetime(2026, 12, 1, 23, tzinfo=UTC)
    person = Contact("anna", "en", "UTC", quiet=(time(22), time(7)), digest=time(9), urgent=Severity.ERROR)
    due = [person.due_at(now, each).hour for each in (Severity.WARNING, Severity.ERROR, Severity.CRITICAL)]
    assert due == [9, 23, 23]
