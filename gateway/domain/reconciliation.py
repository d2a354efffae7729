"""Pure rules of reconciliation: what is compared, when a difference is one, and what becomes a finding.

Figures are whole millionths of a unit or rouble: sums of them are exact.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from gateway.domain.problem import Problem

MILLION = 1_000_000


class Rule(StrEnum):
    """What is compared; each has a formula in docs/reconciliation.md."""

    STOCK = "stock"
    GOODS = "goods"
    DEBT = "debt"
    SETTLEMENTS = "settlements"
    PURCHASES = "purchases"
    ORDERS = "orders"
    CONTROL = "control"


class Verdict(StrEnum):
    AGREES = "agrees"
    TOLERATED = "tolerated"
    ON_ITS_WAY = "on-its-way"
    """Less came than was sent, and it may still come."""
    MISSING = "missing"
    """It does not agree, and what it is compared with was not sent."""
    DIFFERS = "differs"


@dataclass(frozen=True)
class Judged:
    """What a rule judges: a feed, what else has to have been sent, and the code of its finding."""

    feed: str
    needs: tuple[str, ...]
    code: str
    days: int = 0


JUDGED = {
    Rule.STOCK: Judged("stock", ("shipments", "movements"), "STOCK_DIFFERS"),
    Rule.GOODS: Judged("shipments", ("shipments", "movements"), "GOODS_DIFFER"),
    Rule.DEBT: Judged("receivables", ("settlements",), "DEBT_DIFFERS"),
    Rule.SETTLEMENTS: Judged("settlements", ("settlements", "shipments"), "SETTLEMENTS_DIFFER"),
    Rule.PURCHASES: Judged("movements", ("movements",), "PURCHASES_DIFFER", days=14),
    Rule.ORDERS: Judged("shipments", ("shipments",), "ORDERS_DIFFER", days=7),
    Rule.CONTROL: Judged("", (), "LOAD_DIFFERS"),
}
"""The control totals are of whatever feed the packet is."""


@dataclass(frozen=True)
class Tolerance:
    """How much a line may be out. `absolute` in millionths, `percent` in millionths of a percent of the expected."""

    absolute: int = 0
    percent: int = 0
    days: int = 0
    off: bool = False

    def allows(self, gap: int, expected: int) -> bool:
        return abs(gap) <= self.absolute or abs(gap) * 100 * MILLION <= self.percent * abs(expected)


def usual(rule: Rule) -> Tolerance:
    """Where nothing is agreed: exact, and some days on the way."""
    return Tolerance(days=JUDGED[rule].days)


def judge(expected: int, actual: int, tolerance: Tolerance, missing: str = "", on_its_way: bool = False) -> Verdict:
    """The verdict on one line; figures that agree need no excuse."""
    gap = actual - expected
    if gap == 0:
        return Verdict.AGREES
    if tolerance.allows(gap, expected):
        return Verdict.TOLERATED
    if missing:
        return Verdict.MISSING
    if on_its_way and gap < 0:
        return Verdict.ON_ITS_WAY
    return Verdict.DIFFERS


@dataclass(frozen=True)
class Spoken:
    """Days that a site has spoken for in a feed: `windows` of its replaces and snapshots, `days` of its documents.

    Both reach as far back as they are asked about; `last_document` and `last_window` are the last of all. A site that
    only merges has no windows: up to its last document it has told everything.
    """

    windows: tuple[tuple[date, date], ...] = ()
    days: frozenset[date] = frozenset()
    last_document: date | None = None
    last_window: date | None = None

    @property
    def last(self) -> date | None:
        return max((day for day in (self.last_document, self.last_window) if day), default=None)

    @cached_property
    def _merged(self) -> list[tuple[date, date]]:
        found: list[tuple[date, date]] = []
        for first, last in sorted((*self.windows, *((day, day) for day in self.days))):
            if found and first <= found[-1][1] + timedelta(days=1):
                found[-1] = (found[-1][0], max(found[-1][1], last))
            else:
                found.append((first, last))
        return found

    def covers(self, first: date, last: date) -> bool:
        """Whether all days from first to last are spoken for."""
        if self.last_window is None:
            return self.last_document is not None and last <= self.last_document
        return any(begin <= first and last <= end for begin, end in self._merged)


def intervals(days: Iterable[date]) -> list[tuple[date, date]]:
    """From each snapshot to the next, as (opening day, closing day)."""
    ordered = sorted(set(days))
    return list(pairwise(ordered))


def whole_days(snapshots: Mapping[int, Collection[date]]) -> dict[date, frozenset[int]]:
    """Days on which every warehouse that is in use has a snapshot, with these warehouses.

    A warehouse is in use from its first snapshot to its last.
    """
    use = {where: (min(days), max(days)) for where, days in snapshots.items() if days}
    present: dict[date, set[int]] = defaultdict(set)
    for where, days in snapshots.items():
        for day in days:
            present[day].add(where)
    return {
        day: frozenset(here)
        for day, here in sorted(present.items())
        if here == {where for where, (first, last) in use.items() if first <= day <= last}
    }


def whole_intervals(days: Mapping[date, frozenset[int]]) -> list[tuple[int, date, date]]:
    """(warehouse, opening day, closing day) for each warehouse, from each whole day to the next with the same ones.

    Warehouse 0 stands for documents that name none.
    """
    pairs = intervals(days)
    return [(where, *pair) for pair in pairs if days[pair[0]] == days[pair[1]] for where in (0, *sorted(days[pair[1]]))]


def affected_until(last: date, snapshots: Iterable[Sequence[date]]) -> date:
    """A change up to `last` reaches to the next snapshot after it, of whichever warehouse comes last."""
    places = [(days, bisect_right(days, last)) for days in snapshots]
    return max((last, *(days[place] for days, place in places if place < len(days))))


@dataclass
class Breach:
    """Lines of one rule, site and day that are out of tolerance."""

    lines: int = 0
    gap: int = 0
    worst: int = 0
    feeds: set[str] = field(default_factory=set)

    def add(self, gap: int, missing: str) -> None:
        self.lines += 1
        self.gap += gap
        self.worst = max(self.worst, gap, key=abs)
        self.feeds.update(missing.split())


def problem_of(rule: Rule, verdict: Verdict, breach: Breach) -> Problem:
    """The finding's words: a gap, or a feed that is missing."""
    params = {"lines": str(breach.lines), "gap": shown(breach.gap), "worst": shown(breach.worst)}
    if verdict is Verdict.MISSING:
        return Problem("FEED_MISSING", params={"lines": str(breach.lines), "feeds": ", ".join(sorted(breach.feeds))})
    return Problem(JUDGED[rule].code, params=params)


def millionths(figure: Decimal | Fraction) -> int | Fraction:
    """As a whole number, but for a fraction that never ends: that is rounded when all is added up."""
    exact = figure * MILLION
    return exact if isinstance(exact, Fraction) else int(exact)


def shown(figure: int) -> str:
    """A figure in millionths, for people: without needless zeros."""
    whole, part = divmod(abs(figure), MILLION)
    text = f"{whole}.{part:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if figure < 0 else text


@dataclass(frozen=True, kw_only=True)
class Line:
    """One comparison, as it is stored. `item` is a SKU's key, or minus the key of a distributor code without one."""

    rule: Rule
    feed: str
    day: date
    expected: int
    actual: int
    site: int | None = None
    organization: str | None = None
    since: date | None = None
    warehouse: int | None = None
    outlet: int | None = None
    item: int | None = None
    document: str | None = None
    currency: str | None = None
    measure: str = "quantity"
    opening: int | None = None
    missing: str = ""
    on_its_way: bool = False

    @property
    def gap(self) -> int:
        return self.actual - self.expected

    @property
    def sku(self) -> int | None:
        return self.item if self.item is not None and self.item > 0 else None

    @property
    def product(self) -> int | None:
        return -self.item if self.item is not None and self.item < 0 else None

    def verdict(self, tolerance: Tolerance) -> Verdict:
        return judge(self.expected, self.actual, tolerance, self.missing, self.on_its_way)


@dataclass(frozen=True)
class Finding:
    """One breach: a rule, a site (or the party as a whole), a day, and the problem that says what it is."""

    rule: Rule
    feed: str
    site: int | None
    day: date
    problem: Problem


def findings(lines: Iterable[tuple[Line, Verdict]]) -> list[Finding]:
    """One for all lines of a rule, feed, site and day that differ, and one for those that lack a feed."""
    breaches: dict[tuple[Any, ...], Breach] = defaultdict(Breach)
    for line, verdict in lines:
        if verdict in (Verdict.DIFFERS, Verdict.MISSING):
            breaches[line.rule, line.feed, line.site, line.day, verdict].add(line.gap, line.missing)
    return [
        Finding(rule, feed, site, day, problem_of(rule, verdict, breach))
        for (rule, feed, site, day, verdict), breach in breaches.items()
    ]
