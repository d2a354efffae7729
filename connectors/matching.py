"""Which SKUs codes may stand for: by bar code, by the manufacturer's code, and by names, compared in bulk."""

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
    """For each name the (key, score) of ours that are most alike. A name that many parties write is asked once."""
    if not ours:
        return {}
    keys, known = [each.key for each in ours], [words(each.name) for each in ours]
    numbered: dict[tuple[str, ...], int] = {}
    our_figures = np.array([numbered.setdefault(figures(each.name), len(numbered)) for each in ours])
    found, asked = {}, sorted(names)
    for start in range(0, len(asked), step := max(1, CELLS // len(ours))):
        some = asked[start : start + step]
        scores = process.cdist(
            [words(name) for name in some], known, scorer=fuzz.ratio, dtype=np.uint8, score_cutoff=LEAST, workers=-1
        )
        their_figures = np.array([numbered.get(figures(name), -1) for name in some])
        other = their_figures[:, None] != our_figures[None, :]
        scores[other] = np.minimum(scores[other], FIGURES_DIFFER)
        for name, row in zip(some, scores, strict=True):
            found[name] = [(keys[place], int(row[place])) for place in _best(row)]
    return found


def _best(row: npt.NDArray[np.uint8]) -> list[int]:
    """Places of the highest scores, of equals the first."""
    enough = np.flatnonzero(row >= LEAST)
    return [int(place) for place in enough[np.argsort(-row[enough].astype(np.int16), kind="stable")][:BEST]]
