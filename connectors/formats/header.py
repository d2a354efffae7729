"""The packet's header and control totals, from the first bytes of its content."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from lxml import etree

from connectors.xml_parsers import local_name, start_parser
from gateway.domain.feed import Mode
from gateway.domain.packet import ABSENT_DATE, Header, Stated, Totals, in_utc

Attributes = dict[str, str]
T = TypeVar("T")
_SLICE = 1 << 11
_LENGTHS = {"organization": 100, "software": 1000, "module": 100}
"""What is wrong may be long."""


def attributes(content: Iterator[bytes]) -> tuple[Attributes, Attributes]:
    """The attributes of `<packet>` and of `<control>`, as far as they are there."""
    first, second = _first_two(content)
    control = second if second is not None and local_name(second) == "control" else None
    return _of(first), _of(control)


def own_words(content: Iterator[bytes]) -> Attributes:
    """The first element's attributes, whatever breaks behind it; none where it can't be read. Raises Unreadable."""
    parser, broken = start_parser(), False
    for chunk in content:
        for start in range(0, len(chunk), _SLICE):
            try:
                parser.feed(chunk[start : start + _SLICE])
            except etree.XMLSyntaxError:
                broken = True
            for _, element in parser.read_events():
                return _of(element)
            if broken:
                return {}
    return {}


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


def stated(given: Attributes, zone: ZoneInfo) -> Stated:
    """What can be read of a packet's own words, be it valid or not."""
    texts = {name: given[name][:length] for name, length in _LENGTHS.items() if name in given}
    return Stated(
        created=_read(lambda text: in_utc(text, zone), given.get("created")),
        first_date=_read(_date, given.get("from")),
        last_date=_read(_date, given.get("to")),
        mode=_read(Mode, given.get("mode")),
        **texts,
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


def _of(element: "etree._Element | None") -> Attributes:
    return {} if element is None else present(dict(element.attrib))


def present(given: Attributes) -> Attributes:
    """Those that are not blank."""
    return {name: text.strip() for name, text in given.items() if text.strip()}


def _date(text: str | None) -> date | None:
    value = date.fromisoformat(text) if text else None
    return None if value == ABSENT_DATE else value


def _read(reading: Callable[[str], T], text: str | None) -> T | None:
    """None where there is nothing that can be read."""
    try:
        return reading(text) if text else None
    except ValueError:
        return None
