"""The lines of a table file (CSV or Excel's first sheet), and its cells as the packet's attributes are written."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from datetime import time as daytime
from decimal import Decimal
from io import StringIO
from pathlib import Path

from python_calamine import CalamineError, load_workbook

from connectors.formats.csv_file import delimiter_of, text_of_file
from gateway.domain.errors import Misuse
from gateway.domain.feed import Kind

Cell = str | int | float | bool | date | datetime | daytime | timedelta | None
Line = tuple[int, Sequence[Cell]]
"""A line's number in the file, from 1, and its cells."""
TABLES = (".csv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}:\d\d(?::\d\d)?))?")


def rows_of(path: Path) -> Iterator[Line]:
    """Every line that holds anything, the header first. Raises Misuse where the file can't be read."""
    for number, cells in enumerate(_csv(path) if path.suffix.lower() == ".csv" else _sheet(path), start=1):
        if any(cell not in ("", None) for cell in cells):
            yield number, cells


def text_of(cell: Cell, kind: Kind) -> str:
    """As the packet spells it. What is neither a date nor a number is left for intake to name."""
    if isinstance(cell, datetime):
        return cell.isoformat() if kind is Kind.INSTANT else cell.date().isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)).normalize():f}"
    text = "" if cell is None else str(cell).strip()
    if kind is Kind.NUMBER:
        return re.sub(r"[\s\u00a0]", "", text).replace(",", ".")
    if kind in (Kind.DATE, Kind.INSTANT) and (found := _RUSSIAN_DATE.fullmatch(text)):
        day, month, year, at = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}" + (f"T{at:0>5}" if at else "")
    if kind is Kind.INSTANT and len(text) == 10:
        return f"{text}T00:00:00"
    return f"{text}:00" if kind is Kind.INSTANT and len(text) == 16 else text


def _csv(path: Path) -> Iterator[Sequence[Cell]]:
    text = text_of_file(path)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise Misuse(f"{path}, line {reader.line_num + 1}: {error}") from error


def _sheet(path: Path) -> Iterator[Sequence[Cell]]:
    try:
        with load_workbook(path) as book:
            yield from book.get_sheet_by_index(0).iter_rows()
    except (CalamineError, OSError) as error:
        raise Misuse(f"{path}: {error}") from error
