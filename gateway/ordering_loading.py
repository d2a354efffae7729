"""Use case: a distributor's purchase orders come as a file, and go the way of a packet that his 1C had sent.

The packet's id comes from its content: the same file again finds it, and changes nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.errors import Misuse
from gateway.domain.party import Sender
from gateway.domain.receipt import Status
from gateway.intake import Submission, submit
from gateway.receipts import problems

if TYPE_CHECKING:
    from connectors.formats.order_files import OrderPacket
    from gateway.wiring import Hub

ID = "id"
PROBLEMS_TOLD = 100


@dataclass
class Loaded:
    """Of all packets of the file; `wrong` are problems in words, each with its place in the file."""

    orders: int = 0
    rows: int = 0
    status: str = str(Status.ACCEPTED)
    packet_id: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        return self.status == Status.ACCEPTED


def load_file(hub: "Hub", sender: Sender, path: Path, organization: str, code: str = ID) -> Loaded:
    """Submits the orders of a file, CommerceML or a table. A person vouches for it: it is not held. Raises Misuse."""
    inn = organization or (next(iter(sender.organizations)) if len(sender.organizations) == 1 else "")
    if not inn:
        raise Misuse("the site has several organisations, or none: name one with --organization")
    found = hub.formats.order_file(path, inn, sender.zone, hub.clock(), code, hub.settings.packet_bytes)
    loaded = Loaded()
    for place, problem in found.wrong:
        words = hub.problems.wording(problem, hub.settings.language)
        loaded.wrong.append(": ".join(part for part in (place, problem.document, words.message) if part))
        loaded.status = str(Status.REJECTED)
    for each in found.packets:
        _submitted(hub, sender, each, loaded)
    return loaded


def _submitted(hub: "Hub", sender: Sender, packet: "OrderPacket", loaded: Loaded) -> None:
    with hub.exchange.reading() as connection:
        before = hub.journal.stored_acceptance(connection, sender.site, packet.id)
    answer = before or submit(hub, sender, Submission("orders", packet.id, packet.content, historic=True))
    loaded.orders += answer.documents
    loaded.rows += answer.rows
    loaded.packet_id = packet.id
    if answer.status == Status.ACCEPTED:
        return
    loaded.status = str(answer.status)
    for each in problems(hub, sender, packet.id, 0, PROBLEMS_TOLD)[0]:
        place = packet.places.of(each.row, each.field)
        loaded.wrong.append(": ".join(part for part in (place, each.document, each.message, each.remedy) if part))
