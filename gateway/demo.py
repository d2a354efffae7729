"""`obmen demo`: a store of its own, a real `obmen up`, and distributors that exchange with it over real SOAP.

Among their packets is what happens in life: one sent twice, one with errors, a corrected document, and a product
that the manufacturer's reference does not know yet.
"""

import gzip
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from connectors.client import ExchangeClient
from gateway.config import Settings, load_settings
from gateway.demo_world import DISTRIBUTORS, Distributor, Packet, World, products
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.referencing import load_reference
from gateway.soap.endpoint import PATH
from gateway.wiring import now, open_hub

PERSON = "admin"


@contextmanager
def running(port: int = 0, lanes: int | None = None) -> Iterator["Demo"]:
    """A demo at work, loading in so many lanes beside the gateway, or as the setting says.

    Every file it made is gone when it ends, and what it put into a server's database stays there.

    Raises Misuse where OBMEN_DATABASE names a server's database that is in use.
    """
    password = secrets.token_urlsafe(9)
    with tempfile.TemporaryDirectory(prefix="obmen-demo-") as folder, ExitStack() as stack:
        given = load_settings().database
        store = given if given.startswith("mssql") else f"sqlite:///{folder}"
        given_lanes = {} if lanes is None else {"lanes": lanes}
        settings = load_settings(database=store, port=port, host="127.0.0.1", public_url="", **given_lanes)
        began = time.monotonic()
        _people(settings, password)
        address = stack.enter_context(gateway_at_work(settings))
        clients = {who.code: ExchangeClient(address + PATH, who.login, password) for who in DISTRIBUTORS}
        for client in clients.values():
            stack.callback(client.close)
        yield Demo(settings, address, password, clients, began)


@contextmanager
def gateway_at_work(settings: Settings) -> Iterator[str]:
    """A real `obmen up`; its address, as it prints it."""
    command = [sys.executable, "-m", "gateway.cli", "up"]
    environment = {**os.environ, **settings.as_environment()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout
        try:
            line = gateway.stdout.readline()
            if not line:
                raise Misuse("the gateway did not start; its messages stand above")
            yield line.split()[3].rstrip("/")
        finally:
            gateway.terminate()


def _people(settings: Settings, password: str) -> None:
    """Who exchanges, who may look, and the manufacturer's products."""
    hub = open_hub(settings)
    try:
        with hub.exchange.reading() as connection:
            if hub.pages.party_names(connection):
                raise Misuse("OBMEN_DATABASE: the demo wants a database of its own, and this one has parties in it")
        secret = hub.access.hash(password)
        with hub.exchange.writing() as connection:
            hub.parties.add_person(connection, PERSON, secret)
            for who in DISTRIBUTORS:
                hub.parties.add_party(connection, who.code, who.name, "ru")
                place = (who.code, "main", who.login, secret, "Europe/Moscow", (who.inn,))
                hub.parties.add_site(connection, *place)
        load_reference(hub, Register.PRODUCT, products())
    finally:
        hub.close()


class Demo:
    """The distributors, sending to a running hub."""

    def __init__(
        self, settings: Settings, address: str, password: str, clients: dict[str, ExchangeClient], began: float
    ) -> None:
        self.settings = settings
        self._address, self._password, self._clients, self._began = address, password, clients, began
        self._world = World()
        self._sent: list[tuple[ExchangeClient, Any]] = []

    def first_day(self) -> dict[str, Any]:
        """Every distributor sends a week; the figures, once the hub has loaded it all."""
        today = now().date()
        for who in DISTRIBUTORS:
            for back in range(7, 0, -1):
                self._send(who, self._world.shipments(who, today - timedelta(days=back), now(), documents=12))
            self._send(who, self._world.stock(who, today - timedelta(days=1), now()))
        first, second = DISTRIBUTORS[:2]
        again = self._world.shipments(first, today - timedelta(days=1), now(), documents=10)
        self._send(first, again)
        self._send(first, again)
        self._send(second, _with_errors(self._world.shipments(second, today, now(), documents=5)))
        return self._figures()

    def another_packet(self) -> None:
        """A few more shipments of today from somebody."""
        who = DISTRIBUTORS[len(self._sent) % len(DISTRIBUTORS)]
        self._send(who, self._world.shipments(who, now().date(), now(), documents=3, mode="merge"))

    def told(self, figures: dict[str, Any]) -> str:
        """What a person who tries the demo wants to know."""
        rows, states = figures["rows"], ", ".join(f"{count} {state}" for state, count in figures["packets"].items())
        return (
            f"Packets: {states}. Rows: {rows['loaded']} loaded, {rows['unmapped']} unmapped, "
            f"{rows['quarantined']} quarantined. It took {figures['seconds']} s.\n"
            f"Look at {self._address}/ — log in as {PERSON} with password {self._password}\n"
            "A packet arrives every 5 seconds; Ctrl-C ends the demo and removes what it made."
        )

    def _send(self, who: Distributor, packet: Packet) -> None:
        client = self._clients[who.code]
        self._sent.append((client, client.send(packet.feed, packet.id, gzip.compress(packet.xml))))

    def _figures(self) -> dict[str, Any]:
        """One receipt for each packet, however often it was sent; refused attempts are no packets."""
        refused = Counter(answer.status for _, answer in self._sent if answer.status != "accepted")
        accepted = {answer.packetId: client for client, answer in self._sent if answer.status == "accepted"}
        receipts = [client.wait(packet_id, seconds=300) for packet_id, client in accepted.items()]
        return {
            "packets": dict(Counter(receipt.state for receipt in receipts)),
            "attempts": {"sent": len(self._sent), **refused},
            "rows": {
                "loaded": sum(receipt.rowsLoaded for receipt in receipts),
                "unmapped": sum(receipt.rowsUnmapped for receipt in receipts),
                "quarantined": sum(receipt.rowsQuarantined for receipt in receipts),
            },
            "seconds": round(time.monotonic() - self._began, 2),
        }


def _with_errors(packet: Packet) -> Packet:
    """What a hand-made export gets wrong: a comma for a point, a kind that is none."""
    xml = packet.xml.replace(b'price="', b'price="1,', 2).replace(b'kind="sale"', b'kind="sold"', 1)
    return Packet(packet.feed, packet.id, xml)
