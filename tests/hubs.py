"""Real hubs for tests: a store of a folder, a gateway on a free port, a client made from its WSDL."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from connectors.client import ExchangeClient
from gateway.config import Settings, load_settings
from gateway.domain.party import Login, Sender
from gateway.server import furnish, listening
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub, open_hub
from tests.clocks import running
from tests.packets import INN
from tests.stores import url_in

LOGIN, PASSWORD = "volga", "parole-пароль"


def settings_for(folder: Path, **override: Any) -> Settings:
    return load_settings(**{"database": url_in(folder), "port": 0} | override)


@contextmanager
def hub_in(folder: Path, clock: Any = running, **override: Any) -> Iterator[Hub]:
    """A hub over a real store in the folder."""
    hub = open_hub(settings_for(folder, **override), clock)
    try:
        yield hub
    finally:
        hub.close()


def add_site(
    hub: Hub, party: str = "VOLGA", site: str = "main", login: str = LOGIN, organizations: tuple[str, ...] = (INN,)
) -> Sender:
    """A party (if it is new) with a site; whoever sends for it."""
    with hub.exchange.writing() as connection:
        if hub.parties.find_party(connection, party) is None:
            hub.parties.add_party(connection, party, f"ООО {party}", "ru")
        secret = hub.access.hash(PASSWORD)
        hub.parties.add_site(connection, party, site, login, secret, "Europe/Moscow", organizations)
        found: Login | None = hub.parties.find_login(connection, login)
    assert found
    return found.sender


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The gateway at work on a free port; its address."""
    config, listener, settings = listening(hub.settings)
    server = uvicorn.Server(furnish(config, hub))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{settings.port}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def client_of(address: str, login: str = LOGIN, password: str = PASSWORD) -> Iterator[ExchangeClient]:
    client = ExchangeClient(address + PATH, login, password, pauses=())  # a test sees each answer
    try:
        yield client
    finally:
        client.close()
