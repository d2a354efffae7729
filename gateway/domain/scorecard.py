"""How well a distributor has kept to what is agreed: a month's figures of a feed, or of all, and the rating of them.

Each part is rounded before it enters the rating: whoever has the parts before him can work out the rating.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

REACTION = timedelta(days=1)
"""Within it the distributor should have mended what an incident is about."""
NOT_THEIRS = frozenset({"LOAD_FAILED", "PACKET_HELD", "CHANNEL_DEAD", "TASK_FAILED"})
"""Rules whose incidents are for our own people to mend."""
_TENTH = Decimal("0.1")
_MINUTE = timedelta(minutes=1)


class Part(StrEnum):
    """Of a rating, with its weight."""

    TIMELINESS = "timeliness"
    COMPLETENESS = "completeness"
    QUALITY = "quality"
    REACTION = "reaction"


WEIGHTS: Mapping[Part, int] = {Part.TIMELINESS: 35, Part.COMPLETENESS: 35, Part.QUALITY: 20, Part.REACTION: 10}
GRADES = {"A": 95, "B": 85, "C": 70, "D": 0}
"""The least rating of each."""


@dataclass(frozen=True)
class Tally:
    """What is counted of a month. `slots` were due and are not excused; of them `met` by a packet, `in_time` or later.

    `bad`: met by a packet beyond the limits of quality. `packets` were accepted, `rejected` refused attempts.
    `incidents` can be judged: the others are too young. `minutes_late` and `minutes_open` are sums.
    """

    slots: int = 0
    met: int = 0
    in_time: int = 0
    bad: int = 0
    excused: int = 0
    minutes_late: int = 0
    packets: int = 0
    rejected: int = 0
    rows_loaded: int = 0
    rows_unmapped: int = 0
    rows_quarantined: int = 0
    incidents: int = 0
    reacted: int = 0
    ended: int = 0
    minutes_open: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    @property
    def late_hours(self) -> Decimal | None:
        """How late a late slot was on average."""
        return _mean_hours(self.minutes_late, self.met - self.in_time)

    @property
    def reaction_hours(self) -> Decimal | None:
        """How long an incident that is over was open on average."""
        return _mean_hours(self.minutes_open, self.ended)


@dataclass(frozen=True)
class Score:
    """Percent, with one decimal; None where there is nothing to judge."""

    timeliness: Decimal | None
    completeness: Decimal | None
    quality: Decimal | None
    reaction: Decimal | None

    @property
    def parts(self) -> dict[Part, Decimal]:
        """Those that there are."""
        found = {part: getattr(self, part) for part in Part}
        return {part: value for part, value in found.items() if value is not None}

    @property
    def rating(self) -> Decimal | None:
        parts = self.parts
        total = sum((WEIGHTS[part] * value for part, value in parts.items()), Decimal(0))
        weight = sum(WEIGHTS[part] for part in parts)
        return _rounded(total / weight) if weight else None

    @property
    def grade(self) -> str:
        rating = self.rating
        return "" if rating is None else next(grade for grade, least in GRADES.items() if rating >= least)

    @property
    def formula(self) -> str:
        """The rating worked out, as it is shown beside it."""
        parts = self.parts
        terms = " + ".join(f"{WEIGHTS[part]} × {value}" for part, value in parts.items())
        return f"({terms}) ÷ {sum(WEIGHTS[part] for part in parts)} = {self.rating}" if parts else ""


def score(tally: Tally) -> Score:
    """Quality is the product of three shares: of packets that were accepted, of rows that could be used as they came,

    and of deliveries within the limits that are agreed.
    """
    submitted, judged = tally.packets + tally.rejected, tally.rows_loaded + tally.rows_quarantined
    accepted = Decimal(tally.packets) / submitted if submitted else Decimal(1)
    clean = Decimal(tally.rows_loaded - tally.rows_unmapped) / judged if judged else Decimal(1)
    good = Decimal(tally.met - tally.bad) / tally.met if tally.met else Decimal(1)
    return Score(
        timeliness=_percent(tally.in_time, tally.slots),
        completeness=_percent(tally.met, tally.slots),
        quality=_rounded(100 * accepted * clean * good) if submitted else None,
        reaction=_percent(tally.reacted, tally.incidents),
    )


def of_incident(opened_at: datetime, ended_at: datetime | None, now: datetime) -> tuple[Tally, datetime | None]:
    """What an incident adds, and when to look at it again: while it is young, it may still end in time."""
    if ended_at is None:
        young = now < opened_at + REACTION
        return (Tally(), opened_at + REACTION) if young else (Tally(incidents=1), None)
    lasted = ended_at - opened_at
    return Tally(incidents=1, reacted=int(lasted <= REACTION), ended=1, minutes_open=lasted // _MINUTE), None


def minutes_late(due_at: datetime, met_at: datetime) -> int:
    """Whole minutes."""
    return (met_at - due_at) // _MINUTE


def month_of(day: date) -> date:
    """A month is named by its first day."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return month_of(month + timedelta(days=31))


def bounds(month: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The instants at which a month begins and ends."""
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (month, next_month(month)))
    return begin, end


def _percent(part: int, whole: int) -> Decimal | None:
    return _rounded(100 * Decimal(part) / whole) if whole else None


def _mean_hours(minutes: int, count: int) -> Decimal | None:
    return _rounded(Decimal(minutes) / 60 / count) if count else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP)


COUNTS = tuple(field.name for field in fields(Tally))
