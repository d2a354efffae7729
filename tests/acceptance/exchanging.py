"""A running exchange for acceptance tests: hub, its address, a client made from its WSDL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.client import ExchangeClient
from gateway.domain.party import Sender
from gateway.regulating_rules import change
from gateway.wiring import Hub
from tests.hubs import add_site, client_of, hub_in, serving


@dataclass
class Exchange:
    hub: Hub
    address: str
    client: ExchangeClient
    sender: Sender


@contextmanager
def exchanging(folder: Path, **settings: Any) -> Iterator[Exchange]:
    with hub_in(folder, **settings) as hub:
        sender = add_site(hub)
        with serving(hub) as address, client_of(address) as client:
            yield Exchange(hub, address, client, sender)


def agree(exchange: Exchange, feed: str, **words: Any) -> None:
    """Sets words of the site's regulation for a feed."""
    change(exchange.hub, exchange.sender.site, feed, words, "anna")


def codes(answer: Any) -> list[str]:
    """Codes of an answer's problems, but for the two that tests without control and reference always have."""
    return [each.code for each in answer.problems if each.code not in ("CONTROL_MISSING", "CODE_UNKNOWN")]
