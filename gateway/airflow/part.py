"""A part of Airflow that ends with whoever started it, even where that one was killed: `python -m … WORDS`."""

import os
import signal
import sys
import threading


def main() -> None:
    threading.Thread(target=_watch_parent, name="parent-watch", daemon=True).start()
    from airflow.__main__ import main as airflow  # seconds, in which the parent may go too

    sys.exit(airflow())


def _watch_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
