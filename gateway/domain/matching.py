"""What was sent against what came: document by document where they are named, the rest oldest first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True)
class Parcel:
    """Goods of a document and SKU, in millionths of its unit, exact. `document` is the ERP's; empty: none is named."""

    document: str
    sku: int
    day: date
    quantity: int | Fraction


@dataclass
class Matched:
    """One document and SKU: what the ERP says, and what came of it. Of what nobody sent, `day` is when it came."""

    document: str
    sku: int
    day: date
    expected: int | Fraction = 0
    actual: int | Fraction = 0

    @property
    def gap(self) -> int:
        """In whole millionths: rounded once, when all is added up."""
        return round(self.actual - self.expected)


def match(said: Iterable[Parcel], came: Iterable[Parcel], only_named: bool = False) -> list[Matched]:
    """Lines in the order of documents. With `only_named`, what names no document of `said` is left aside.

    Otherwise the unnamed goes to the oldest lines of its SKU that no document names and that were sent by then;
    what is left over stands alone, under no document.
    """
    found: dict[tuple[str, int], Matched] = {}
    documents: dict[str, date] = {}
    for each in said:
        documents.setdefault(each.document, each.day)
        found.setdefault(
            (each.document, each.sku), Matched(each.document, each.sku, each.day)
        ).expected += each.quantity
    named, unnamed = set(), []
    for each in came:
        if each.document not in documents:
            unnamed.append(each)
            continue
        named.add(each.document)
        day = documents[each.document]
        found.setdefault((each.document, each.sku), Matched(each.document, each.sku, day)).actual += each.quantity
    if not only_named:
        open_lines = [line for line in found.values() if line.document not in named]
        for left in _allocate(unnamed, open_lines):
            found[("", len(found))] = left
    return sorted(found.values(), key=lambda line: (line.document, line.sku, line.day))


def _allocate(came: Sequence[Parcel], open_lines: Sequence[Matched]) -> list[Matched]:
    """Fills open lines, oldest first; what is left over, by SKU and day."""
    by_sku: dict[int, list[Matched]] = defaultdict(list)
    for line in sorted(open_lines, key=lambda line: (line.day, line.document)):
        by_sku[line.sku].append(line)
    left: dict[tuple[int, date], int | Fraction] = defaultdict(int)
    for each in sorted(came, key=lambda each: (each.day, each.sku, -each.quantity)):
        rest, sign = each.quantity, 1 if each.quantity > 0 else -1  # returns fill returns
        for line in by_sku[each.sku]:
            if line.day <= each.day:
                taken = sign * min(rest * sign, max(0, (line.expected - line.actual) * sign))
                line.actual += taken
                rest -= taken
        if rest:
            left[each.sku, each.day] += rest
    return [Matched("", sku, day, 0, rest) for (sku, day), rest in left.items() if round(rest)]
