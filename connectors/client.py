"""A client of the exchange for integrators, by zeep from the WSDL alone; `obmen send` and the tests use it.

client = ExchangeClient("http://hub:8080/ws/exchange", "login", "password")
acceptance = client.send("shipments", packet_id, Path("packet.zip").read_bytes())
receipt = client.wait(packet_id)

What else it does stands in docs/client.md, whose examples a test runs.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

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
PAUSES_SECONDS = (1.0, 5.0, 15.0)
"""Before each repetition of a call that got no answer; the hub says itself how long it is busy."""
LONGEST_PAUSE_SECONDS = 60.0
_BUSY = "Server.Busy"
_RETRY_AFTER = re.compile(r"retryAfter=(\d+)")
_PACKET = "{urn:obmen:packet:v1}"

__all__ = ["Answer", "ClientError", "ExchangeClient", "Fault", "OrderBatch", "as_dict"]


@dataclass(frozen=True)
class Answer:
    """What became of an order in the distributor's books; where it was not accepted, `reason` says why."""

    order: str
    revision: int
    accepted: bool = True
    reason: str | None = None
    documentId: str | None = None
    documentNumber: str | None = None


@dataclass(frozen=True)
class OrderBatch:
    """Orders as they were pulled. `text` is the packet (transfer-orders.xsd); `more` says that others wait."""

    id: str
    text: str
    more: bool

    @property
    def orders(self) -> list[dict[str, Any]]:
        """Each order's attributes, with those of its `lines`."""
        found = ElementTree.fromstring(self.text.encode())
        return [
            {**each.attrib, "lines": [dict(line.attrib) for line in each.iter(f"{_PACKET}line")]}
            for each in found.iter(f"{_PACKET}order")
        ]


class ExchangeClient:
    """One site's end of the exchange. Every operation of the WSDL is a method of `service`.

    The methods here call again where no answer came, or the hub is busy: each operation may be called any number of
    times. `pauses` are the seconds before each repetition; with none the first failure is raised.
    """

    def __init__(
        self, url: str, login: str, password: str, timeout: float = 300, pauses: Sequence[float] = PAUSES_SECONDS
    ) -> None:
        session = requests.Session()
        session.auth = HTTPBasicAuth(login.encode(), password.encode())  # as UTF-8: a str would go as latin-1
        transport = Transport(session=session, timeout=30, operation_timeout=timeout)
        wsdl = Client(f"{url}?wsdl", transport=transport, settings=Settings(strict=True, xml_huge_tree=True))
        self._session, self._pauses = session, tuple(pauses)
        # the address in the WSDL is the public one; here the caller knows better
        self.service: Any = wsdl.create_service(f"{{{NAMESPACE}}}DistributorExchangeSoap", url)

    def ping(self) -> Any:
        return self._called(self.service.Ping)

    def send(self, feed: str, packet_id: str, content: bytes, dry_run: bool = False, confirm: bool = False) -> Any:
        """Sends a packet (XML, gzip, or zip of one file); the acceptance. Sending again is always safe.

        A large one goes in parts; sent again after the line broke, it goes on with those that are missing.
        """
        if len(content) > IN_ONE_REQUEST:
            return self._transferred(feed, packet_id, content, dry_run, confirm)
        given = {"feed": feed, "packetId": packet_id, "content": content, "dryRun": dry_run, "confirm": confirm}
        return self._called(self.service.SendPacket, **given)

    def receipt(self, packet_id: str) -> Any:
        return self._called(self.service.GetReceipt, packetId=packet_id)

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
            part = self._called(self.service.GetProblems, packetId=packet_id, offset=len(found), limit=at_once)
            found += part.problems
            if not part.problems or len(found) >= part.total:
                return found

    def pull(self, limit: int | None = None) -> OrderBatch | None:
        """The orders that wait for this site: the same batch again until it is acknowledged; None: there are none."""
        found = self._called(self.service.PullOrders, limit=limit, asText=True)
        return OrderBatch(found.batchId, found.text, found.more) if found.batchId else None

    def acknowledge(self, batch: OrderBatch, answers: Sequence[Answer]) -> int:
        """Ends a batch with an answer for each of its orders; how many were taken. Again is safe."""
        results = [{name: value for name, value in asdict(each).items() if value is not None} for each in answers]
        return int(self._called(self.service.AckOrders, batchId=batch.id, results=results).count)

    def pulled(self, take: Callable[[dict[str, Any]], Answer], limit: int | None = None) -> Iterator[Answer]:
        """Gives every order that waits to `take`, and its answer to the hub.

        An order may be given to `take` again, after a crash or a lost answer: it must know it by id and revision.
        """
        while (batch := self.pull(limit)) is not None:
            answers = [take(each) for each in batch.orders]
            self.acknowledge(batch, answers)
            yield from answers
            if not batch.more:
                return

    def statuses(self, since: datetime | None = None) -> Any:
        """What became of the distributor's own purchase orders; `until` of the answer is the next call's `since`."""
        return self._called(self.service.GetOrderStatuses, since=since)

    def close(self) -> None:
        self._session.close()

    def _transferred(self, feed: str, packet_id: str, content: bytes, dry_run: bool, confirm: bool) -> Any:
        sha256, call = hashlib.sha256(content).hexdigest(), self._called
        opened = call(self.service.OpenTransfer, feed=feed, packetId=packet_id, totalBytes=len(content), sha256=sha256)
        for number, start in enumerate(range(0, len(content), opened.partBytes), start=1):
            if number not in (opened.received or ()):
                part = content[start : start + opened.partBytes]
                call(self.service.PutPart, transferId=opened.transferId, number=number, content=part)
        return call(self.service.CompleteTransfer, transferId=opened.transferId, dryRun=dry_run, confirm=confirm)

    def _called(self, operation: Any, **arguments: Any) -> Any:
        for pause in self._pauses:
            try:
                return operation(**arguments)
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(pause)
            except Fault as fault:
                if _BUSY not in str(fault.code):
                    raise
                said = _RETRY_AFTER.search(str(fault.message))
                time.sleep(min(float(said[1]) if said else pause, LONGEST_PAUSE_SECONDS))
        return operation(**arguments)


def as_dict(record: Any) -> dict[str, Any]:
    """A record of the service as plain values."""
    return dict(serialize_object(record, dict))
