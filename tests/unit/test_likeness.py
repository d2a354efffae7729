"""When names of goods are alike, and which of ours are suggested for a code."""

import pytest

from connectors.matching import suggestions
from gateway.domain.likeness import Likeable, figures, plain_code, plain_gtin, words

WATER = [Likeable(1, "Вода «Ключ» 0,5 л", "04600000000012", "W-05"), Likeable(2, "Вода «Ключ» 1,5 л", "", "W-15")]


def found(**theirs: str) -> list[tuple[int, int, str]]:
    return [(each.target, each.score, each.why) for each in suggestions([Likeable(7, **theirs)], WATER)]


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
