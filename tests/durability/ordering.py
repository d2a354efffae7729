"""Orders on their way, cut off by SIGKILL at named places, each in a process of its own: `python -m … FOLDER`."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.ordering import take_transfer_order
from gateway.ordering_advancing import advance_all
from gateway.ordering_pulling import Result, acknowledge, pull
from tests.hubs import hub_in
from tests.integration.crash import arm
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import order, purchase
from tests.packets import packet

OUTCOMES, BATCHES = "connectors.database.order_outcomes", "connectors.database.order_batches"
ADVANCING = (
    "connectors.database.order_news:add_purchase_orders",
    "connectors.database.order_news:settle",
    f"{OUTCOMES}:put_lines",
    f"{OUTCOMES}:put_steps",
    f"{OUTCOMES}:put_states",
    "gateway.ordering_translating:_translated",
    "connectors.database.erp_lines:put_lines",
    "connectors.database.order_telling:told",
)
PULLING = (f"{BATCHES}:make", f"{OUTCOMES}:put_steps", "gateway.ordering_pulling:_leased")
ANSWERING = (f"{OUTCOMES}:put_states", f"{BATCHES}:end", "gateway.ordering_pulling:_acknowledged")


def main(folder: str) -> None:
    for number, (strike, place) in enumerate(STRIKES):
        if strike is not _advance:
            _take(folder, number)
        _killed(lambda: strike(folder, number, place))  # noqa: B023
        with _opened(folder) as volga:
            advance_all(volga.hub)
            while strike is not _advance and (batch := _pulled(volga)):
                _acknowledge(volga, batch)


def _take(folder: str, number: int) -> None:
    with _opened(folder) as volga:
        take_transfer_order(volga.hub, order(f"T-{number}"), "erp")
        advance_all(volga.hub)


def _advance(folder: str, number: int, place: str) -> None:
    with _opened(folder) as volga:
        content = packet("orders", purchase(f"ЗП-{number}"), created=f"2026-11-{number + 1:02}T00:00:00+03:00")
        volga.load(content.replace(b'id="p-1"', f'id="o-{number}"'.encode(), 1))
        take_transfer_order(volga.hub, order(f"T-{number}"), "erp")
        arm(place, "after", _kill)
        advance_all(volga.hub)


def _pull(folder: str, _: int, place: str) -> None:
    with _opened(folder) as volga:
        arm(place, "after", _kill)
        _pulled(volga)


def _answer(folder: str, _: int, place: str) -> None:
    with _opened(folder) as volga:
        batch = _pulled(volga)
        arm(place, "after", _kill)
        _acknowledge(volga, batch or "")


def _pulled(volga: Site) -> str | None:
    return pull(volga.hub, volga.sender, None, as_text=True).batch


def _acknowledge(volga: Site, batch: str) -> None:
    with volga.hub.exchange.reading() as connection:
        said = [Result(row.id, row.given, True) for row in volga.hub.order_batches.items(connection, batch)]
    acknowledge(volga.hub, volga.sender, batch, said)


@contextmanager
def _opened(folder: str) -> Iterator[Site]:
    """The folder's store, by its only site."""
    with hub_in(Path(folder), Clock()) as hub:
        with hub.exchange.reading() as connection:
            found = hub.parties.find_login(connection, "VOLGA-main")
        assert found
        yield Site(hub, found.sender)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killed(step: Callable[[], None]) -> None:
    """In a child, which has to die of it."""
    child = os.fork()
    if not child:
        try:
            step()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("it was never killed")


STRIKES = [
    *((_advance, place) for place in ADVANCING),
    *((_pull, place) for place in PULLING),
    *((_answer, place) for place in ANSWERING),
]

if __name__ == "__main__":
    main(*sys.argv[1:])
