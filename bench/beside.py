"""A day's packet loaded beside many older facts, against the same in an empty store."""

import statistics

from bench import hubs
from bench.figures import Figure, Floor, Plan
from bench.loading import Stored

OLDER = 5_000_000
LINES_OF_A_LOAD, LINES_OF_A_DAY = 1_000_000, 3_000
_EMPTY, _FULL, _OLDER = 1700, 1750, 1800
"""First years of what is loaded: each packet speaks for a year of its own."""


def run(plan: Plan, older: int = OLDER) -> list[Figure]:
    wanted = plan.size(older)
    with hubs.hub_in(plan.folder / "hub") as hub:
        stored = Stored(hub)
        stored.loaded(_EMPTY - 1, 100)
        empty = [stored.loaded(_EMPTY + number, LINES_OF_A_DAY) for number in range(2 * plan.pairs + 1)]
        for number, start in enumerate(range(0, wanted, LINES_OF_A_LOAD)):
            stored.loaded(_OLDER + number, min(LINES_OF_A_LOAD, wanted - start))
        full = [stored.loaded(_FULL + number, LINES_OF_A_DAY) for number in range(2 * plan.pairs + 1)]
    before, after = statistics.median(empty), statistics.median(full)
    return [
        Figure(f"a day's packet beside {wanted} older rows ÷ in an empty store", after / before, "×", Floor("≤", 1.5)),
        Figure("in an empty store", before * 1000, "ms"),
        Figure("beside older rows", after * 1000, "ms"),
    ]


def run_large(plan: Plan) -> list[Figure]:
    return run(plan, 10 * OLDER)
