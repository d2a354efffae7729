"""Builders of packets: everything has a default, a test overrides what it is about."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from gateway.domain.feed import Mode
from gateway.domain.feeds import FEEDS

NAMESPACE = "urn:obmen:packet:v1"
INN = "7701234567"


def element(tag: str, *children: str, **attributes: Any) -> str:
    """An element; a trailing underscore frees a name from Python's keywords, None leaves an attribute out."""
    given = {name.rstrip("_"): value for name, value in attributes.items() if value is not None}
    text = "".join(f" {name}={quoteattr(str(value))}" for name, value in given.items())
    return f"<{tag}{text}>{''.join(children)}</{tag}>" if children else f"<{tag}{text}/>"


def line(n: int = 1, *children: str, **override: Any) -> str:
    given = {"product": "000123", "unit": "шт", "quantity": 2, "price": 10, "amount": 20, "vatRate": 20} | override
    return element("line", *children, n=n, **given)


def shipment(number: str = "РН-1", *lines: str, **override: Any) -> str:
    given = {"id": f"guid-{number}", "date": "2026-11-05", "kind": "sale", "outlet": "TT-1", "warehouse": "MAIN"}
    return element("shipment", *(lines or (line(),)), number=number, **given | override)


def shipments(packet_id: str, *documents: str, control: Any = None, **override: Any) -> bytes:
    """A `shipments` packet of November 2026 that replaces its window; documents default to one."""
    given = {
        "feed": "shipments",
        "organization": INN,
        "created": "2026-11-20T23:10:05+03:00",
        "from": "2026-11-01",
        "to": "2026-11-30",
        "mode": "replace",
    } | override
    return _packet(packet_id, documents if documents or "empty" in override else (shipment(),), control, given)


def position(product: str = "000123", **override: Any) -> str:
    return element("position", product=product, **{"unit": "шт", "quantity": 5} | override)


def warehouse(code: str = "MAIN", *positions: str, as_of: str = "2026-11-20T21:00:00") -> str:
    return element("warehouse", *positions, code=code, asOf=as_of)


def stock(packet_id: str, *warehouses: str, control: Any = None, **override: Any) -> bytes:
    given = {
        "feed": "stock",
        "organization": INN,
        "created": "2026-11-20T21:10:05+03:00",
        "mode": "snapshot",
    } | override
    return _packet(packet_id, warehouses, control, given)


def packet(feed: str, *documents: str, control: Any = None, **override: Any) -> bytes:
    """A packet of any feed: `merge`, or a snapshot of 20 November where the feed knows no other mode."""
    mode = "merge" if Mode.MERGE in FEEDS[feed].modes else "snapshot"
    given = {
        "feed": feed,
        "organization": INN,
        "created": "2026-11-20T21:10:05+03:00",
        "to": "2026-11-20",
        "mode": mode,
    } | override
    return _packet("p-1", documents, control, given)


def long_ago(content: bytes) -> bytes:
    """The same packet two years earlier: for hubs that go by the machine's clock, whatever date it shows."""
    return content.replace(b"2026-", b"2024-")


def _packet(packet_id: str, documents: Sequence[str], control: Any, attributes: dict[str, Any]) -> bytes:
    attributes.pop("empty", None)
    totals = [element("control", **control)] if control else []
    body = "".join([*totals, *documents])
    head = element("packet", "@", xmlns=NAMESPACE, id=packet_id, **attributes)
    return ('<?xml version="1.0" encoding="UTF-8"?>' + head.replace("@", body)).encode()
