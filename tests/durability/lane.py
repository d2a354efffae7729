"""One lane at work on a store until it is killed, whose loads sometimes fail: `python -m … FOLDER SECONDS-AHEAD`."""

import random
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.database import bulk, merging
from connectors.database.bulk_memory import FEW
from gateway.wiring import now
from gateway.worker import Stop, run
from tests.hubs import hub_in

FAILS = 0.4
RULES = {"lease_seconds": 1, "tries": 1000, "poll_seconds": 0.02, "shrink_percent": 100}
"""Claims run out soon, nothing is held back for a person, and nobody is blamed for our kills."""


def main(folder: str, ahead: str) -> None:
    merge = merging.merge

    def sometimes(*arguments: Any, **named: Any) -> Any:
        if random.random() < FAILS:
            raise RuntimeError("out of luck")
        return merge(*arguments, **named)

    merging.merge = sometimes
    bulk.FEW = random.choice([0, FEW])  # type: ignore[attr-defined]  # staged in a file, or in memory
    with hub_in(Path(folder), lambda: now() + timedelta(seconds=float(ahead)), **RULES) as hub:
        print("at work", flush=True)
        run(hub, Stop())


if __name__ == "__main__":
    main(*sys.argv[1:])
