"""A client of the exchange for integrators, by zeep from the WSDL alone; `obmen send` and the tests use it.

client = ExchangeClient("http://hub:8080/ws/exchange", "login", "password")
acceptance = client.send("shipments", packet_id, Path("packet.zip").read_bytes())
receipt = client.wait(packet_id)
"""

import hashlib
import time
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from zeep import Client, Settings
from zeep.exceptions import Error as ClientError
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

NAMESPACE = "urn:obmen:exchange:v1"
IN_ONE_REQUEST = 4 << 20
"""Bytes of a packet; more go in parts."""
FINAL_STATES = frozenset(
    {"loaded", "loaded-with-problems", "failed", "superseded", "rejected", "conflict", "held", "unknown", "refused"}
)

__all__ = ["ClientError", "ExchangeClient", "Fault", "as_dict"]


class ExchangeClient:
    """One site's end of the exchange. Every operation of the WSDL is a method of `service`."""

    def __init__(self, url: str, login: str, password: str, timeout: float = 300) -> None:
        session = requests.Session()
        session.auth = HTTPBasicAuth(login.encode(), password.encode())  # as UTF-8: a str would go as latin-1
        transport = Transport(session=session, timeout=30, operation_timeout=timeout)
        wsdl = Client(f"{url}?wsdl", transport=transport, settings=Settings(strict=True, xml_huge_tree=True))
        self._session = session
        # the address in the WSDL is the public one; here the caller knows better
        self.service: Any = wsdl.create_service(f"{{{NAMESPACE}}}DistributorExchangeSoap", url)

    def ping(self) -> Any:
        return self.service.Ping()

    def send(self, feed: str, packet_id: str, content: bytes, dry_run: bool = False, confirm: bool = False) -> Any:
        """Sends a packet (XML, gzip, or zip of one file); the acceptance. Sending again is always safe.

        A large one goes in parts; sent again after the line broke, it goes on with those that are missing.
        """
        if len(content) > IN_ONE_REQUEST:
            return self._transferred(feed, packet_id, content, dry_run, confirm)
        return self.service.SendPacket(feed=feed, packetId=packet_id, content=content, dryRun=dry_run, confirm=confirm)

    def _transferred(self, feed: str, packet_id: str, content: bytes, dry_run: bool, confirm: bool) -> Any:
        sha256 = hashlib.sha256(content).hexdigest()
        opened = self.service.OpenTransfer(feed=feed, packetId=packet_id, totalBytes=len(content), sha256=sha256)
        for number, start in enumerate(range(0, len(content), opened.partBytes), start=1):
            if number not in (opened.received or ()):
                part = content[start : start + opened.partBytes]
                self.service.PutPart(transferId=opened.transferId, number=number, content=part)
        return self.service.CompleteTransfer(transferId=opened.transferId, dryRun=dry_run, confirm=confirm)

    def receipt(self, packet_id: str) -> Any:
        return self.service.GetReceipt(packetId=packet_id)

    def wait(self, packet_id: str, seconds: float = 60, every: float = 0.2) -> Any:
        """The receipt, once the hub is done with the packet. Raises TimeoutError."""
        ends = time.monotonic() + seconds
        while (receipt := self.receipt(packet_id)).state not in FINAL_STATES:
            if time.monotonic() > ends:
                raise TimeoutError(f"packet {packet_id} is still {receipt.state}")
            time.sleep(every)
        return receipt

    def problems(self, packet_id: str, at_once: int = 1000) -> list[Any]:
        """Every problem of the latest attempt under the id."""
        found: list[Any] = []
        while True:
            part = self.service.GetProblems(packetId=packet_id, offset=len(found), limit=at_once)
            found += part.problems
            if not part.problems or len(found) >= part.total:
                return found

    def close(self) -> None:
        self._session.close()


def as_dict(record: Any) -> dict[str, Any]:
    """A record of the service as plain values."""
    return dict(serialize_object(record, dict))
