"""Work on many at once that one of them must not stop."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.domain.errors import Busy

Piece = TypeVar("Piece")


def isolated(step: Callable[[Sequence[Piece]], object], pieces: Sequence[Piece]) -> list[tuple[Piece, Exception]]:
    """Does the step for all, and those for which it fails, found by halving, each with its error. Raises Busy.

    A step that fails must leave nothing behind.
    """
    try:
        step(pieces)
    except Busy:
        raise
    except Exception as error:
        half = len(pieces) // 2
        if not half:
            return [(pieces[0], error)]
        return isolated(step, pieces[:half]) + isolated(step, pieces[half:])
    return []
