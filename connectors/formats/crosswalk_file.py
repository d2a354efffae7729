"""The crosswalk as an Excel workbook: a sheet of mappings and one of units, written for people and read back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import python_calamine

from gateway.domain.crosswalk import BEGIN, END, NOTHING, Source, UnitWish, Wish
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.domain.packet import normal_code

SHOWN = 10
"""How many errors a person is told of at once."""
MAPPINGS = {
    "party": "дистрибьютор",
    "register": "вид",
    "code": "код дистрибьютора",
    "our_code": "наш код",
    "our_name": "наше наименование",
    "valid_from": "действует с",
    "valid_to": "действует по",
    "source": "источник",
    "score": "сходство",
    "made_by": "кто",
    "made_at": "когда",
}
UNITS = {
    "party": "дистрибьютор",
    "code": "код дистрибьютора",
    "our_code": "наш код",
    "unit": "единица",
    "numerator": "числитель",
    "denominator": "знаменатель",
    "valid_from": "действует с",
    "valid_to": "действует по",
}
SHEETS = {"mappings": ("сопоставления", MAPPINGS), "units": ("единицы", UNITS)}
_NEEDED = {"mappings": ("party", "register", "code", "our_code"), "units": ("our_code", "unit", "numerator")}
_PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
"""What a distributor calls its goods must not become a formula in our workbook."""
SHEET_ROWS = 1_048_575
Read = TypeVar("Read")
Record = dict[str, Any]


class _Wrong(Exception):
    """A cell that can't be used: its column, and why."""


def write_crosswalk(path: Path, mappings: Iterable[Record], units: Iterable[Record], language: str) -> int:
    """Flat records, their parties by code; how many mappings there were. Raises Misuse where the file can't be made."""
    import xlsxwriter

    count = 0
    try:
        with path.open("wb") as file, xlsxwriter.Workbook(file, _PLAIN) as book:
            for name, records in (("mappings", mappings), ("units", units)):
                russian, columns = SHEETS[name]
                sheet = book.add_worksheet(russian if language == "ru" else name)
                titles = [title if language == "ru" else column for column, title in columns.items()]
                sheet.set_column(0, len(titles) - 1, 18, book.add_format({"num_format": "@"}))
                sheet.write_row(0, 0, titles, book.add_format({"bold": True}))
                sheet.freeze_panes(1, 0)
                for row, record in enumerate(records, start=1):
                    if row > SHEET_ROWS:
                        raise Misuse(f"{path}: more than a sheet holds; export one party at a time")
                    sheet.write_row(row, 0, [_cell(record.get(column)) for column in columns])
                    count += name == "mappings"
    except OSError as error:
        raise Misuse(f"{path} can't be written: {error.strerror}") from error
    return count


def read_crosswalk(path: Path, parties: Mapping[str, int]) -> tuple[list[Wish], list[UnitWish]]:
    """What a workbook wishes; `parties` by code. Raises Misuse that names sheet, row and column of what is wrong."""
    errors: list[str] = []
    wishes = list(_rows(path, "mappings", lambda record, place: _wish(record, place, parties), errors))
    units = list(_rows(path, "units", lambda record, place: _unit(record, place, parties), errors))
    errors += _overlaps(wishes)
    if errors:
        more = f"; and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
        raise Misuse(f"{path}: " + "; ".join(errors[:SHOWN]) + more)
    return wishes, units


def _rows(path: Path, name: str, read: Callable[[Record, str], Read | None], errors: list[str]) -> Iterator[Read]:
    """Records of a sheet as `read` makes them; a sheet that isn't there has none."""
    sheet, rows = _sheet(path, name)
    if not rows:
        return
    titles = {title: column for column, title in SHEETS[name][1].items()}
    known = [str(title).strip().casefold() for title in rows[0]]
    columns = [titles.get(title, title) for title in known]
    if missing := [column for column in _NEEDED[name] if column not in columns]:
        errors.append(f"sheet {sheet}, row 1: there is no column {', '.join(missing)}")
        return
    for number, row in enumerate(rows[1:], start=2):
        record = {column: _plain(value) for column, value in zip(columns, row, strict=False)}
        place = f"sheet {sheet}, row {number}"
        try:
            if any(record.values()) and (found := read(record, place)):
                yield found
        except _Wrong as error:
            column, reason = error.args
            title = rows[0][columns.index(column)] if column in columns else column
            errors.append(f"{place}, column {title}: {reason}")


def _sheet(path: Path, name: str) -> tuple[str, list[list[Any]]]:
    try:
        book = python_calamine.load_workbook(str(path))
        found = next((each for each in book.sheet_names if each.casefold() in (name, SHEETS[name][0])), None)
        if found is None and name == "mappings":
            raise Misuse(f"{path}: there is no sheet {name} or {SHEETS[name][0]}")
        return (found, book.get_sheet_by_name(found).to_python(skip_empty_area=False)) if found else ("", [])
    except (OSError, python_calamine.CalamineError) as error:
        raise Misuse(f"{path} can't be read as a workbook: {error}") from error


def _wish(record: Record, place: str, parties: Mapping[str, int]) -> Wish | None:
    if not record.get("our_code"):  # a code that is still to be mapped
        return None
    party, code = _party(record, parties), _needed(record, "code")
    if (register := _needed(record, "register")) not in list(Register):
        raise _Wrong("register", f"{register} is not one of {', '.join(Register)}")
    ours = None if record["our_code"] == NOTHING else normal_code(record["our_code"])
    first, last = _period(record)
    return Wish(party, Register(register), code, ours, first, last, Source.IMPORT, place=f"{place}, column our_code")


def _unit(record: Record, place: str, parties: Mapping[str, int]) -> UnitWish:
    factor = None
    if record["numerator"] != NOTHING:
        factor = _number(record, "numerator") / _number(record, "denominator")
    name, (first, last) = _needed(record, "unit"), _period(record)
    if record.get("party") or record.get("code"):
        return UnitWish(name, factor, _party(record, parties), _needed(record, "code"), None, place, first, last)
    ours = normal_code(_needed(record, "our_code"))
    return UnitWish(name, factor, None, None, ours, f"{place}, column our_code", first, last)


def _period(record: Record) -> tuple[date, date]:
    first, last = _date(record, "valid_from", BEGIN), _date(record, "valid_to", END)
    if first > last:
        raise _Wrong("valid_to", f"{last} is before {first}")
    return first, last


def _overlaps(wishes: list[Wish]) -> Iterator[str]:
    """A code that would stand for two records on one day."""
    ordered = sorted(wishes, key=lambda each: (each.party, each.register, each.code, each.first))
    for one, other in pairwise(ordered):
        same = (one.party, one.register, one.code) == (other.party, other.register, other.code)
        if same and other.first <= one.last and one.ours != other.ours:
            yield f"{other.place}: {one.code} stands for {one.ours or NOTHING} on these days already"


def _party(record: Record, parties: Mapping[str, int]) -> int:
    code = _needed(record, "party")
    if code not in parties:
        raise _Wrong("party", f"there is no party {code}")
    return parties[code]


def _needed(record: Record, column: str) -> str:
    if not (text := record.get(column)):
        raise _Wrong(column, "is empty")
    return normal_code(str(text))


def _number(record: Record, column: str) -> Fraction:
    text = record.get(column) or ("1" if column == "denominator" else "")
    with suppress(ValueError):
        if (number := Fraction(str(text).replace(",", "."))) > 0:
            return number
    raise _Wrong(column, f"{text or 'nothing'} is no number above 0")


def _date(record: Record, column: str, absent: date) -> date:
    if not (text := str(record.get(column) or "")):
        return absent
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007
    raise _Wrong(column, f"{text} is no date like 2026-11-30")


def _plain(value: Any) -> str:
    """A cell as text: Excel makes numbers of codes and instants of dates."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()[:10]
    return str(value).strip()


def _cell(value: Any) -> str:
    if value in (None, BEGIN, END):
        return ""
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else str(value)
