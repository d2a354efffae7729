"""Our side of the comparisons: a hub with a site and a reference, and the requests that a sender makes of it."""

import base64
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import structlog

from bench.shipments import INN, OUTLETS, PRODUCTS, outlet, product
from gateway.config import load_settings
from gateway.domain.feed import Register
from gateway.domain.party import Login, Sender
from gateway.referencing import load_reference
from gateway.soap.endpoint import PATH
from gateway.soap.front_door import NAMESPACE
from gateway.wiring import Hub, open_hub

PASSWORD = "parole"
UNMAPPED_PER_CENT = 2
_REQUEST = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<SendPacket xmlns="{namespace}"><feed>shipments</feed><packetId>{packet_id}</packetId>'
    "<content>{content}</content></SendPacket></soap:Body></soap:Envelope>"
)


@contextmanager
def opened(folder: Path) -> Iterator[Hub]:
    """A hub over the store in the folder, which logs nothing but errors."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    hub = open_hub(load_settings(database=f"sqlite:///{folder}"))
    try:
        yield hub
    finally:
        hub.close()


@contextmanager
def hub_in(folder: Path, sites: int = 1) -> Iterator[Hub]:
    """A hub over a new store in the folder, with sites of one party, and a reference that lacks some of their codes."""
    folder.mkdir()
    with opened(folder) as hub:
        with hub.exchange.writing() as connection:
            hub.parties.add_party(connection, "VOLGA", "ООО Волга", "ru")
            secret = hub.access.hash(PASSWORD)
            for site in range(sites):
                hub.parties.add_site(connection, "VOLGA", f"{site}", login(site), secret, "Europe/Moscow", (INN,))
        _load_references(hub)
        yield hub


def login(site: int = 0) -> str:
    return f"volga-{site}"


def sender(hub: Hub, site: int = 0) -> Sender:
    with hub.exchange.reading() as connection:
        found: Login = hub.parties.find_login(connection, login(site))
    return found.sender


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


def headers(site: int = 0) -> dict[str, str]:
    credentials = base64.b64encode(f"{login(site)}:{PASSWORD}".encode()).decode()
    return {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {credentials}"}


def http_request(body: bytes, site: int) -> bytes:
    """The whole HTTP request, for those who write to sockets."""
    lines = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers(site)}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body


def post(address: str, body: bytes, expected: bytes) -> None:
    """Sends a request over a new connection and reads the answer, which must hold what is expected."""
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=600)) as connection:
        connection.request("POST", PATH, body, headers())
        answer = connection.getresponse()
        content = answer.read()
    if answer.status != 200 or expected not in content:
        raise RuntimeError(f"HTTP {answer.status}: {content[:1000].decode(errors='replace')}")
