"""A part of Airflow that ends with whoever started it, even where that one was killed: `python -m … WORDS`."""

import os
import signal
import sys
import time

from gateway.children import when_parent_ends

GRACE_SECONDS = 30.0
"""Airflow's parts may swallow what shall end them, in the midst of something."""


def main() -> None:
    when_parent_ends(_end)
    from airflow.__main__ import main as airflow  # seconds, in which the parent may go too

    sys.exit(airflow())


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)  # its workers, too: we began apart from who started us


if __name__ == "__main__":
    main()
