"""Loads the manufacturer's products over and over, some and then all, until it is killed: `python -m … FOLDER`."""

import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from gateway.domain.errors import Busy
from gateway.domain.feed import Register
from gateway.referencing import load_reference
from gateway.wiring import Hub
from tests.hubs import hub_in

PRODUCTS = ("000123", "000124", "000125")


def refer(hub: Hub, products: int = len(PRODUCTS)) -> None:
    load_reference(hub, Register.PRODUCT, [{"code": code, "name": code} for code in PRODUCTS[:products]])


def main(folder: str) -> None:
    with hub_in(Path(folder)) as hub:
        for turn in count():
            with suppress(Busy):
                refer(hub, turn % len(PRODUCTS) + 1)
            time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
