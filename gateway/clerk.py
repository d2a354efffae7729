"""A clerk of a gateway: answers the requests that come by its standard input on its standard output (`Clerks`).

It is gone as soon as that input ends, which is also how a killed gateway leaves it, whatever it is at.
"""

import os
import pickle
import select
import signal
import sys
import threading
from dataclasses import replace
from typing import IO

import structlog

from gateway.config import load_settings
from gateway.log import configure
from gateway.metrics import HandedOn
from gateway.soap.clerks import LENGTH, clerk_threads, message
from gateway.soap.desk import Desk
from gateway.soap.note import Note
from gateway.wiring import now, open_hub


class Line:
    """To the gateway. Each thread takes a request and works on it, so that none waits for another to hand it over."""

    def __init__(self, desk: Desk, metrics: HandedOn, taking: IO[bytes], telling: IO[bytes]) -> None:
        self._desk, self._metrics, self._taking, self._telling = desk, metrics, taking, telling
        self._take, self._tell = threading.Lock(), threading.Lock()

    def work(self) -> None:
        """Until anything goes wrong with it: then the whole process ends, and its requests fail."""
        try:
            while True:
                number, content, content_type, sender = pickle.loads(self._taken())
                note = Note(now(), "")  # its moment and its caller are the gateway's to note
                answer = self._desk.answer(content, content_type, sender, note)
                noted = (note.operation, note.outcome, note.packet_id)
                self.tell(number, answer, noted, self._metrics.taken())
        except (EOFError, BrokenPipeError):
            os._exit(0)  # the gateway is gone
        except BaseException as error:
            structlog.get_logger().error("the clerk ends", exc_info=error)
            os._exit(1)

    def tell(self, *content: object) -> None:
        with self._tell:
            self._telling.write(message(*content))
            self._telling.flush()

    def _taken(self) -> bytes:
        with self._take:
            if len(head := self._taking.read(LENGTH.size)) < LENGTH.size:
                raise EOFError
            return self._taking.read(*LENGTH.unpack(head))


def _end_with(taking: IO[bytes]) -> None:
    """Also while every thread is at work, and none reads."""
    watch = select.poll()
    watch.register(taking, select.POLLHUP)
    watch.poll()
    os._exit(0)


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # a service's stop reaches all its processes: the gateway says when
    settings = load_settings()
    configure(settings)
    telling = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not stand between answers
    hub, metrics = open_hub(settings, made=True), HandedOn()
    line = Line(Desk(replace(hub, metrics=metrics)), metrics, sys.stdin.buffer, telling)
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    line.tell("ready")
    for _ in range(clerk_threads(settings) - 1):
        threading.Thread(target=line.work, daemon=True).start()
    line.work()


if __name__ == "__main__":
    main()
