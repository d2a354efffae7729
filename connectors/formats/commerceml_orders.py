"""A site's batch of orders as CommerceML, for a distributor whose 1C does not pull."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

from connectors.formats.commerceml_records import Line, Order, Partner, Unit
from connectors.formats.commerceml_units import CODES
from connectors.formats.commerceml_writing import DIALECTS, written_orders
from gateway.domain.errors import Misuse

SELLER, BUYER = "Продавец", "Покупатель"
_REQUISITES = {
    "revision": "Версия",
    "organization": "ИНН организации",
    "wanted": "Желаемая дата",
    "agreement": "Договор",
}
_CENT = Decimal("0.01")


def write_commerceml_orders(path: Path, orders: Sequence[str], made: datetime, dialect: int) -> int:
    """How many lines were written; orders as they are offered (`order_packet.order_element`).

    Raises Misuse where the file can't be made, or there is no such dialect.
    """
    if dialect not in DIALECTS:
        raise Misuse(f"dialect is one of {', '.join(map(str, DIALECTS))}")
    found = [_order(ElementTree.fromstring(text)) for text in orders]
    try:
        path.write_bytes(written_orders(found, made, dialect))
    except OSError as error:
        raise Misuse(f"{path} can't be written: {error.strerror}") from error
    return sum(len(each.lines) for each in found)


def _order(element: ElementTree.Element) -> Order:
    """The distributor sells to the outlet: his role is the seller's."""
    said, outlet = element.attrib, element.get("outlet", "")
    lines = [line for each in element.iterfind("line") for line in _lines(each)]
    amounts = [each.amount for each in lines if each.amount is not None]
    return Order(
        said["id"],
        said["number"],
        date.fromisoformat(said["date"]),
        SELLER,
        said.get("currency", "RUB"),
        sum(amounts, Decimal(0)),
        said.get("comment", ""),
        said.get("cancelled") == "true",
        (Partner(outlet, outlet, BUYER),) if outlet else (),
        tuple(lines),
        tuple((name, said[key]) for key, name in _REQUISITES.items() if key in said),
    )


def _lines(element: ElementTree.Element) -> Iterator[Line]:
    """What is left over whole packages is a line of its own, in its own unit and without a price: none gets lost."""
    said = element.attrib
    quantity, price = Decimal(said["quantity"]), _figure(said.get("price"))
    amount = _figure(said.get("amount"))
    if amount is None and price is not None:
        amount = (price * quantity).quantize(_CENT)
    if quantity or "remainder" not in said:
        yield Line(said["product"], quantity, "", _unit(said.get("unit")), price, amount)
    if "remainder" in said:
        yield Line(said["product"], Decimal(said["remainder"]), "", _unit(said.get("remainderUnit")))


def _unit(name: str | None) -> Unit | None:
    return Unit(name, CODES.get(name, "")) if name else None


def _figure(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
