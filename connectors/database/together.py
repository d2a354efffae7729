"""Steps that write, from threads that wait for the same file anyway, in one transaction: one durable commit for all."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Any, TypeVar

from sqlalchemy import Connection

from gateway.domain.errors import Busy

T = TypeVar("T")


class _Fate(Enum):
    """Of a step: what the thread that brought it does next."""

    WAITS = auto()
    LEADS = auto()
    DONE = auto()
    BUSY = auto()
    ALONE = auto()


class _Step:
    """Its thread waits until it `meets` its fate."""

    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.result: Any = None
        self.error: Busy | None = None
        self.fate = _Fate.WAITS
        self._gate = threading.Lock()
        self._gate.acquire()

    def waited(self, seconds: float = -1) -> bool:
        """False where the time was over first."""
        return self._gate.acquire(timeout=seconds)

    def meets(self, fate: _Fate, error: Busy | None = None) -> None:
        self.fate, self.error = fate, error
        self._gate.release()


class Together:
    """Of one file. The thread that comes first leads: it runs what has gathered by the time the lock is its own."""

    def __init__(self, writing: Callable[[], AbstractContextManager[Connection]], wait_seconds: float) -> None:
        self._writing, self._wait_seconds = writing, wait_seconds
        self._lock = threading.Lock()
        self.gathered: list[_Step] = []
        self._is_led = False

    def run(self, step: Callable[[Connection], T]) -> T:
        """What the step gives, once it is committed. Where one of those beside it fails, each runs by itself.

        Raises Busy where the store is away, and what the step raises.
        """
        mine = _Step(step)
        if not self._comes_first(mine) and not mine.waited(self._wait_seconds) and not self._withdrawn(mine):
            mine.waited()
        if mine.fate in (_Fate.WAITS, _Fate.LEADS):
            self._lead(mine)
        if mine.error:
            raise mine.error
        if mine.fate is _Fate.DONE:
            return mine.result  # type: ignore[no-any-return]
        with self._writing() as connection:
            return step(connection)

    def _comes_first(self, step: _Step) -> bool:
        with self._lock:
            self.gathered.append(step)
            first, self._is_led = not self._is_led, True
        return first

    def _withdrawn(self, step: _Step) -> bool:
        """Whether a step that waited for too long is still nobody's, and so Busy; else it is in hand, or leads."""
        with self._lock:
            if step.fate is not _Fate.WAITS or step not in self.gathered:
                return False
            self.gathered.remove(step)
        step.meets(_Fate.BUSY, Busy("the store is busy, try again", retry_after=30))
        return True

    def _lead(self, mine: _Step) -> None:
        """Whatever happens, the steps meet their fate, and another leads those that came meanwhile."""
        steps = [mine]
        fate, failure, are_run = _Fate.ALONE, None, False
        try:
            with self._writing() as connection:
                steps = self._taken(mine)
                for each in steps:
                    each.result = each.run(connection)
                are_run = True
            fate = _Fate.DONE
        except Busy as error:
            if are_run or len(steps) == 1:  # else it is one step's, and whose it is shows when each runs alone
                fate, failure = _Fate.BUSY, error
        except Exception:  # as above
            pass
        finally:
            for each in steps:
                each.meets(fate, failure)
            self._pass_on(mine)

    def _taken(self, mine: _Step) -> list[_Step]:
        with self._lock:
            self.gathered.remove(mine)
            taken, self.gathered = [mine, *self.gathered], []
        return taken

    def _pass_on(self, mine: _Step) -> None:
        with self._lock:
            if mine in self.gathered:  # it never got the lock of the file
                self.gathered.remove(mine)
            self._is_led = bool(self.gathered)
            if self.gathered:
                self.gathered[0].meets(_Fate.LEADS)
