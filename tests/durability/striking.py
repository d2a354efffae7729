"""Kills its own process before the n-th of its steps: statements that write, commits, and messages that are sent."""

import os
import signal
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

from connectors import notify_services

STEPS = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE", "COMMIT")


class Striker:
    """`step` 0: never. What a process has written stands only if it got past COMMIT."""

    def __init__(self, step: int) -> None:
        self._left = step

    def passes(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def arm(self) -> None:
        """For good: there is no way back but the process's end."""
        event.listen(Engine, "connect", lambda raw, _: raw.set_trace_callback(self._traced))
        notify_services.send = self._around(notify_services.send)

    def _traced(self, statement: str) -> None:
        if statement.lstrip().startswith(STEPS):
            self.passes()

    def _around(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def sent(*arguments: Any) -> Any:
            self.passes()
            failure = send(*arguments)
            self.passes()
            return failure

        return sent
