"""The sender's end of the baseline with typed records: every line an element of its own in the SOAP request."""

from collections.abc import Iterable

from bench.figures import seconds
from bench.hubs import post
from bench.shipments import Shipment, roubles, shipments

NAMESPACE = "urn:bench:typed"


class TypedSender:
    """Sends one packet after the other."""

    def __init__(self, address: str) -> None:
        self._address = address

    def once(self, run: int, lines: int) -> float:
        """Seconds from request to answer, when every line is stored."""
        body = request(f"packet-{run}", shipments(lines, 1900 + run))
        expected = f">{lines}<".encode()
        return seconds(lambda: post(self._address, body, expected))


def request(packet_id: str, documents: Iterable[Shipment]) -> bytes:
    """The SOAP request that sends the records."""
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<SendShipments xmlns="{NAMESPACE}"><packetId>{packet_id}</packetId><shipments>'
        f"{''.join(map(_document, documents))}</shipments></SendShipments></soap:Body></soap:Envelope>"
    ).encode()


def _document(document: Shipment) -> str:
    lines = "".join(
        f"<Line><n>{line.n}</n><product>{line.product}</product><unit>{line.unit}</unit>"
        f"<quantity>{line.quantity}</quantity><price>{roubles(line.price)}</price>"
        f"<amount>{roubles(line.amount)}</amount><vatRate>{line.vat_rate}</vatRate></Line>"
        for line in document.lines
    )
    return (
        f"<Document><id>{document.id}</id><number>{document.number}</number><date>{document.date}</date>"
        f"<kind>{document.kind}</kind><outlet>{document.outlet}</outlet><warehouse>{document.warehouse}</warehouse>"
        f"<lines>{lines}</lines></Document>"
    )
