"""What a benchmark gives back: figures, some with a floor, and how two contenders are compared."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Run = Callable[[int], float]
"""Does the work once, under a number that no other run has; the seconds that count."""


@dataclass(frozen=True)
class Floor:
    """What a figure must keep to for the build to be good."""

    sign: Literal["≥", "≤"]
    limit: float

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.sign == "≥" else value <= self.limit

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """One line of the table; without a floor it is only reported."""

    name: str
    value: float
    unit: str
    floor: Floor | None = None

    @property
    def missed(self) -> bool:
        return self.floor is not None and not self.floor.holds(self.value)


@dataclass(frozen=True)
class Plan:
    """Where a benchmark may write, how many pairs it runs, and what share of the full size."""

    folder: Path
    pairs: int = 3
    share: float = 1.0

    def size(self, full: int) -> int:
        return max(100, int(full * self.share))

    def sites(self, full: int) -> int:
        return max(10, int(full * self.share))


@dataclass(frozen=True)
class Compared:
    """Medians over the pairs. `ratio` is of the pairs' own ratios, so that drift of the machine cancels."""

    ours: float
    theirs: float
    ratio: float


def compared(ours: Run, theirs: Run, pairs: int) -> Compared:
    """Runs A B, then B A, and so on; `ratio` is ours ÷ theirs."""
    times: list[tuple[float, float]] = []
    for number in range(pairs):
        if number % 2:
            their_time = theirs(number)
            times.append((ours(number), their_time))
        else:
            our_time = ours(number)
            times.append((our_time, theirs(number)))
    return Compared(
        statistics.median(our for our, _ in times),
        statistics.median(their for _, their in times),
        statistics.median(our / their for our, their in times),
    )


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
