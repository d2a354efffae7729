"""Builders of SOAP requests as bytes: a right one by default, a test changes what it is about."""

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
EXCHANGE = "urn:obmen:exchange:v1"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def operation(name: str = "Ping", inner: str = "", attributes: str = "") -> str:
    return f'<{name} xmlns="{EXCHANGE}"{attributes}>{inner}</{name}>'


def receipt_of(packet_id: str = "p-1") -> str:
    return operation("GetReceipt", f"<packetId>{packet_id}</packetId>")


def envelope(
    body: str | None = None, declaration: str = DECLARATION, before: str = "", after: str = "", attributes: str = ""
) -> str:
    """`before` and `after` stand around the Body, `attributes` on the Envelope."""
    inner = operation() if body is None else body
    return f'{declaration}<e:Envelope xmlns:e="{SOAP}"{attributes}>{before}<e:Body>{inner}</e:Body>{after}</e:Envelope>'
