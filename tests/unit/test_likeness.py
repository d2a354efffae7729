"""When names are alike, and which of ours are suggested for a code."""

import pytest

from connectors.matching import suggestions
from gateway.domain.likeness import Likeable, figures, goods, place, plain_code, plain_gtin, words

WATER = [goods(1, "Вода «Ключ» 0,5 л", "04600000000012", "W-05"), goods(2, "Вода «Ключ» 1,5 л", None, "W-15")]
SHOPS = [
    place(1, "Магазин «Ромашка»", "443001, г. Самара, ул. Ленина, д. 5", "6315000001", "631501001", None),
    place(2, "ООО Ромашка", "Самара, Мира 7", "6315000001", "631502001", "030000000001"),
    place(3, "ИП Петров", "Сызрань, Советская 1", "632500000011", None, None),
    place(4, "ИП Петров, ларёк", "Сызрань, Кирова 2", "632500000011", None, None),
]


def found(name: str = "", gtin: str = "", code: str = "") -> list[tuple[int, int, str]]:
    return shown(goods(7, name, gtin, code), WATER)


def shop(name: str, address: str, inn: str = "", kpp: str = "", fsrar: str = "") -> list[tuple[int, int, str]]:
    return shown(place(7, name, address, inn, kpp, fsrar), SHOPS)


def shown(theirs: Likeable, ours: list[Likeable]) -> list[tuple[int, int, str]]:
    return [(each.target, each.score, each.why) for each in suggestions([theirs], ours)]


def test_an_outlet_is_known_by_name_and_address_whatever_else_an_address_says() -> None:
    assert shop("Ромашка", "Россия, Самарская обл., Самара, Ленина 5")[0][::2] == (1, "name")
    assert shop("ромашка", "г.Самара ул.Ленина д.5") == [(1, 100, "name")]
    assert all(score <= 70 for _, score, _ in shop("Ромашка", "Самара, Ленина 15"))


def test_inn_with_kpp_or_the_fsrar_id_are_certain() -> None:
    assert shop("Цветы", "Самара", "6315000001", "631502001")[0] == (2, 100, "inn")
    assert shop("Цветы", "Самара", fsrar="030000000001")[0] == (2, 100, "fsrar")
    assert shop("Цветы", "Москва", "6315000001") == []


def test_where_several_have_one_inn_the_address_tells_which() -> None:
    (first, high, _), (second, low, why) = shop("Петров", "Сызрань Кирова 2", "632500000011")
    assert (first, second, why) == (4, 3, "inn")
    assert 80 <= low < high < 100


def test_words_count_in_any_order_and_spelling() -> None:
    assert words("Тёмное ПИВО, 0.5л (кег)") == words("пиво темное кег Л")


@pytest.mark.parametrize(("one", "other"), [("0,5 л", "0.50л"), ("6х0,5", "0,5 × 6 шт"), ("5%", "5.0 %")])
def test_figures_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert figures(one) == figures(other)


def test_codes_are_compared_without_zeros_marks_and_case() -> None:
    assert (plain_gtin("04600000000012"), plain_code("00a-12")) == (plain_gtin("4600000000012"), plain_code("A12"))


def test_a_name_with_other_figures_is_suggested_only_where_there_is_no_better() -> None:
    assert found(name="ключ вода 1,5 л") == [(2, 100, "name")]
    assert [score for _, score, _ in found(name="ключ вода 2 л")] == [70, 70]


@pytest.mark.parametrize(("theirs", "why"), [({"gtin": "4600000000012"}, "gtin"), ({"code": "w05"}, "maker")])
def test_a_bar_code_or_the_manufacturers_code_is_certain(theirs: dict[str, str], why: str) -> None:
    assert found(name="Совсем другое", **theirs) == [(1, 100, why)]


def test_nothing_alike_suggests_nothing() -> None:
    assert found(name="Сыр") == []
    assert found() == []
    assert list(suggestions([Likeable(7, "Вода")], [])) == []
