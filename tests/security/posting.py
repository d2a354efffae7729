"""SOAP requests by hand, and what came of them."""

import re
from dataclasses import dataclass

import requests

from gateway.domain.audit import Entry
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.hubs import LOGIN, PASSWORD


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
