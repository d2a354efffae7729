"""The crosswalk's rules: which record of ours a distributor code stands for on a date, and how units convert, exactly.

Days are inclusive. A factor says how many of the SKU's units one unit is: a case of twelve is 12, a litre of a keg of
thirty is 1/30. Factors are fractions, so that nothing is rounded on the way.
"""

from collections.abc import Mapping as Names
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from gateway.domain.feed import Register

BEGIN, END = date.min, date.max
"""Stand for a period without a first or a last day."""
_ONE = Fraction(1)
NOTHING = "-"
"""Written where a code is meant to stand for nothing of ours."""


class Source(StrEnum):
    """How a mapping came to be."""

    CODE = "code"
    GTIN = "gtin"
    NAME = "name"
    MAKER = "maker"
    INN = "inn"
    FSRAR = "fsrar"
    IMPORT = "import"
    PERSON = "person"


@dataclass(frozen=True)
class Mapping:
    """What a code stands for, from `first` to `last`. `target` None: for nothing, as a person decided.

    `score` is the likeness, 0 to 100, that it was suggested with.
    """

    target: int | None
    first: date = BEGIN
    last: date = END
    source: Source = Source.PERSON
    score: int | None = None
    made_by: str | None = None
    made_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a mapping can't end before it begins")

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Wish:
    """A mapping as somebody asks for it: `ours` is our code, None to map to nothing. `place` says where it stands."""

    party: int
    register: Register
    code: str
    ours: str | None
    first: date = BEGIN
    last: date = END
    source: Source = Source.PERSON
    score: int | None = None
    place: str = ""


@dataclass(frozen=True)
class UnitWish:
    """A unit of a distributor's product code, or of a SKU where no party is named; no factor takes it away."""

    name: str
    factor: Fraction | None
    party: int | None = None
    code: str | None = None
    sku: str | None = None
    place: str = ""
    first: date = BEGIN
    last: date = END


@dataclass(frozen=True)
class Factor:
    """What a unit counts, from `first` to `last`. `target` None: nothing that anybody knows."""

    target: Fraction | None
    first: date = BEGIN
    last: date = END


Dated = TypeVar("Dated", bound=Mapping | Factor)
Timeline = Sequence[Mapping]
"""The mappings of one code: at most one for any day."""


def mapping_on(timeline: Timeline, day: date) -> Mapping | None:
    return next((each for each in timeline if each.holds(day)), None)


def laid_over(timeline: Sequence[Dated], new: Dated) -> list[Dated]:
    """The timeline, in order, once `new` has its period; what it cuts keeps what is left of it.

    Neighbours that say the same are one, so that what is known already changes nothing.
    """
    if all(each.target == new.target for each in _within(timeline, new)) and _covered(timeline, new):
        return sorted(timeline, key=_first)
    cut = [piece for each in timeline for piece in _outside(each, new)]
    return _joined(sorted([*cut, new], key=_first))


def _first(dated: Mapping | Factor) -> date:
    return dated.first


def _within(timeline: Sequence[Dated], new: Dated) -> list[Dated]:
    return sorted((each for each in timeline if each.first <= new.last and each.last >= new.first), key=_first)


def _covered(timeline: Sequence[Dated], new: Dated) -> bool:
    found = _within(timeline, new)
    if not found or found[0].first > new.first or found[-1].last < new.last:
        return False
    return all(_follows(one, next_one) for one, next_one in pairwise(found))


def _follows(one: Mapping | Factor, other: Mapping | Factor) -> bool:
    return one.last < END and one.last + timedelta(days=1) == other.first


def _outside(dated: Dated, new: Dated) -> list[Dated]:
    if dated.last < new.first or dated.first > new.last:
        return [dated]
    pieces = []
    if dated.first < new.first:
        pieces.append(replace(dated, last=new.first - timedelta(days=1)))
    if dated.last > new.last:
        pieces.append(replace(dated, first=new.last + timedelta(days=1)))
    return pieces


def _joined(timeline: list[Dated]) -> list[Dated]:
    joined = timeline[:1]
    for each in timeline[1:]:
        last = joined[-1]
        if last.target == each.target and _follows(last, each):
            joined[-1] = replace(last, last=each.last)
        else:
            joined.append(each)
    return joined


@dataclass(frozen=True)
class Item:
    """A SKU's own unit, and the units that it is also counted in."""

    unit: str | None = None
    factors: Names[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """A distributor's product code: its timeline, and the units that mean something of its own under it."""

    timeline: Timeline
    factors: Names[str, Fraction] = field(default_factory=dict)


def factor(code: Code, item: Item, unit: str | None) -> Fraction | None:
    """How many of the SKU's units one `unit` is: the code's word counts before the SKU's. None where nobody says.

    A unit that is not named, or a SKU without a unit of its own, means the SKU's unit.
    """
    if unit is not None:
        if (known := code.factors.get(unit, item.factors.get(unit))) is not None:
            return known
        if item.unit is not None and unit != item.unit:
            return None
    return _ONE


def usual_unit(code: Code, item: Item) -> str | None:
    """The unit that a quantity of ours is given in under a code: the code's own where it has just one."""
    return next(iter(code.factors)) if len(code.factors) == 1 else item.unit


def packed(quantity: Fraction, times: Fraction) -> Fraction:
    """How many whole units of `times` a quantity of ours fills; in the SKU's own unit, all of it."""
    filled = quantity / times
    return filled if times == 1 else Fraction(filled.numerator // filled.denominator)


@dataclass(frozen=True)
class Ours:
    """A quantity in the SKU's unit; None where the distributor's unit is unknown."""

    sku: int
    quantity: Fraction | None


@dataclass(frozen=True)
class Theirs:
    """A quantity in the party's unit, and what of it is left in the SKU's unit, where only whole packages go.

    Where the party's unit is unknown, all of it is left.
    """

    code: str
    unit: str | None
    quantity: Fraction
    remainder: Fraction


@dataclass(frozen=True)
class Crosswalk:
    """One party's product codes and our SKUs, by code and by key."""

    codes: Names[str, Code]
    items: Names[int, Item]

    def to_ours(self, code: str, quantity: Fraction, unit: str | None, day: date) -> Ours | None:
        """What a distributor's line means to us on a date; None where its code is unmapped then."""
        known = self.codes.get(code)
        mapping = mapping_on(known.timeline, day) if known else None
        if known is None or mapping is None or mapping.target is None:
            return None
        times = factor(known, self.items.get(mapping.target, Item()), unit)
        return Ours(mapping.target, None if times is None else quantity * times)

    def to_theirs(self, sku: int, quantity: Fraction, day: date, unit: str | None = None) -> Theirs | None:
        """What a quantity of ours is to the distributor on a date; None where no code of theirs stands for the SKU.

        Of several codes it is the one whose mapping began last, of equals the first by name. `unit` defaults to the
        code's own where it has just one, else to the SKU's.
        """
        found = [
            (-mapping.first.toordinal(), name)
            for name, code in self.codes.items()
            if (mapping := mapping_on(code.timeline, day)) and mapping.target == sku
        ]
        if not found:
            return None
        name = min(found)[1]
        code, item = self.codes[name], self.items.get(sku, Item())
        unit = unit or usual_unit(code, item)
        times = factor(code, item, unit)
        if times is None:
            return Theirs(name, unit, Fraction(0), quantity)
        whole = packed(quantity, times)
        return Theirs(name, unit, whole, quantity - whole * times)
