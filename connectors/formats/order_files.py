"""A distributor's purchase orders from a file, as packets of the feed `orders`: CommerceML, or a table.

Who reads the file must find what is wrong in it: each row knows its place there.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from python_calamine import load_workbook

from connectors.formats.commerceml import read_commerceml
from connectors.formats.commerceml_records import Line, Order
from connectors.formats.order_book import COLUMNS
from connectors.formats.table_packets import heading, table_packets
from connectors.formats.table_rows import rows_of
from gateway.domain.credit import plain
from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Problem

ORDERS = FEEDS["orders"]
ID, ARTICLE = "id", "article"
NAMES = {words: name for name, words in COLUMNS.items()} | {"место поставки": "place", "удалён": "deleted"}
"""Columns as a workbook in Russian calls them."""
_HEAD = '<packet xmlns="urn:obmen:packet:v1" id={id} feed="orders" organization={organization} created="{created}"'
_REQUISITES = {"желаемая дата": "wanted", "договор": "agreement", "место поставки": "place"}


@dataclass(frozen=True)
class Places:
    """Where the rows of a packet stand in the file."""

    rows: Sequence[str]
    columns: dict[str, str]
    """A field's column, where the file is a table."""
    cell: str = "{row}: {column}"

    def of(self, row: int | None, field: str | None) -> str:
        """The place of a packet's row (from 1) and field, as far as they are known."""
        if row is None or not 0 < row <= len(self.rows):
            return self.columns.get(field or "", "")
        place, column = self.rows[row - 1], self.columns.get(field or "")
        return self.cell.format(row=place, column=column) if column else place


@dataclass(frozen=True)
class OrderPacket:
    id: str
    content: bytes
    places: Places


@dataclass(frozen=True)
class OrderFile:
    """Packets to be taken in, or what is wrong with the file: (place, problem)."""

    packets: tuple[OrderPacket, ...] = ()
    wrong: tuple[tuple[str, Problem], ...] = ()


def order_file(path: Path, organization: str, zone: ZoneInfo, now: datetime, code: str, limit: int) -> OrderFile:
    """`code` says what of a CommerceML line is the distributor's code. Raises Misuse where the file can't be used."""
    if code not in (ID, ARTICLE):
        raise Misuse(f"code is {ID} or {ARTICLE}")
    if path.suffix.lower() in (".xml", ".zip"):
        return _commerceml(path, organization, now, code, limit)
    return OrderFile(tuple(_table(path, organization, zone, now)))


def _table(path: Path, organization: str, zone: ZoneInfo, now: datetime) -> Iterator[OrderPacket]:
    head = heading(next(rows_of(path), (1, ()))[1], NAMES)
    is_book = path.suffix.lower() != ".csv"
    sheet = load_workbook(path).sheet_names[0] if is_book else ""
    columns = {name: _letters(place) if is_book else name for place, name in enumerate(head)}
    for each in table_packets(path, ORDERS, organization, zone, now, NAMES):
        rows = [str(line) for line in each.lines]
        if is_book:
            yield OrderPacket(each.id, each.content, Places(rows, columns, f"{sheet}!{{column}}{{row}}"))
        else:
            yield OrderPacket(each.id, each.content, Places(rows, columns, "{row}, {column}"))


def _letters(place: int) -> str:
    """A column as Excel calls it."""
    text, rest = "", place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


def _commerceml(path: Path, organization: str, now: datetime, code: str, limit: int) -> OrderFile:
    commerce = read_commerceml(path, limit)
    if commerce.wrong:
        return OrderFile(wrong=tuple(commerce.wrong))
    if not commerce.orders:
        raise Misuse(f"{path}: there is no order in it")
    body = "".join(_order(each, code) for each in commerce.orders)
    key = "file-" + hashlib.sha256(f"{organization} {body}".encode()).hexdigest()[:40]
    head = _HEAD.format(id=quoteattr(key), organization=quoteattr(organization), created=now.isoformat())
    rows = [f"{each.number}, {n}" for each in commerce.orders for n in range(1, len(each.lines) + 1)]
    return OrderFile((OrderPacket(key, f'{head} mode="merge">{body}</packet>'.encode(), Places(rows, {})),))


def _order(order: Order, code: str) -> str:
    said = {"id": order.id, "number": order.number, "date": order.date.isoformat()}
    asked = {name.casefold(): value for name, value in order.requisites}
    for theirs, ours in _REQUISITES.items():
        said[ours] = asked.get(theirs, "")
    said["wanted"] = said["wanted"].partition("T")[0]
    said |= {"comment": order.comment, "currency": _currency(order), "deleted": "true" if order.cancelled else ""}
    lines = "".join(_line(n, each, code) for n, each in enumerate(order.lines, start=1))
    return f"<order{_attributes(said)}>{lines}</order>"


def _line(n: int, line: Line, code: str) -> str:
    said = {
        "n": str(n),
        "product": line.product if code == ID else line.article,
        "unit": line.unit.name if line.unit else "",
        "quantity": plain(line.quantity),
        "price": "" if line.price is None else plain(line.price),
        "amount": "" if line.amount is None else plain(line.amount),
    }
    return f"<line{_attributes(said)}/>"


def _currency(order: Order) -> str:
    """1C says roubles in many ways; a packet says them by saying nothing."""
    said = order.currency.strip().upper()
    return said if len(said) == 3 and said.isascii() and said.isalpha() and said not in ("RUB", "RUR") else ""


def _attributes(said: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in said.items() if value)
