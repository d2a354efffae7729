"""What codes may stand for: by marks that are certain, as a bar code, and by names, compared in bulk."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from gateway.domain.likeness import (
    FIGURES_DIFFER,
    Likeable,
    Suggestion,
    figures,
    words,
)

BEST = 3
"""How many are suggested for a code."""
LEAST = 60
SHARED = 80
"""The least score of a mark that is not one record's alone."""
CELLS = 4_000_000
"""Scores held at once, a byte each."""


def suggestions(theirs: Sequence[Likeable], ours: Sequence[Likeable], most: int = 100) -> Iterator[Suggestion]:
    """The best few for each code; each record of ours once, by what it is most alike. No name scores more than `most`.

    A mark that several of ours have leaves it to their names which one it is.
    """
    marked: dict[tuple[str, str], list[Likeable]] = defaultdict(list)
    for each in ours:
        for mark in each.marks:
            marked[mark].append(each)
    by_name = _by_name({each.name for each in theirs if each.name}, [each for each in ours if each.name], most)
    for each in theirs:
        found = {target: Suggestion(each.key, target, score, "name") for target, score in by_name.get(each.name, ())}
        for why, value in each.marks:
            same = marked.get((why, value), ()) if value else ()
            for one in same:
                score = 100 if len(same) == 1 else SHARED + (99 - SHARED) * _likeness(each, one) // 100
                if one.key not in found or found[one.key].score <= score:
                    found[one.key] = Suggestion(each.key, one.key, score, why)
        yield from sorted(found.values(), key=lambda one: (-one.score, one.target))[:BEST]


def _likeness(one: Likeable, other: Likeable) -> int:
    if figures(one.name) != figures(other.name):
        return 0
    return int(fuzz.ratio(words(one.name), words(other.name)))


def _by_name(names: set[str], ours: Sequence[Likeable], most: int) -> dict[str, list[tuple[int, int]]]:
    """For each name the (key, score) of ours that are most alike. A name that many parties write is asked once.

    Names with the same figures are compared first, which are few; with all of ours only where that finds none.
    """
    same, alone = _grouped(ours), defaultdict(list)
    for name in sorted(names):
        alone[figures(name)].append(name)
    found: dict[str, list[tuple[int, int]]] = {}
    for numbers, some in alone.items():
        found |= _alike(some, same.get(numbers, []), most)
    return found | _alike([name for name in sorted(names) if not found[name]], ours, min(most, FIGURES_DIFFER))


def _grouped(ours: Sequence[Likeable]) -> dict[tuple[str, ...], list[Likeable]]:
    found: dict[tuple[str, ...], list[Likeable]] = defaultdict(list)
    for each in ours:
        found[figures(each.name)].append(each)
    return found


def _alike(names: list[str], ours: Sequence[Likeable], most: int) -> dict[str, list[tuple[int, int]]]:
    keys, known = [each.key for each in ours], [words(each.name) for each in ours]
    found: dict[str, list[tuple[int, int]]] = {}
    for start in range(0, len(names), step := max(1, CELLS // max(1, len(ours)))):
        some = names[start : start + step]
        asked = [words(name) for name in some]
        scores = process.cdist(asked, known, scorer=fuzz.ratio, dtype=np.uint8, score_cutoff=LEAST, workers=-1)
        for name, row in zip(some, np.minimum(scores, most), strict=True):
            found[name] = [(keys[place], int(row[place])) for place in _best(row)]
    return found


def _best(row: npt.NDArray[np.uint8]) -> list[int]:
    """Places of the highest scores, of equals the first."""
    enough = np.flatnonzero(row >= LEAST)
    return [int(place) for place in enough[np.argsort(-row[enough].astype(np.int16), kind="stable")][:BEST]]
