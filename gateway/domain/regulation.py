"""What is agreed with a site for a feed, and the pure rules that follow from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.domain.feed import Feed, Mode
from gateway.domain.problem import Problem

SMALL_SCOPE = 10
"""A scope that held fewer documents (or rows) than this may lose them without a question."""
EXAMPLES = 5


@dataclass(frozen=True)
class Regulation:
    """The agreed rules; None where nothing is agreed. `minimum_interval` in seconds, `shrink_percent` of the scope."""

    minimum_interval: int | None = None
    history_days: int | None = None
    closed_through: date | None = None
    shrink_percent: int | None = None
    modes: tuple[str, ...] = ()
    resend_from: date | None = None
    resend_to: date | None = None

    def earliest(self, today: date) -> date | None:
        """The first date that documents may have."""
        return None if self.history_days is None else today - timedelta(days=self.history_days)

    def allowed_modes(self, feed: Feed) -> tuple[str, ...]:
        return self.modes or tuple(mode.value for mode in feed.modes)


@dataclass(frozen=True)
class Withdrawal:
    """What a packet would take away: `held` and `withdrawn` count documents, or rows where those are the measure."""

    held: int = 0
    withdrawn: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """A packet that is accepted and not loaded yet: its window, and its documents or rows."""

    first: date
    last: date
    count: int


def seconds_to_wait(regulation: Regulation, last: datetime | None, now: datetime) -> int | None:
    """How long a packet comes too soon after the last one, None if it does not."""
    if last is None or not regulation.minimum_interval:
        return None
    wait = (last + timedelta(seconds=regulation.minimum_interval) - now).total_seconds()
    return max(1, round(wait)) if wait > 0 else None


def mode_problems(regulation: Regulation, feed: Feed, mode: Mode) -> list[Problem]:
    if mode in regulation.allowed_modes(feed):
        return []
    return [Problem("MODE_FORBIDDEN", field="mode", value=mode)]


def created_problems(created: datetime, now: datetime) -> list[Problem]:
    """Packets are ordered by their `created`, so one from the future would stand above all that follow."""
    if created <= now + timedelta(hours=1):
        return []
    return [Problem("CREATED_IN_FUTURE", field="created", value=created.isoformat())]


def closed_period(regulation: Regulation, touched: Iterable[tuple[str, date | None]]) -> Problem | None:
    """A packet that reaches back into a closed period; only a person may let it pass.

    `touched` are the earliest dates that the packet changes, each with the field that says so.
    """
    closed = regulation.closed_through
    if closed is None:
        return None
    within = ((name, day) for name, day in touched if day is not None and day <= closed)
    name, first = next(within, (None, None))
    return Problem("PERIOD_CLOSED", field=name, value=str(first), params={"closed": str(closed)}) if first else None


def waiting_withdrawal(waiting: Iterable[Waiting], count: int) -> Withdrawal:
    """What a packet of `count` documents (or rows) would take away from packets that are not loaded yet, at least.

    Only their numbers are known. Of packets whose windows overlap the first counts, so that nothing counts twice: give
    the newest first.
    """
    counted: list[Waiting] = []
    for each in waiting:
        if all(each.last < other.first or other.last < each.first for other in counted):
            counted.append(each)
    held = sum(each.count for each in counted)
    return Withdrawal(held, max(0, held - count))


def shrink(percent: int, withdrawal: Withdrawal) -> Problem | None:
    """A packet that would withdraw more than a share of what its scope held; the sender may confirm it."""
    if withdrawal.held < SMALL_SCOPE or withdrawal.withdrawn * 100 <= percent * withdrawal.held:
        return None
    params = {
        "held": str(withdrawal.held),
        "withdrawn": str(withdrawal.withdrawn),
        "examples": ", ".join(withdrawal.examples[:EXAMPLES]) or "—",
    }
    return Problem("SHRINK_GUARD", params=params)
