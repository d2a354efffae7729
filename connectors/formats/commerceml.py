"""CommerceML 2 and 3 as 1C configurations write it, read in a stream: catalogue, offers with prices and rests, orders.

Namespaces and the version count for nothing: each element is known by its name, and both dialects are read at once.
A tree is kept of one record at a time.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from connectors.formats.commerceml_files import xml_files
from connectors.formats.commerceml_records import Commerce, Line, Offer, Order, Partner, Price, PriceType, Product, Unit
from connectors.formats.commerceml_units import Known, base_unit, classified, line_unit
from connectors.formats.commerceml_values import (
    Wrong,
    day,
    every,
    factor_of,
    is_true,
    needed,
    needed_number,
    number,
    number_of,
    own_text,
    requisites,
    text,
)
from connectors.formats.reader import ChunkReader
from connectors.xml_parsers import element_iterator, local_name
from gateway.domain.errors import Unreadable
from gateway.domain.problem import Problem

if TYPE_CHECKING:
    from lxml.etree import _Element

ROOT = "КоммерческаяИнформация"
ORDER = "Заказ товара"
_DELETED = "ПометкаУдаления"
_RECORDS = frozenset({"Товар", "Предложение", "Документ", "ЕдиницаИзмерения", "ТипЦены"})


def read_commerceml(path: Path, limit: int) -> Commerce:
    """What a file, or every XML file of a zip, holds; `limit` in bytes of XML, of all files together.

    What can't be used is left out and stands in `wrong`. Raises Misuse where there is no such file.
    """
    commerce, name = Commerce(), path.name
    units: Known = {}
    try:
        for name, chunks in xml_files(path, limit):
            _File(name, commerce, units).read(chunks)
    except Unreadable as error:
        commerce.wrong.append((name, error.problem))
    return commerce


class _File:
    """One file that is being read."""

    def __init__(self, name: str, commerce: Commerce, units: Known) -> None:
        self._name, self._commerce, self._units = name, commerce, units
        self._takes: dict[str, Callable[[Any], None]] = {
            "Товар": lambda element: commerce.products.append(_product(element, units)),
            "Предложение": lambda element: commerce.offers.append(_offer(element)),
            "Документ": self._order,
            "ЕдиницаИзмерения": lambda element: classified(element, units),
            "ТипЦены": self._price_type,
        }

    def read(self, chunks: Iterator[bytes]) -> None:
        try:
            for _, element in element_iterator(ChunkReader(chunks).as_file()):
                if not isinstance(element, tuple):
                    self._ended(element)
        except etree.XMLSyntaxError as error:
            self._wrong(Problem("XML_MALFORMED", params={"reason": error.msg or ""}))

    def _ended(self, element: "_Element") -> None:
        parent = element.getparent()
        if parent is None:
            self._root(element)
            return
        if any(local_name(each) in _RECORDS for each in element.iterancestors()):
            return
        if take := self._takes.get(local_name(element)):
            try:
                take(element)
            except Wrong as error:
                document = text(element, "Номер") or text(element, "Ид") or text(element, "Наименование")
                wrong = error.problem
                self._wrong(Problem(wrong.code, document, field=wrong.field, value=wrong.value))
        element.clear(keep_tail=False)
        while element.getprevious() is not None:
            del parent[0]

    def _root(self, element: "_Element") -> None:
        if local_name(element) != ROOT:
            self._wrong(Problem("COMMERCEML_ROOT", value=local_name(element)))
            return
        try:
            made = day("ДатаФормирования", element.get("ДатаФормирования") or "0001-01-01")
        except Wrong as error:
            self._wrong(error.problem)
            return
        self._commerce.made = max(made, self._commerce.made or made)

    def _order(self, element: "_Element") -> None:
        if text(element, "ХозОперация") in ("", ORDER):
            self._commerce.orders.append(_order(element, self._units))

    def _price_type(self, element: "_Element") -> None:
        key = needed(element, "Ид")
        currency = text(element, "Валюта")
        self._commerce.price_types[key] = PriceType(
            key, text(element, "Наименование"), currency, _with_vat(element) is not False
        )

    def _wrong(self, problem: Problem) -> None:
        self._commerce.wrong.append((self._name, problem))


def _product(element: "_Element", known: Known) -> Product:
    base = element.find("{*}БазоваяЕдиница")
    unit = None if base is None else base_unit(base, known)
    packs = [] if base is None else [line_unit(each, known) for each in every(base, "Пересчет")]
    units = tuple(each for each in packs if each and not (unit and _is_same(unit, each)))
    if unit and (odd := [each for each in units if each.name == unit.name]):
        raise Wrong("COMMERCEML_NUMBER", "Коэффициент", str(odd[0].factor))
    barcodes = [own_text(each) for each in every(element, "Штрихкод")]
    deleted = is_true(text(element, _DELETED)) or (element.get("Статус") or "").strip().casefold() in (
        "удален",
        "удалён",
    )
    return Product(
        needed(element, "Ид"),
        text(element, "Наименование") if deleted else needed(element, "Наименование"),
        text(element, "Артикул"),
        tuple(dict.fromkeys(each for each in barcodes if each)),
        unit,
        units,
        tuple(own_text(each) for each in every(element, "Группы", "Ид")),
        requisites(element),
        deleted,
    )


def _is_same(unit: Unit, pack: Unit) -> bool:
    """Some configurations count the base unit by itself, by its name or by a code that nobody else knows."""
    return pack.factor == 1 and (pack.name == unit.name or pack.name.isdecimal())


def _offer(element: "_Element") -> Offer:
    prices = tuple(_price(each) for each in every(element, "Цены", "Цена"))
    return Offer(
        needed(element, "Ид"), text(element, "Артикул"), text(element, "Наименование"), prices, tuple(_rests(element))
    )


def _price(element: "_Element") -> Price:
    written = "ЦенаЗаЕдиницу"
    price = needed_number(element, written)
    if price < 0:
        raise Wrong("COMMERCEML_NUMBER", written, text(element, written))
    words = (text(element, "Валюта"), text(element, "Единица"))
    return Price(text(element, "ИдТипаЦены"), price, *words, factor_of(element), _with_vat(element))


def _with_vat(element: "_Element") -> bool | None:
    said = text(element, "Налог", "УчтеноВСумме")
    return is_true(said) if said else None


def _rests(element: "_Element") -> Iterator[tuple[str, Any]]:
    """3.x: `Остатки`; 2.x: `Склад` with attributes, or elements, or just `Количество`."""
    whole = number_of(element, "Количество")
    places = [*every(element, "Склад"), *every(element, "Склады", "Склад"), *every(element, "Остатки", "Остаток")]
    for each in places:
        place = each.find("{*}Склад") if local_name(each) == "Остаток" else each
        if place is None:
            if (whole := number_of(each, "Количество")) is not None:
                yield "", whole
            continue
        key = (place.get("ИдСклада") or "").strip() or text(place, "ИдСклада") or text(place, "Ид")
        written = place.get("КоличествоНаСкладе") or text(place, "КоличествоНаСкладе") or text(place, "Количество")
        if (quantity := number("Количество", written)) is not None:
            yield key, quantity
    if not places and whole is not None:
        yield "", whole


def _order(element: "_Element", known: Known) -> Order:
    said = requisites(element)
    flags = {name.casefold() for name, value in said if is_true(value)}
    cancelled = bool(flags & {"отменен", "отменён", _DELETED.casefold()}) or is_true(text(element, _DELETED))
    return Order(
        needed(element, "Ид"),
        text(element, "Номер") or needed(element, "Ид"),
        day("Дата", needed(element, "Дата")),
        text(element, "Роль"),
        text(element, "Валюта"),
        number_of(element, "Сумма"),
        text(element, "Комментарий"),
        cancelled,
        tuple(_partner(each) for each in every(element, "Контрагенты", "Контрагент")),
        tuple(_line(each, known) for each in every(element, "Товары", "Товар")),
        said,
    )


def _partner(element: "_Element") -> Partner:
    return Partner(text(element, "Ид"), text(element, "Наименование"), text(element, "Роль"), text(element, "ИНН"))


def _line(element: "_Element", known: Known) -> Line:
    base = element.find("{*}БазоваяЕдиница")
    unit = line_unit(element, known) or (None if base is None else base_unit(base, known))
    price = number_of(element, "ЦенаЗаЕдиницу")
    return Line(
        needed(element, "Ид"),
        needed_number(element, "Количество"),
        text(element, "Наименование"),
        unit,
        number_of(element, "Цена") if price is None else price,
        number_of(element, "Сумма"),
        text(element, "Артикул"),
    )
