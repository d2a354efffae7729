"""What every command needs: the opened hub, and a site by its login."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.config import load_settings
from gateway.domain.errors import Misuse
from gateway.domain.party import Sender
from gateway.log import configure
from gateway.wiring import Hub, open_hub


@contextmanager
def opened() -> Iterator[Hub]:
    settings = load_settings()
    configure(settings)
    hub = open_hub(settings)
    try:
        yield hub
    finally:
        hub.close()


def sender_of(hub: Hub, login: str) -> Sender:
    """The site that a login stands for. Raises Misuse where there is none."""
    with hub.exchange.reading() as connection:
        found = hub.parties.find_login(connection, login)
    if found is None:
        raise Misuse(f"there is no login {login}")
    return found.sender
