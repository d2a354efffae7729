"""Clauses of the regulation: for everybody, a group, a party or a site; and what they come to for a feed of a site."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.terms import Body, Value

ANY = "*"
"""Every feed."""


class Level(StrEnum):
    """For whom a clause is. What is nearer to the site has the last word."""

    ALL = "all"
    GROUP = "group"
    PARTY = "party"
    SITE = "site"


NEARNESS = {level: nearness for nearness, level in enumerate(Level)}


@dataclass(frozen=True)
class Place:
    """A site as clauses name it: its party's code, its own, and the groups that the party is in."""

    party: str
    site: str
    groups: frozenset[str] = frozenset()

    def names(self, level: Level) -> Collection[str]:
        if level is Level.GROUP:
            return self.groups
        return ({Level.ALL: "", Level.PARTY: self.party, Level.SITE: f"{self.party}/{self.site}"}[level],)


@dataclass(frozen=True)
class Clause:
    """`name` is a group's, a party's, or PARTY/SITE. It holds from `first` to `last`, both included; None: no end."""

    level: Level = Level.ALL
    name: str = ""
    feed: str = ANY
    warehouse: str = ""
    first: date | None = None
    last: date | None = None
    body: Body = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, str, str, str, date | None]:
        """Of two clauses with the same one, the later agreed takes the place of the earlier."""
        return self.level.value, self.name, self.feed, self.warehouse, self.first

    def applies(self, place: Place, feed: str, warehouse: str) -> bool:
        of_feed = self.feed in (ANY, feed) and self.warehouse in ("", warehouse)
        return of_feed and self.name in place.names(self.level)

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Span:
    """What holds from a day to a day, both included."""

    first: date | None
    last: date | None
    body: Body


def merged(clauses: Iterable[Clause]) -> Body:
    """The words of all clauses. The nearer to the site, then the more exact, then the younger overrules the others."""
    found: dict[str, Value] = {}
    for clause in sorted(clauses, key=_precedence):
        for name, value in clause.body.items():
            before = found.get(name)
            found[name] = before | value if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def spans(clauses: Sequence[Clause], place: Place, feed: str, warehouse: str, today: date) -> list[Span]:
    """What holds for a feed of a site (and a warehouse) today and later, span after span."""
    mine = [each for each in clauses if each.applies(place, feed, warehouse)]
    begins = {each.first for each in mine if each.first and each.first > today}
    begins |= {each.last + timedelta(days=1) for each in mine if each.last and each.last >= today}
    edges: list[date | None] = [None, *sorted(begins)]
    found = []
    for begin, following in zip(edges, [*edges[1:], None], strict=True):
        body = merged(each for each in mine if each.holds(begin or today))
        found.append(Span(begin, following and following - timedelta(days=1), body))
    return list(_joined(found))


def _joined(found: Sequence[Span]) -> Iterator[Span]:
    """Neighbours that say the same are one."""
    last = found[0]
    for span in found[1:]:
        if span.body == last.body:
            last = Span(last.first, span.last, last.body)
        else:
            yield last
            last = span
    yield last


def _precedence(clause: Clause) -> tuple[int, bool, bool, date, str]:
    exact = (clause.feed != ANY, clause.warehouse != "")
    return NEARNESS[clause.level], *exact, clause.first or date.min, clause.name
