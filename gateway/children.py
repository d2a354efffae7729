"""Child processes of ours end with the process that started them, even where that one was killed."""

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """Called by a child as it begins."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
