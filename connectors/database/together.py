"""Steps that write, from threads that wait for the same file anyway, in one transaction: one durable commit for all."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Any, TypeVar

from sqlalchemy import Connection

from gateway.domain.errors import Busy

T = TypeVar("T")


class _Fate(Enum):
    """Of a step: what the thread that brought it does next."""

    LEADS = auto()
    DONE = auto()
    BUSY = auto()
    ALONE = auto()


class _Step:
    """Its thread waits until `meets`."""

    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.result: Any = None
        self.error: Busy | None = None
        self.fate = _Fate.LEADS
        self._gate = threading.Lock()
        self._gate.acquire()

    def wait(self) -> None:
        self._gate.acquire()

    def meets(self, fate: _Fate, error: Busy | None = None) -> None:
        self.fate, self.error = fate, error
        self._gate.release()


class Together:
    """Of one file. The thread that comes first leads: it runs what has gathered by the time the lock is its own."""

    def __init__(self, writing: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._writing = writing
        self._lock = threading.Lock()
        self._gathered: list[_Step] = []
        self._is_led = False

    def run(self, step: Callable[[Connection], T]) -> T:
        """What the step gives, once it is committed. Where one of those beside it fails, each runs by itself.

        Raises Busy where the store is away, and what the step raises.
        """
        mine = _Step(step)
        if not self._comes_first(mine):
            mine.wait()
        if mine.fate is _Fate.LEADS:
            self._lead()
        if mine.error:
            raise mine.error
        if mine.fate is _Fate.DONE:
            return mine.result  # type: ignore[no-any-return]
        with self._writing() as connection:
            return step(connection)

    def _comes_first(self, step: _Step) -> bool:
        with self._lock:
            self._gathered.append(step)
            first, self._is_led = not self._is_led, True
        return first

    def _lead(self) -> None:
        """Whatever happens, every step meets its fate and another leads those that came meanwhile."""
        steps: Sequence[_Step] = ()
        fate, failure = _Fate.ALONE, None
        try:
            with self._writing() as connection:
                steps = self._taken()
                for each in steps:
                    each.result = each.run(connection)
            fate = _Fate.DONE
        except Busy as error:
            fate, failure = _Fate.BUSY, error
        except Exception:  # whose it is shows when each runs alone
            pass
        finally:
            for each in steps or self._taken():
                each.meets(fate, failure)
            self._pass_on()

    def _taken(self) -> list[_Step]:
        with self._lock:
            taken, self._gathered = self._gathered, []
        return taken

    def _pass_on(self) -> None:
        with self._lock:
            self._is_led = bool(self._gathered)
            if self._gathered:
                self._gathered[0].meets(_Fate.LEADS)
