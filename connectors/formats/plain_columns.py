"""Columns of plain Python: what a few equal elements have for attributes, where it is spelt in the ordinary way."""

import re
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from gateway.domain.feed import Field, Kind
from gateway.domain.packet import ABSENT_DATE, in_utc, normal_code

_NUMBERS = re.compile(r"(?:-?[0-9]{1,9}(?:\.[0-9]{1,6})?\n)*")
"""So small that a float tells them all apart, and that what is computed of them is what columns compute."""
MILLION = 1_000_000
_INTEGERS = re.compile(r"(?:[0-9]{1,9}\n)*")
NAMESPACE = "urn:obmen:packet:v1"
_PACKET, _CONTROL = (f"{{{NAMESPACE}}}{name}" for name in ("packet", "control"))
Attributes = dict[str, str]


class Doubtful(ValueError):
    """What can't be told in a few words of Python."""


class Elements:
    """The attributes of a packet's elements; `places` has each row's document."""

    def __init__(self, packet: "etree._Element", document: str, row: str | None) -> None:
        self.packet: Attributes = {}
        self.control: Attributes = {}
        self.documents: list[Attributes] = []
        self.rows: list[Attributes] = []
        self.places: list[int] = []
        document, row = f"{{{NAMESPACE}}}{document}", f"{{{NAMESPACE}}}{row}"
        for element in packet.iter(_PACKET, _CONTROL, document, row):
            tag, attributes = element.tag, dict(element.items())
            if tag == row:
                self.rows.append(attributes)
                self.places.append(len(self.documents) - 1)
            elif tag == document:
                self.documents.append(attributes)
            elif tag == _PACKET:
                self.packet = attributes
            else:
                self.control = attributes


class Columns:
    """Typed as `typed` has them: empty text and 0001-01-01 become None. Raises ValueError for what is unusual."""

    def __init__(self, fields: tuple[Field, ...], elements: list[Attributes], zone: ZoneInfo) -> None:
        self._fields = {field.name: field for field in fields}
        self._elements, self._zone = elements, zone
        self._read: dict[str, list[Any]] = {}
        for name in self.given:
            if name not in self._fields or self._fields[name].kind in (Kind.DATE, Kind.INSTANT):
                self[name]  # a date that no calendar holds is a problem wherever it stands
        for field in fields:
            if field.required and field.kind is not Kind.INTEGER and None in self[field.name]:
                raise Doubtful(field.name)

    def __len__(self) -> int:
        return len(self._elements)

    @cached_property
    def given(self) -> frozenset[str]:
        """The attributes that any element has."""
        return frozenset().union(*self._elements)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __getitem__(self, name: str) -> list[Any]:
        """A field's values: text, float, int, bool, date or aware UTC instant."""
        if name not in self._read:
            self._read[name] = self._column(name) if name in self.given else [None] * len(self)
        return self._read[name]

    def has(self, *names: str) -> bool:
        """Whether each of these fields is given in any element."""
        return self.given.issuperset(names)

    def millionths(self, name: str) -> list[int]:
        """A number's exact value, 0 where absent."""
        return [round(value * MILLION) if value else 0 for value in self[name]]

    def _column(self, name: str) -> list[Any]:
        if name not in self._fields:
            raise Doubtful(name)
        return self._typed([each.get(name) for each in self._elements], self._fields[name].kind)

    def _typed(self, texts: list[str | None], kind: Kind) -> list[Any]:
        match kind:
            case Kind.NUMBER:
                return [text and float(text) for text in _all(texts, _NUMBERS)]
            case Kind.INTEGER:
                return [text and int(text) for text in _all(texts, _INTEGERS)]
            case Kind.TEXT | Kind.CODE:
                return _plain(texts)
        read = {text: self._value(text, kind) for text in set(texts) if text}
        return [read[text] if text else None for text in texts]

    def _value(self, text: str, kind: Kind) -> bool | date | datetime | None:
        match kind:
            case Kind.DATE:
                found = date.fromisoformat(text)
                return None if found == ABSENT_DATE else found
            case Kind.INSTANT:
                return in_utc(text, self._zone)
        return text.strip() in ("true", "1")


def _plain(texts: list[str | None]) -> list[str | None]:
    """Texts that are in their one spelling already."""
    distinct = [text for text in set(texts) if text]
    every = "\n".join(distinct)
    if every != normal_code(every) or any(text != text.strip() for text in distinct):
        raise Doubtful("white space, or letters in two pieces")
    return [text or None for text in texts]


def _all(texts: list[str | None], spelling: re.Pattern[str]) -> list[str | None]:
    if not spelling.fullmatch("".join(f"{text}\n" for text in texts if text is not None)):
        raise Doubtful("a number in another spelling")
    return texts
