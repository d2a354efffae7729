"""Texts of CommerceML as values: whatever the namespace, decimal comma or point, blanks between thousands."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.domain.problem import Problem

if TYPE_CHECKING:
    from lxml.etree import _Element

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?")
_LARGEST = Decimal(10) ** 12
_TRUE = frozenset({"true", "1", "да", "истина"})


class Wrong(Exception):
    """A field that can't be used; carries the problem."""

    def __init__(self, code: str, field: str, value: str | None = None) -> None:
        self.problem = Problem(code, field=field, value=value)
        super().__init__(code)


def text(element: "_Element", *path: str) -> str:
    """Of the first element of the path, trimmed; empty where there is none."""
    found = element.findtext("/".join(f"{{*}}{name}" for name in path))
    return found.strip() if found else ""


def needed(element: "_Element", name: str) -> str:
    if not (found := text(element, name)):
        raise Wrong("FIELD_MISSING", name)
    return found


def every(element: "_Element", *path: str) -> "Iterator[_Element]":
    yield from element.iterfind("/".join(f"{{*}}{name}" for name in path))


def own_text(element: "_Element") -> str:
    return (element.text or "").strip()


def number(field: str, written: str) -> Decimal | None:
    """None where nothing is written. Raises Wrong."""
    plain = "".join(written.split()).replace(",", ".")
    if not plain:
        return None
    if not _NUMBER.fullmatch(plain):
        raise Wrong("COMMERCEML_NUMBER", field, written)
    found = Decimal(plain)
    if abs(found) >= _LARGEST or found != round(found, 6):
        raise Wrong("COMMERCEML_NUMBER", field, written)
    return found


def number_of(element: "_Element", name: str) -> Decimal | None:
    return number(name, text(element, name))


def needed_number(element: "_Element", name: str) -> Decimal:
    if (found := number_of(element, name)) is None:
        raise Wrong("FIELD_MISSING", name)
    return found


def factor_of(element: "_Element") -> Fraction:
    """How many base units; 1 where it isn't said."""
    found = number_of(element, "Коэффициент")
    if found is not None and found <= 0:
        raise Wrong("COMMERCEML_NUMBER", "Коэффициент", str(found))
    return Fraction(1) if found is None else Fraction(found)


def is_true(written: str) -> bool:
    return written.casefold() in _TRUE


def day(field: str, written: str) -> date:
    """A date, with or without a time after it. Raises Wrong."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(re.split("[T ]", written, maxsplit=1)[0], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Wrong("DATE_INVALID", field, written)


def requisites(element: "_Element") -> tuple[tuple[str, str], ...]:
    found = every(element, "ЗначенияРеквизитов", "ЗначениеРеквизита")
    return tuple((text(each, "Наименование"), text(each, "Значение")) for each in found)
