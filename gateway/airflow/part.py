"""A part of Airflow that ends with whoever started it, even where that one was killed: `python -m … WORDS`."""

import os
import signal
import sys

from gateway.children import when_parent_ends


def main() -> None:
    when_parent_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))
    from airflow.__main__ import main as airflow  # seconds, in which the parent may go too

    sys.exit(airflow())


if __name__ == "__main__":
    main()
