"""A step that is one transaction is run again where the store gave it up: a deadlock's victim, a dropped connection."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from gateway.domain.errors import Interrupted

PAUSES_SECONDS = (0.1, 0.5, 2.0)
"""Before each repetition, about: two victims of each other must not meet again."""

P = ParamSpec("P")
T = TypeVar("T")


def repeated(step: Callable[P, T]) -> Callable[P, T]:
    """Raises Interrupted where it was given up every time; any other error at once."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for pause in PAUSES_SECONDS:
            try:
                return step(*args, **kwargs)
            except Interrupted:
                time.sleep(pause * random.uniform(0.5, 1.5))
        return step(*args, **kwargs)

    return run
