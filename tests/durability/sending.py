"""A sender that gives up on nothing, by every way that a packet can go, and keeps every answer as it came."""

import threading
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from random import Random
from typing import Any

import requests
from lxml import etree

from gateway.soap.endpoint import PATH
from tests.durability.running import AUTH, Tree
from tests.security.posting import envelope

PARTS = 3


class Unanswered(Exception):
    """Nobody knows what became of the request: the gateway was killed under it, or is busy."""


class StubbornSender(threading.Thread):
    """Sends each packet, once it may, until it is acknowledged; meanwhile those that were, again and again."""

    def __init__(self, tree: Tree, packets: dict[str, bytes]) -> None:
        super().__init__()
        self._tree, self._packets = tree, packets
        self._in_parts = set(list(packets)[::3])
        self._may, self._given_up = 0, threading.Event()
        self.held: dict[str, set[bytes]] = defaultdict(set)
        self.accepted: dict[str, set[bytes]] = {packet_id: set() for packet_id in packets}
        self.lost: set[str] = set()
        """Acknowledged, and not known to the hub that was asked afterwards."""

    def run(self) -> None:
        for packet_id in self._order():
            while not self._sent(packet_id):
                if self._given_up.wait(0.02):
                    return

    def go_on(self, packets: int) -> None:
        """So many further ones may be sent."""
        self._may += packets

    def finish(self) -> None:
        """All are sent, and then once more."""
        self.go_on(len(self._packets))
        self.join()

    def give_up(self) -> None:
        self._given_up.set()
        self.finish()

    def _order(self) -> Iterator[str]:
        packets, sent, draw = list(self._packets), 0, Random(0)
        while sent < len(packets):
            if sent < self._may:
                sent += 1
                yield packets[sent - 1]
            elif sent:
                yield draw.choice(packets[:sent])
            else:
                self._given_up.wait(0.02)
        yield from packets

    def _sent(self, packet_id: str) -> bool:
        try:
            place = self._transferred(packet_id) if packet_id in self._in_parts else self._whole(packet_id)
            answer = self._ask(*place)
            if b"status>held<" in answer:
                self.held[packet_id].add(answer)
                answer = self._ask(place[0], place[1] + "<confirm>true</confirm>")
            receipt = self._ask("GetReceipt", f"<packetId>{packet_id}</packetId>")
            if b"status>held<" in answer and b"state>superseded<" in receipt:
                return True  # a newer packet covers it: there is nothing to confirm
            self.accepted[packet_id].add(answer)
            if b"status>accepted<" not in receipt:
                self.lost.add(packet_id)
        except Unanswered:
            return False
        return True

    def _whole(self, packet_id: str) -> tuple[str, str]:
        content = b64encode(self._packets[packet_id]).decode()
        return "SendPacket", f"<feed>shipments</feed><packetId>{packet_id}</packetId><content>{content}</content>"

    def _transferred(self, packet_id: str) -> tuple[str, str]:
        """Every part is here: what is left is to complete it."""
        content = self._packets[packet_id]
        announced = f"<totalBytes>{len(content)}</totalBytes><sha256>{sha256(content).hexdigest()}</sha256>"
        named = f"<feed>shipments</feed><packetId>{packet_id}</packetId>"
        opened = etree.fromstring(self._ask("OpenTransfer", named + announced))
        key, here = _texts(opened, "transferId")[0], _texts(opened, "received")
        size = max(1024, -(-len(content) // PARTS))
        for number, start in enumerate(range(0, len(content), size), start=1):
            if str(number) not in here:
                part = b64encode(content[start : start + size]).decode()
                put = f"<transferId>{key}</transferId><number>{number}</number><content>{part}</content>"
                self._ask("PutPart", put)
        return "CompleteTransfer", f"<transferId>{key}</transferId>"

    def _ask(self, operation: str, arguments: str) -> bytes:
        try:
            asked: Any = {"data": envelope(operation, arguments), "auth": AUTH, "timeout": 30}
            answer = requests.post(self._tree.address + PATH, **asked)
        except requests.RequestException as error:
            raise Unanswered from error
        if answer.status_code != 200:
            assert b"soap:Server.Busy<" in answer.content, answer.content
            raise Unanswered
        return answer.content


@contextmanager
def at_work(tree: Tree, packets: dict[str, bytes], number: int) -> Iterator[list[StubbornSender]]:
    """So many senders that share the packets; after the block they finish."""
    senders = [StubbornSender(tree, dict(list(packets.items())[part::number])) for part in range(number)]
    for sender in senders:
        sender.start()
    try:
        yield senders
        for sender in senders:
            sender.finish()
    finally:
        for sender in senders:
            sender.give_up()


def _texts(root: "etree._Element", name: str) -> list[str]:
    return [each.text or "" for each in root.iter("{*}" + name)]
