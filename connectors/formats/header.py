"""The packet's header and control totals, from the first bytes of its content."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from lxml import etree

from connectors.xml_parsers import local_name, start_parser
from gateway.domain.feed import Mode
from gateway.domain.packet import ABSENT_DATE, Header, Totals, in_utc

Attributes = dict[str, str]
_SLICE = 1 << 11


def attributes(content: Iterator[bytes]) -> tuple[Attributes, Attributes]:
    """The attributes of `<packet>` and of `<control>`, as far as they are there."""
    first, second = _first_two(content)
    control = second if second is not None and local_name(second) == "control" else None
    return _present(first), _present(control)


def header(given: Attributes, zone: ZoneInfo) -> Header:
    """The header of a valid packet. Raises ValueError where the calendar does not hold its instant."""
    return Header(
        id=given.get("id", ""),  # blanks of Unicode are none to the XSD
        feed=given["feed"],
        organization=given["organization"],
        created=in_utc(given["created"], zone),
        first_date=_date(given.get("from")),
        last_date=_date(given.get("to")),
        mode=Mode(given["mode"]),
        software=given.get("software"),
        module=given.get("module"),
    )


def control(given: Attributes) -> Totals | None:
    """The sender's totals, None where he gave none."""
    if not given:
        return None
    return Totals(
        documents=int(given["documents"]) if "documents" in given else None,
        rows=int(given["rows"]) if "rows" in given else None,
        quantity=Decimal(given["quantity"]) if "quantity" in given else None,
        amount=Decimal(given["amount"]) if "amount" in given else None,
    )


def _first_two(content: Iterator[bytes]) -> "list[etree._Element | None]":
    parser, found = start_parser(), []
    for chunk in content:
        for start in range(0, len(chunk), _SLICE):
            parser.feed(chunk[start : start + _SLICE])
            found += [element for _, element in parser.read_events()]
            if len(found) > 1:
                return found[:2]
    return [*found, None, None][:2]


def _present(element: "etree._Element | None") -> Attributes:
    if element is None:
        return {}
    return {name: text.strip() for name, text in element.attrib.items() if text.strip()}


def _date(text: str | None) -> date | None:
    value = date.fromisoformat(text) if text else None
    return None if value == ABSENT_DATE else value
