"""Orders as an Excel workbook, for a distributor whose 1C does not pull: a row for each line, in his codes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gateway.domain.errors import Misuse

COLUMNS = {
    "id": "заказ",
    "revision": "версия",
    "number": "номер",
    "date": "дата",
    "cancelled": "отменён",
    "organization": "организация",
    "outlet": "торговая точка",
    "wanted": "желаемая дата",
    "agreement": "договор",
    "comment": "комментарий",
    "n": "строка",
    "product": "товар",
    "unit": "единица",
    "quantity": "количество",
    "price": "цена",
    "amount": "сумма",
    "remainder": "остаток",
    "remainderUnit": "единица остатка",
}
NUMBERS = frozenset({"revision", "n", "quantity", "price", "amount", "remainder"})
EXACT_DIGITS = 15
"""More than these Excel would round."""
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def order_rows(orders: Sequence[str]) -> Iterator[dict[str, str]]:
    """The lines of orders as they are offered (`order_packet.order_element`); of a cancellation, one without goods."""
    for text in orders:
        order = ElementTree.fromstring(text)
        for line in [each.attrib for each in order.findall("line")] or [{}]:
            yield {**order.attrib, **line}


def write_orders(path: Path, orders: Sequence[str], language: str) -> int:
    """How many rows were written. Raises Misuse where the file can't be made."""
    import xlsxwriter

    count = 0
    try:
        with path.open("wb") as file, xlsxwriter.Workbook(file, _PLAIN) as book:
            sheet = book.add_worksheet("заказы" if language == "ru" else "orders")
            titles = list(COLUMNS.values() if language == "ru" else COLUMNS)
            sheet.set_column(0, len(titles) - 1, 16, book.add_format({"num_format": "@"}))
            sheet.write_row(0, 0, titles, book.add_format({"bold": True}))
            sheet.freeze_panes(1, 0)
            figures = book.add_format({"num_format": "General"})
            for count, row in enumerate(order_rows(orders), start=1):
                for column, name in enumerate(COLUMNS):
                    _write(sheet, count, column, row.get(name), figures if name in NUMBERS else None)
    except OSError as error:
        raise Misuse(f"{path} can't be written: {error.strerror}") from error
    return count


def _write(sheet: Any, row: int, column: int, value: str | None, figures: Any) -> None:
    if value is None:
        return
    if figures is None or len(value.replace(".", "")) > EXACT_DIGITS:
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, float(value), figures)
