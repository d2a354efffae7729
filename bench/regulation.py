"""The regulation of 340 distributors with 5 feeds each: a day's check beside a year of history, and a year of slots."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim
from sqlalchemy import insert, select

from bench.figures import Figure, Floor, Plan, compared, seconds
from connectors.calendars import is_working
from connectors.database.regulation_tables import slot, unjudged
from connectors.database.tables import attempt, packet, site
from gateway.config import load_settings
from gateway.domain.clause import Clause
from gateway.domain.slot import schedule
from gateway.domain.terms import Value, terms
from gateway.domain.timetable import Period, planned
from gateway.regulating import check
from gateway.regulating_rules import Agreed, agree
from gateway.wiring import open_hub

SITES, DAYS = 340, 365
FEEDS = ("shipments", "movements", "receivables", "settlements", "orders")
BODY: dict[str, Value] = {"schedule": "daily at 21:00", "grace": "30 min", "unknown": "5%", "small": "30%"}
SCHEDULES = ("workdays at 21:00", "daily at 23:30", "mon,thu at 10:00", "30 6 * * 1-5", "daily at 06:00, 18:00")
ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Vladivostok", "Europe/Berlin")
DAY = timedelta(days=1)
_BEGIN = datetime(2026, 1, 1, 9, tzinfo=UTC)


def run(plan: Plan) -> list[Figure]:
    return [*_checks(plan), *_slots(plan)]


def _checks(plan: Plan) -> list[Figure]:
    sites = min(SITES, plan.sites(SITES))
    with_history = Checked(plan.folder / "full", sites, DAYS)
    without = Checked(plan.folder / "empty", sites, 0)
    found = compared(with_history.day, without.day, 2 * plan.pairs + 1)
    with_history.hub.close()
    without.hub.close()
    name = f"a day's check of {sites} × {len(FEEDS)} feeds"
    return [
        Figure(f"{name}, beside a year ÷ without", found.ratio, "×", Floor("≤", 2)),
        Figure(f"{name}, beside a year of history", found.ours, "s"),
        Figure(f"{name}, without any", found.theirs, "s"),
    ]


class Checked:
    """A hub whose distributors each send a packet of each feed a day, some days before the first that counts."""

    def __init__(self, folder: Path, sites: int, before: int) -> None:
        folder.mkdir()
        self._now, self._last = _BEGIN, 0
        self.hub = open_hub(load_settings(database=f"sqlite:///{folder}"), lambda: self._now)
        with self.hub.exchange.writing() as connection:
            self.hub.parties.add_party(connection, "VOLGA", "ООО Волга", "ru")
            for number in range(sites):
                self.hub.parties.add_site(connection, "VOLGA", f"{number}", f"{number}", "no hash", "Europe/Moscow")
            self._sites = list(connection.scalars(select(site.c.key)))
            self._payload = self.hub.journal.keep_payload(connection, b"", _BEGIN)
        for day in range(before, 0, -1):
            self._sent(_BEGIN - day * DAY, before=True)
        agree(self.hub, Agreed([Clause(feed=feed, body=BODY) for feed in FEEDS]), "bench")

    def day(self, number: int) -> float:
        """The check of an evening: the day's packets are loaded, its slots are due, the next day's are planned."""
        self._sent(_BEGIN + number * DAY, before=False)
        self._now = _BEGIN + number * DAY + timedelta(hours=11)
        return seconds(lambda: check(self.hub))

    def _sent(self, at: datetime, before: bool) -> None:
        rows = list(self._rows(at))
        with self.hub.exchange.writing() as connection:
            connection.execute(insert(attempt), [each[0] for each in rows])
            connection.execute(insert(packet), [each[1] for each in rows])
            if before:
                connection.execute(insert(slot), [each[2] for each in rows])
            else:
                connection.execute(insert(unjudged), [each[3] for each in rows])

    def _rows(self, at: datetime) -> Iterator[tuple[dict[str, Any], ...]]:
        """(attempt, packet, the slot that it met, the mark that it is to be judged) of each packet of a day."""
        for place, feed in ((place, feed) for place in self._sites for feed in FEEDS):
            self._last += 1
            own = {"key": self._last, "site": place, "packet_id": str(self._last), "feed": feed, "received_at": at}
            counts = {"documents": 10, "rows": 100}
            tried = {"status": "accepted", "problems_total": 0, "acceptance": "{}"}
            days = {"first_date": at.date(), "last_date": at.date(), "created": at, "changed_at": at}
            loaded = {"rows_loaded": 100, "rows_unmapped": 0, "rows_quarantined": 0, "state": "loaded"}
            names = {"organization": "", "mode": "replace", "sha256": "", "attempt": self._last}
            taken = own | counts | days | loaded | names | {"payload": self._payload}
            yield own | counts | tried, taken, self._slot(place, feed, at), self._mark(place, feed, at)

    def _slot(self, place: int, feed: str, at: datetime) -> dict[str, Any]:
        expected = at + timedelta(hours=9)
        moments = {
            "opens_at": expected - DAY,
            "expected_at": expected,
            "due_at": expected,
            "missing_at": expected + DAY,
        }
        met = {"state": "on-time", "met_at": at, "packet": self._last, "bad": False, "followed": True}
        return {"party": 1, "site": place, "feed": feed, "warehouse": "", "day": at.date(), **moments, **met}

    def _mark(self, place: int, feed: str, at: datetime) -> dict[str, Any]:
        moments = {"accepted_at": at, "loaded_at": at}
        return {"packet": self._last, "site": place, "feed": feed, "again": False, **moments}


def _slots(plan: Plan) -> list[Figure]:
    """A year of slots of every feed, each by itself, against cronsim's bare iteration of the same schedules."""
    sites = min(SITES, plan.sites(SITES))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    kinds = [(SCHEDULES[number % len(SCHEDULES)], ZONES[number % len(ZONES)]) for number in range(sites * len(FEEDS))]
    crons = [(cron, ZoneInfo(zone)) for text, zone in kinds for cron in schedule(text).crons]

    def ours(_: int) -> float:
        return seconds(lambda: sum(_planned(text, zone, begin) for text, zone in kinds))

    def bare(_: int) -> float:
        return seconds(lambda: sum(_iterated(cron, begin.astimezone(zone)) for cron, zone in crons))

    found = compared(ours, bare, plan.pairs)
    name = f"a year of slots of {len(kinds)} feeds"
    return [
        Figure(f"{name}: speed of bare cronsim", 100 / found.ratio, "%", Floor("≥", 30)),
        Figure(name, found.ours, "s"),
        Figure("bare cronsim", found.theirs, "s"),
    ]


def _planned(text: str, zone: str, begin: datetime) -> int:
    periods = [Period(None, None, terms({"schedule": text, "grace": "30 min"}))]
    end, count = begin + DAYS * DAY, 0
    for plan in planned(periods, begin, zone, lambda base: lambda day: is_working(base, day)):
        if plan.expected_at > end:
            break
        count += 1
    return count


def _iterated(cron: str, begin: datetime) -> int:
    end, count = begin + DAYS * DAY, 0
    for moment in CronSim(cron, begin):
        if moment > end:
            break
        count += 1
    return count
