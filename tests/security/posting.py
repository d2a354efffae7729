"""SOAP requests by hand, and what came of them."""

import base64
import re
from dataclasses import dataclass

import requests

from gateway.domain.audit import Entry
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.hubs import LOGIN, PASSWORD
from tests.packets import shipments, stock
from tests.security.hostile import MARK

_PACKET = "<feed>shipments</feed><packetId>p-1</packetId>"
_CONTENT = base64.b64encode(shipments("p-1")).decode()
_TRANSFER = f"<transferId>{MARK}</transferId>"
_DAYS = "<from>2026-11-01T00:00:00</from><to>2026-11-30T00:00:00+03:00</to>"
ARGUMENTS = {
    "Ping": "",
    "TestConnection": "",
    "GetSettings": "",
    "SendPacket": f"{_PACKET}<content>{_CONTENT}</content><dryRun>true</dryRun><confirm>false</confirm>",
    "SendPacketText": f"<feed>stock</feed><packetId>s</packetId><text><![CDATA[{stock('s').decode()}]]></text>",
    "OpenTransfer": f"{_PACKET}<totalBytes>9</totalBytes><sha256>{'0a' * 32}</sha256>",
    "PutPart": f"{_TRANSFER}<number>1</number><content>{_CONTENT}</content>",
    "CompleteTransfer": f"{_TRANSFER}<dryRun>1</dryRun><confirm>0</confirm>",
    "GetReceipt": "<packetId>p-1</packetId>",
    "GetProblems": "<packetId>p-1</packetId><offset>0</offset><limit>10</limit>",
    "GetTotals": f"<feed>shipments</feed>{_DAYS}",
    "GetCatalog": "<kind>products</kind><since>2026-11-01T00:00:00Z</since><asText>true</asText>",
    "GetNotices": "<since>0001-01-01T00:00:00</since>",
    "AckNotices": "<ids>1</ids><ids>2</ids>",
}
"""Valid arguments of every operation; there is no such transfer."""


@dataclass(frozen=True)
class Posted:
    """`code` is the fault's, or `ok`."""

    code: str
    status: int
    retry_after: int | None
    text: str


def envelope(operation: str, arguments: str = "") -> bytes:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<{operation} xmlns="urn:obmen:exchange:v1">{arguments}</{operation}></e:Body></e:Envelope>'
    ).encode()


def post(
    address: str,
    operation: str = "TestConnection",
    arguments: str = "",
    login: str = LOGIN,
    password: str = PASSWORD,
    **headers: str,
) -> Posted:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    credentials = requests.auth.HTTPBasicAuth(login.encode(), password.encode())
    answer = requests.post(
        address + PATH, data=envelope(operation, arguments), auth=credentials, headers=given, timeout=60
    )
    found = re.search(r"<faultcode>soap:([\w.]+)</faultcode>", answer.text)
    retry = answer.headers.get("Retry-After")
    if retry is not None:
        assert f"<retryAfter>{retry}</retryAfter>" in answer.text
        assert f"retryAfter={retry}" in answer.text
    return Posted(found[1] if found else "ok", answer.status_code, int(retry) if retry else None, answer.text)


def journal(hub: Hub) -> list[Entry]:
    """The audit journal, once all of it is stored."""
    assert hub.audit.flush()
    with hub.exchange.reading() as connection:
        return [stored.entry for stored in hub.audits.entries_after(connection, 0, 10_000)]
