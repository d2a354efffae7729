"""CommerceML as 1C reads it, in both dialects: orders, a catalogue with units and barcodes, offers with prices.

Elements stand in the order of the published schema (2.10), which is a sequence; 3.1 wraps documents in containers and
writes units as records.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from lxml import etree

from connectors.formats.commerceml import ORDER, ROOT
from connectors.formats.commerceml_records import Line, Offer, Order, Partner, Price, PriceType, Product, Unit
from gateway.domain.credit import plain

DIALECTS = {2: ("urn:1C.ru:commerceml_2", "2.10"), 3: ("urn:1C.ru:commerceml_3", "3.1")}
Requisites = Iterable[tuple[str, str]]


def written_orders(orders: Sequence[Order], made: datetime, dialect: int) -> bytes:
    """A file of documents «Заказ товара»."""
    writer = _Writer(made, dialect)
    for order in orders:
        writer.order(order)
    return writer.finished()


def written_catalogue(products: Sequence[Product], key: str, name: str, made: datetime, dialect: int) -> bytes:
    """A file with the whole catalogue; `key` is its id, and that of its classifier."""
    writer = _Writer(made, dialect)
    writer.classifier(products, key, name)
    catalogue = writer.add(writer.root, "Каталог", СодержитТолькоИзменения="false")
    writer.words(catalogue, Ид=key, ИдКлассификатора=key, Наименование=name)
    listed = writer.add(catalogue, "Товары")
    for product in products:
        writer.product(listed, product)
    return writer.finished()


def written_offers(
    offers: Sequence[Offer], types: Sequence[PriceType], key: str, name: str, made: datetime, dialect: int
) -> bytes:
    """A file with all offers of the catalogue `key`."""
    writer = _Writer(made, dialect)
    parcel = writer.add(writer.root, "ПакетПредложений", СодержитТолькоИзменения="false")
    writer.words(parcel, Ид=f"{key}#", Наименование=name, ИдКаталога=key, ИдКлассификатора=key)
    if types:
        listed = writer.add(parcel, "ТипыЦен")
        for each in types:
            its = writer.add(listed, "ТипЦены")
            writer.words(its, Ид=each.id, Наименование=each.name, Валюта=each.currency)
            writer.tax(its, each.with_vat)
    if places := sorted({place for offer in offers for place, _ in offer.rests if place}):
        listed = writer.add(parcel, "Склады")
        for place in places:
            writer.words(writer.add(listed, "Склад"), Ид=place, Наименование=place)
    listed = writer.add(parcel, "Предложения")
    for offer in offers:
        writer.offer(listed, offer)
    return writer.finished()


class _Writer:
    """One file."""

    def __init__(self, made: datetime, dialect: int) -> None:
        self._namespace, version = DIALECTS[dialect]
        self._third = dialect == 3
        self.root = etree.Element(f"{{{self._namespace}}}{ROOT}", nsmap={None: self._namespace})
        self.root.set("ВерсияСхемы", version)
        self.root.set("ДатаФормирования", f"{made:%Y-%m-%dT%H:%M:%S}")

    def finished(self) -> bytes:
        return bytes(etree.tostring(self.root, encoding="UTF-8", xml_declaration=True, pretty_print=True))

    def add(self, parent: "etree._Element", name: str, said: str | None = None, **attributes: str) -> "etree._Element":
        found = etree.SubElement(parent, f"{{{self._namespace}}}{name}", attributes)
        found.text = said
        return found

    def words(self, parent: "etree._Element", **said: str) -> None:
        """What is empty is left out."""
        for name, word in said.items():
            if word:
                self.add(parent, name, word)

    def order(self, order: Order) -> None:
        parent = self.add(self.root, "Контейнер") if self._third else self.root
        document = self.add(parent, "Документ")
        self.words(document, Ид=order.id)
        if self._third:
            self.words(document, ПометкаУдаления=_truth(order.cancelled))
        self.words(document, Номер=order.number, Дата=order.date.isoformat(), ХозОперация=ORDER, Роль=order.role)
        self.words(document, Валюта=order.currency, Курс="1", Сумма=_figure(order.amount))
        if order.partners:
            listed = self.add(document, "Контрагенты")
            for partner in order.partners:
                self._partner(listed, partner)
        self.words(document, Комментарий=order.comment)
        if order.lines:
            listed = self.add(document, "Товары")
            for line in order.lines:
                self._line(listed, line)
        self._requisites(document, _with_flag(order))

    def classifier(self, products: Sequence[Product], key: str, name: str) -> None:
        """3.1 refers to units by their ids here; both refer to groups."""
        classifier = self.add(self.root, "Классификатор")
        self.words(classifier, Ид=key, Наименование=name)
        if groups := list(dict.fromkeys(each for product in products for each in product.groups)):
            listed = self.add(classifier, "Группы")
            for each in groups:
                self.words(self.add(listed, "Группа"), Ид=each, Наименование=each)
        units = {each.name: each for product in products for each in _units(product)}
        if self._third and units:
            listed = self.add(classifier, "ЕдиницыИзмерения")
            for unit in units.values():
                its = self.add(listed, "ЕдиницаИзмерения")
                self.words(its, Ид=unit.name, НаименованиеКраткое=unit.name, Код=unit.code)

    def product(self, parent: "etree._Element", product: Product) -> None:
        its = self.add(parent, "Товар", **({"Статус": "Удален"} if product.deleted and not self._third else {}))
        self.words(its, Ид=product.id)
        if self._third:
            self.words(its, ПометкаУдаления=_truth(product.deleted))
        for each in product.barcodes:
            self.add(its, "Штрихкод", each)
        self.words(its, Артикул=product.article, Наименование=product.name)
        if product.unit:
            base = self._base(its, product.unit)
            for unit in product.units:
                counted = self.add(base, "Пересчет")
                self._counted(counted, unit)
        if product.groups:
            groups = self.add(its, "Группы")
            for group in product.groups:
                self.add(groups, "Ид", group)
        self._requisites(its, product.requisites)

    def offer(self, parent: "etree._Element", offer: Offer) -> None:
        its = self.add(parent, "Предложение")
        self.words(its, Ид=offer.id, Артикул=offer.article, Наименование=offer.name)
        if offer.prices:
            listed = self.add(its, "Цены")
            for price in offer.prices:
                self._price(listed, price)
        whole = [quantity for place, quantity in offer.rests if not place]
        placed = [(place, quantity) for place, quantity in offer.rests if place]
        if self._third and offer.rests:
            listed = self.add(its, "Остатки")
            for quantity in whole:
                self.words(self.add(listed, "Остаток"), Количество=plain(quantity))
            for place, quantity in placed:
                store = self.add(self.add(listed, "Остаток"), "Склад")
                self.words(store, Ид=place, Количество=plain(quantity))
        elif offer.rests:
            total = sum((quantity for _, quantity in offer.rests), Decimal(0))
            self.words(its, Количество=plain(total))
            for place, quantity in placed:
                self.add(its, "Склад", ИдСклада=place, КоличествоНаСкладе=plain(quantity))

    def tax(self, parent: "etree._Element", with_vat: bool | None) -> None:
        if with_vat is not None:
            self.words(self.add(parent, "Налог"), Наименование="НДС", УчтеноВСумме=_truth(with_vat))

    def _price(self, parent: "etree._Element", price: Price) -> None:
        its = self.add(parent, "Цена")
        self.words(its, ИдТипаЦены=price.type, ЦенаЗаЕдиницу=plain(price.price), Валюта=price.currency)
        if price.unit:
            self.words(its, Единица=price.unit, Коэффициент=_factor(price.factor))
        self.tax(its, price.with_vat)

    def _line(self, parent: "etree._Element", line: Line) -> None:
        its = self.add(parent, "Товар")
        self.words(its, Ид=line.product, Наименование=line.name)
        price, amount = _figure(line.price), _figure(line.amount)
        if self._third:
            if line.unit:
                self._counted(its, line.unit)
            self.words(its, Количество=plain(line.quantity), Цена=price, Сумма=amount)
            return
        if line.unit and line.unit.factor == 1:
            self._base(its, line.unit)
        self.words(its, ЦенаЗаЕдиницу=price, Количество=plain(line.quantity), Сумма=amount)
        if line.unit:
            self._counted(its, line.unit)

    def _base(self, parent: "etree._Element", unit: Unit) -> "etree._Element":
        if self._third:
            return self.add(parent, "БазоваяЕдиница", unit.name)
        code = {"Код": unit.code} if unit.code else {}
        return self.add(parent, "БазоваяЕдиница", unit.name, **code, НаименованиеПолное=unit.name)

    def _counted(self, parent: "etree._Element", unit: Unit) -> None:
        """`Единица` and its `Коэффициент`."""
        if self._third:
            its = self.add(parent, "Единица")
            words = {"Ид": unit.code or unit.name, "НаименованиеКраткое": unit.name, "Код": unit.code}
            self.words(its, **words)
        else:
            self.add(parent, "Единица", unit.name)
        self.add(parent, "Коэффициент", _factor(unit.factor))

    def _partner(self, parent: "etree._Element", partner: Partner) -> None:
        its = self.add(parent, "Контрагент")
        self.words(its, Ид=partner.id, Наименование=partner.name, ПолноеНаименование=partner.name)
        self.words(its, Роль=partner.role, ИНН=partner.inn)

    def _requisites(self, parent: "etree._Element", said: Requisites) -> None:
        if pairs := list(said):
            listed = self.add(parent, "ЗначенияРеквизитов")
            for name, value in pairs:
                its = self.add(listed, "ЗначениеРеквизита")
                self.add(its, "Наименование", name)
                self.add(its, "Значение", value)


def _units(product: Product) -> Iterator[Unit]:
    if product.unit:
        yield product.unit
    yield from product.units


def _with_flag(order: Order) -> list[tuple[str, str]]:
    kept = [each for each in order.requisites if each[0] != "Отменен"]
    return [*kept, ("Отменен", _truth(order.cancelled))]


def _figure(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _factor(value: Fraction) -> str:
    """Its decimals. Raises ValueError where there is no exact number."""
    found = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(found) != value:
        raise ValueError(f"{value} has no exact decimals")
    return plain(found)


def _truth(value: bool) -> str:
    return "true" if value else "false"
