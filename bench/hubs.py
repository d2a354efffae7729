"""Our side of the comparisons: a hub with a site and a reference, and the requests that a sender makes of it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from bench.shipments import INN, OUTLETS, PRODUCTS, outlet, product
from gateway.config import load_settings
from gateway.domain.feed import Register
from gateway.domain.party import Sender
from gateway.referencing import load_reference
from gateway.soap.endpoint import PATH
from gateway.soap.front_door import NAMESPACE
from gateway.wiring import Hub, open_hub

LOGIN, PASSWORD = "volga", "parole"
UNMAPPED_PER_CENT = 2
_HEADERS = {
    "Content-Type": "text/xml; charset=utf-8",
    "Authorization": "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode(),
}
_REQUEST = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<SendPacket xmlns="{namespace}"><feed>shipments</feed><packetId>{packet_id}</packetId>'
    "<content>{content}</content></SendPacket></soap:Body></soap:Envelope>"
)


@contextmanager
def hub_in(folder: Path) -> Iterator[Hub]:
    """A hub over a new store in the folder, with one site, and a reference that lacks some of its codes."""
    folder.mkdir()
    hub = open_hub(load_settings(database=f"sqlite:///{folder}", log="json"))
    try:
        with hub.exchange.writing() as connection:
            hub.parties.add_party(connection, "VOLGA", "ООО Волга", "ru")
            secret = hub.access.hash(PASSWORD)
            hub.parties.add_site(connection, "VOLGA", "main", LOGIN, secret, "Europe/Moscow", (INN,))
        _load_references(hub)
        yield hub
    finally:
        hub.close()


def sender(hub: Hub) -> Sender:
    with hub.exchange.reading() as connection:
        found = hub.parties.credentials(connection, LOGIN)
    assert found
    return found[1]


def _load_references(hub: Hub) -> None:
    for register, codes in (
        (Register.PRODUCT, [product(place) for place in range(PRODUCTS)]),
        (Register.OUTLET, [outlet(place) for place in range(OUTLETS)]),
        (Register.WAREHOUSE, ["MAIN", "COLD"]),
    ):
        known = [code for place, code in enumerate(codes) if place % 100 >= UNMAPPED_PER_CENT or len(codes) < 100]
        load_reference(hub, register, [{"code": code, "name": f"Товар {code}"} for code in known])


def request(packet_id: str, content: bytes) -> bytes:
    """The SOAP request of `SendPacket`."""
    encoded = base64.b64encode(content).decode()
    return _REQUEST.format(namespace=NAMESPACE, packet_id=packet_id, content=encoded).encode()


def connected(address: str) -> HTTPConnection:
    return HTTPConnection(address.removeprefix("http://"), timeout=600)


def posted(connection: HTTPConnection, body: bytes, expected: bytes, path: str = PATH) -> None:
    """Sends a request and reads the answer, which must hold what is expected."""
    connection.request("POST", path, body, _HEADERS)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200 or expected not in content:
        raise RuntimeError(f"HTTP {answer.status}: {content[:1000].decode(errors='replace')}")
