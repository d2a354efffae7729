"""CommerceML files are read as 1C configurations of both dialects write them, and what we write reads as the same."""

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.commerceml import read_commerceml
from connectors.formats.commerceml_records import (
    Commerce,
    Line,
    Offer,
    Order,
    Partner,
    Price,
    PriceType,
    Product,
    Unit,
)
from connectors.formats.commerceml_writing import written_catalogue, written_offers, written_orders
from tests.unit.reading import property_of

MADE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LIMIT = 1 << 20
CATALOGUE_2 = """
<Каталог СодержитТолькоИзменения="false"><Ид>k</Ид><Товары>
 <Товар><Ид>g-1</Ид><Артикул>TEA</Артикул><Штрихкод>4600000000101</Штрихкод><Наименование>Чай</Наименование>
  <БазоваяЕдиница Код="796 " НаименованиеПолное="Штука" МеждународноеСокращение="PCE">шт
   <Пересчет><Единица>778</Единица><Коэффициент>12</Коэффициент></Пересчет>
   <Пересчет><Единица>200</Единица><Коэффициент>1</Коэффициент></Пересчет>
  </БазоваяЕдиница><Группы><Ид>drinks</Ид></Группы>
  <ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Код</Наименование><Значение>00-7</Значение></ЗначениеРеквизита>
  </ЗначенияРеквизитов></Товар>
 <Товар Статус="Удален"><Ид>g-2</Ид></Товар>
</Товары></Каталог>"""
CATALOGUE_3 = """
<Классификатор><Ид>k</Ид><ЕдиницыИзмерения>
  <ЕдиницаИзмерения><Ид>u-1</Ид><Код>796 </Код><НаименованиеКраткое>шт</НаименованиеКраткое></ЕдиницаИзмерения>
 </ЕдиницыИзмерения></Классификатор>
<Каталог СодержитТолькоИзменения="true"><Товары>
 <Товар><Ид>g-1</Ид><ПометкаУдаления>false</ПометкаУдаления><Артикул>TEA</Артикул><Наименование>Чай</Наименование>
  <БазоваяЕдиница>u-1</БазоваяЕдиница></Товар></Товары></Каталог>"""
OFFERS_2 = """
<ПакетПредложений><ТипыЦен><ТипЦены><Ид>t</Ид><Наименование>Оптовая</Наименование><Валюта>руб</Валюта>
 <Налог><Наименование>НДС</Наименование><УчтеноВСумме>false</УчтеноВСумме></Налог></ТипЦены></ТипыЦен><Предложения>
 <Предложение><Ид>g-1#c-1</Ид><Артикул>TEA</Артикул><Цены><Цена><Представление>1 200,50 руб</Представление>
  <ИдТипаЦены>t</ИдТипаЦены><ЦенаЗаЕдиницу>1\u2009200,50</ЦенаЗаЕдиницу><Валюта>руб</Валюта><Единица>упак</Единица>
  <Коэффициент>12</Коэффициент></Цена></Цены><Количество>1\u00a0003</Количество>
  <Склад ИдСклада="w-1" КоличествоНаСкладе="1000"/><Склад ИдСклада="w-2" КоличествоНаСкладе="3"/></Предложение>
</Предложения></ПакетПредложений>"""
RESTS_3 = """
<ПакетПредложений><Предложения><Предложение><Ид>g-1</Ид><Остатки>
 <Остаток><Склад><Ид>w-1</Ид><Количество>5</Количество></Склад></Остаток></Остатки></Предложение>
</Предложения></ПакетПредложений>"""
ORDER_2 = """
<Документ><Ид>36</Ид><Номер>36</Номер><Дата>09.04.2026 0:46:38</Дата><ХозОперация>Заказ товара</ХозОперация>
 <Роль>Продавец</Роль><Валюта>руб</Валюта><Сумма>24,00</Сумма>
 <Контрагенты><Контрагент><Ид>OUT-1</Ид><Наименование>Лавка</Наименование><Роль>Покупатель</Роль></Контрагент></Контрагенты>
 <Товары><Товар><Ид>g-1</Ид><Наименование>Чай</Наименование><БазоваяЕдиница Код="796">шт</БазоваяЕдиница>
  <ЦенаЗаЕдиницу>12.00</ЦенаЗаЕдиницу><Количество>2.00</Количество><Сумма>24.00</Сумма></Товар></Товары></Документ>
<Документ><Ид>37</Ид><Дата>2026-04-09</Дата><ХозОперация>Выплата безналичных денег</ХозОперация></Документ>"""
ORDER_3 = """
<Контейнер><Документ><Ид>320</Ид><ПометкаУдаления>true</ПометкаУдаления><Номер>L320  </Номер><Дата>2026-08-03</Дата>
 <ХозОперация>Заказ товара</ХозОперация><Товары><Товар><Ид>g-1</Ид><Единица><Ид>778 </Ид>
  <НаименованиеКраткое>упак</НаименованиеКраткое><Код>778</Код></Единица><Коэффициент>12</Коэффициент>
  <Количество>1</Количество><Цена>144</Цена></Товар></Товары></Документ></Контейнер>"""


def document(body: str, namespace: str = ' xmlns="urn:1C.ru:commerceml_2"', encoding: str = "UTF-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n<КоммерческаяИнформация{namespace} ВерсияСхемы="2.08" '
    text = f'{head}ДатаФормирования="2026-11-20T18:13:34">{body}</КоммерческаяИнформация>'
    return text.encode("utf-8-sig" if encoding == "UTF-8" else "cp1251", errors="xmlcharrefreplace")


def read(folder: Path, content: bytes, limit: int = LIMIT) -> Commerce:
    path = folder / "import.xml"
    path.write_bytes(content)
    return read_commerceml(path, limit)


def zipped(folder: Path, **files: bytes) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ("" if "." in name else ".xml"), content)
    return path


def codes(found: Commerce) -> list[tuple[str, str, str | None, str | None]]:
    return [(file, each.code, each.document, each.field) for file, each in found.wrong]


@pytest.mark.parametrize(
    "namespace", ["", *(f' xmlns="urn:1C.ru:commerceml_{version}"' for version in ("2", "210", "3"))]
)
@pytest.mark.parametrize("encoding", ["UTF-8", "windows-1251"])
def test_a_catalogue_is_read_whatever_its_namespace_and_encoding(tmp_path: Path, namespace: str, encoding: str) -> None:
    found = read(tmp_path, document(CATALOGUE_2, namespace, encoding))
    assert found.wrong == []
    assert found.made == date(2026, 11, 20)
    pack = Unit("упак", "778", Fraction(12))
    barcodes, said = ("4600000000101",), (("Код", "00-7"),)
    assert found.products == [
        Product("g-1", "Чай", "TEA", barcodes, Unit("шт", "796"), (pack,), ("drinks",), said),
        Product("g-2", "", deleted=True),
    ]


def test_a_zip_of_segments_prices_and_rests_is_one_export(tmp_path: Path) -> None:
    other = document(CATALOGUE_2.replace("g-1", "g-9"))
    path = zipped(
        tmp_path,
        rests___1=document(RESTS_3, ' xmlns="urn:1C.ru:commerceml_3"'),
        offers=document(OFFERS_2),
        webdata__import0_2=other,
        webdata__import0_1=document(CATALOGUE_3, ' xmlns="urn:1C.ru:commerceml_3"'),
        **{"import_files__pic.jpg": b"\xff\xd8"},
    )
    found = read_commerceml(path, LIMIT)
    assert found.wrong == []
    assert [each.id for each in found.products] == ["g-1", "g-9", "g-2"]
    assert found.products[0].unit == Unit("шт", "796")
    assert found.price_types == {"t": PriceType("t", "Оптовая", "руб", with_vat=False)}
    price = Price("t", Decimal("1200.50"), "руб", "упак", Fraction(12))
    rests = (("w-1", Decimal(1000)), ("w-2", Decimal(3)))
    assert found.offers == [
        Offer("g-1#c-1", "TEA", prices=(price,), rests=rests),
        Offer("g-1", rests=(("w-1", Decimal(5)),)),
    ]
    assert found.offers[0].product == "g-1"


def test_orders_are_read_alone_and_in_containers_and_other_documents_are_left(tmp_path: Path) -> None:
    found = read(tmp_path, document(ORDER_2 + ORDER_3))
    assert found.wrong == []
    second, third = found.orders
    line = Line("g-1", Decimal(2), "Чай", Unit("шт", "796"), Decimal(12), Decimal(24))
    partner = Partner("OUT-1", "Лавка", "Покупатель")
    assert second == Order(
        "36", "36", date(2026, 4, 9), "Продавец", "руб", Decimal(24), partners=(partner,), lines=(line,)
    )
    assert (third.number, third.cancelled) == ("L320", True)
    assert third.lines == (Line("g-1", Decimal(1), "", Unit("упак", "778", Fraction(12)), Decimal(144)),)


def test_what_is_wrong_is_told_by_file_document_and_field_and_the_rest_is_read(tmp_path: Path) -> None:
    body = (
        CATALOGUE_3.replace("Чай", " ")
        + ORDER_2.replace("2.00", "две")
        + ORDER_3.replace("2026-08-03", "вчера")
        + OFFERS_2.replace("200,50", "200,50-")
        + RESTS_3
    )
    found = read(tmp_path, document(body))
    assert codes(found) == [
        ("import.xml", "FIELD_MISSING", "g-1", "Наименование"),
        ("import.xml", "COMMERCEML_NUMBER", "36", "ЦенаЗаЕдиницу"),
        ("import.xml", "DATE_INVALID", "L320", "Дата"),
        ("import.xml", "COMMERCEML_NUMBER", "g-1#c-1", "ЦенаЗаЕдиницу"),
    ]
    assert [each.id for each in found.offers] == ["g-1"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            document("").replace(b"?>\n", b"?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>\n"),
            "DOCTYPE_FORBIDDEN",
        ),
        (b"<a/>", "COMMERCEML_ROOT"),
        (document(CATALOGUE_2)[:-10], "XML_MALFORMED"),
        (document(" " * LIMIT), "CONTENT_TOO_LARGE"),
        (b"", "CONTENT_EMPTY"),
    ],
)
def test_what_is_no_commerceml_is_refused_alone_and_in_a_zip(tmp_path: Path, content: bytes, code: str) -> None:
    assert [each.code for _, each in read(tmp_path, content).wrong] == [code]
    inside = [each.code for _, each in read_commerceml(zipped(tmp_path, offers=content), LIMIT).wrong]
    assert inside == ["XML_MALFORMED" if code == "CONTENT_EMPTY" else code]


def test_a_zip_without_xml_and_a_bomb_of_many_files_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, **{"pic.jpg": b"1"})
    assert codes(read_commerceml(path, LIMIT)) == [("export.zip", "COMMERCEML_FILES", None, None)]
    half = document(" " * (LIMIT // 2))
    found = read_commerceml(zipped(tmp_path, import1=half, import2=half), LIMIT)
    assert [(file, each.code) for file, each in found.wrong] == [("import2.xml", "CONTENT_TOO_LARGE")]


words = st.text(st.sampled_from("абв ТЧ&<>\"'#-01"), min_size=1, max_size=8).map(str.strip).filter(bool)
maybe = st.one_of(st.just(""), words)
figures = st.decimals(0, 10**9, places=6, allow_nan=False)
factors = st.integers(1, 10**7).map(lambda count: Fraction(count, 1000))
names = st.sampled_from(["шт", "кор", "упак", "бут."])
CODES = {"шт": "796", "упак": "778"}


def units(factor: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Unit]:
    return st.builds(lambda name, times: Unit(name, CODES.get(name, ""), times), names, factor)


bases = units(st.just(Fraction(1)))
lines = st.builds(Line, words, figures, maybe, st.none() | units(factors), st.none() | figures, st.none() | figures)
partners = st.builds(Partner, words, words, maybe, st.sampled_from(["", "7700000001"]))
orders = st.builds(
    Order,
    words,
    words,
    st.dates(date(2000, 1, 1)),
    maybe,
    st.sampled_from(["", "RUB"]),
    st.none() | figures,
    maybe,
    st.booleans(),
    st.lists(partners, max_size=2).map(tuple),
    st.lists(lines, max_size=3).map(tuple),
    st.lists(st.tuples(st.just("Договор"), words), max_size=1).map(tuple),
)


def no_unit_twice(product: Product) -> bool:
    return all(product.unit is None or unit.name != product.unit.name for unit in product.units)


products: st.SearchStrategy[Product] = st.builds(
    Product,
    words,
    words,
    maybe,
    st.lists(words, unique=True, max_size=2).map(tuple),
    bases,
    st.lists(units(factors.filter(lambda factor: factor != 1)), max_size=2).map(tuple),
    st.lists(words, max_size=2).map(tuple),
    st.lists(st.tuples(words, words), max_size=2).map(tuple),
    st.booleans(),
).filter(no_unit_twice)
prices = st.builds(Price, words, figures, st.just("RUB"), names, factors, st.none() | st.booleans())
offers = st.builds(
    Offer,
    words,
    maybe,
    maybe,
    st.lists(prices, max_size=2).map(tuple),
    st.lists(st.tuples(words, figures), max_size=2).map(tuple),
)


@property_of(40)
@given(
    st.sampled_from([2, 3]), st.lists(orders, max_size=3), st.lists(products, max_size=3), st.lists(offers, max_size=3)
)
def test_what_we_write_reads_as_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    dialect: int,
    some_orders: list[Order],
    some_products: list[Product],
    some_offers: list[Offer],
) -> None:
    folder = tmp_path_factory.mktemp("cml")
    types = [PriceType("t", "Оптовая", "RUB")]
    again = read(folder, written_orders(some_orders, MADE, dialect))
    assert again.wrong == []
    flagged = [each for order in again.orders for each in order.requisites if each[0] == "Отменен"]
    assert [value == "true" for _, value in flagged] == [each.cancelled for each in some_orders]
    assert [_unflagged(each) for each in again.orders] == some_orders
    again = read(folder, written_catalogue(some_products, "k", "Каталог", MADE, dialect))
    assert (again.wrong, again.products) == ([], some_products)
    again = read(folder, written_offers(some_offers, types, "k", "Предложения", MADE, dialect))
    assert (again.wrong, again.offers, list(again.price_types.values())) == ([], some_offers, types)


def _unflagged(order: Order) -> Order:
    return Order(**{**vars(order), "requisites": tuple(each for each in order.requisites if each[0] != "Отменен")})
