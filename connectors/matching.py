"""Which SKUs codes may stand for: by bar code, by the manufacturer's code, and by names, compared in bulk."""

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
    plain_code,
    plain_gtin,
    words,
)

BEST = 3
"""How many are suggested for a code."""
LEAST = 60
CELLS = 4_000_000
"""Scores held at once, a byte each."""


def suggestions(theirs: Sequence[Likeable], ours: Sequence[Likeable]) -> Iterator[Suggestion]:
    """The best few for each code; each record of ours once, by what it is most alike."""
    same_gtin = {plain_gtin(each.gtin): each.key for each in reversed(ours) if plain_gtin(each.gtin)}
    same_code = {plain_code(each.code): each.key for each in reversed(ours) if plain_code(each.code)}
    by_name = _by_name({each.name for each in theirs if each.name}, [each for each in ours if each.name])
    for each in theirs:
        found = {target: Suggestion(each.key, target, score, "name") for target, score in by_name.get(each.name, ())}
        for known, plain, why in (
            (same_code, plain_code(each.code), "maker"),
            (same_gtin, plain_gtin(each.gtin), "gtin"),
        ):
            if plain and plain in known:
                found[known[plain]] = Suggestion(each.key, known[plain], 100, why)
        yield from sorted(found.values(), key=lambda one: (-one.score, one.target))[:BEST]


def _by_name(names: set[str], ours: Sequence[Likeable]) -> dict[str, list[tuple[int, int]]]:
    """For each name the (key, score) of ours that are most alike. A name that many parties write is asked once.

    Names with the same figures are compared first, which are few; with all of ours only where that finds none.
    """
    same, alone = _grouped(ours), defaultdict(list)
    for name in sorted(names):
        alone[figures(name)].append(name)
    found: dict[str, list[tuple[int, int]]] = {}
    for numbers, some in alone.items():
        found |= _alike(some, same.get(numbers, []), 100)
    return found | _alike([name for name in sorted(names) if not found[name]], ours, FIGURES_DIFFER)


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
