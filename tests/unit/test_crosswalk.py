"""The crosswalk's rules: one record of ours for a code on any day, and quantities that no unit rounds."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.crosswalk import BEGIN, END, Code, Crosswalk, Item, Mapping, factor, laid_over, mapping_on
from tests.unit.reading import property_of

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
DAYS = [BEGIN, *(MAY + timedelta(days=number) for number in range(12)), END]


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    first, last = sorted([draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))])
    return Mapping(draw(st.sampled_from([None, 1, 2])), first, last)


def history(*laid: Mapping) -> list[Mapping]:
    timeline: list[Mapping] = []
    for each in laid:
        timeline = laid_over(timeline, each)
    return timeline


@property_of(100)
@given(st.lists(mappings(), max_size=8))
def test_on_any_day_the_mapping_that_was_laid_last_over_it_holds(laid: list[Mapping]) -> None:
    timeline = history(*laid)
    for day in DAYS:
        last = next((each for each in reversed(laid) if each.holds(day)), None)
        found = [each for each in timeline if each.holds(day)]
        assert [each.target for each in found] == ([last.target] if last else [])


@property_of(100)
@given(st.lists(mappings(), max_size=8), mappings())
def test_laying_the_same_again_changes_nothing(laid: list[Mapping], new: Mapping) -> None:
    once = history(*laid, new)
    assert laid_over(once, new) == once
    assert once == sorted(once, key=lambda each: each.first)


@property_of(100)
@given(st.lists(mappings(), max_size=8))
def test_laying_what_a_timeline_says_changes_nothing(laid: list[Mapping]) -> None:
    """An export that is imported again."""
    once = history(*laid)
    for each in once:
        assert laid_over(once, each) == once


def test_neighbours_that_say_the_same_are_one() -> None:
    assert history(Mapping(1, BEGIN, MAY), Mapping(1, MAY + timedelta(days=1), END)) == [Mapping(1)]


def test_a_mapping_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="can't end before"):
        Mapping(1, JUNE, MAY)


def test_a_code_stands_for_another_sku_from_a_date_on() -> None:
    timeline = history(Mapping(1), Mapping(2, JUNE))
    assert [(each.target, each.first, each.last) for each in timeline] == [
        (1, BEGIN, JUNE - timedelta(days=1)),
        (2, JUNE, END),
    ]


CASE, BOTTLE = Code((Mapping(7),), {"кор": Fraction(12)}), Code((Mapping(7),))
VODKA = Crosswalk({"CASE": CASE, "BOTTLE": BOTTLE, "LATER": Code((Mapping(7, JUNE),))}, {7: Item("бут")})


def test_a_case_is_twelve_bottles_and_what_does_not_fill_one_remains() -> None:
    crosswalk = Crosswalk({"CASE": CASE}, VODKA.items)
    ours = crosswalk.to_ours("CASE", Fraction(5, 2), "кор", MAY)
    assert ours
    assert [ours.sku, ours.quantity] == [7, 30]
    theirs = crosswalk.to_theirs(7, Fraction(30), MAY)
    assert theirs
    assert [theirs.code, theirs.unit, theirs.quantity, theirs.remainder] == ["CASE", "кор", 2, 6]


def test_a_keg_in_litres_is_counted_exactly() -> None:
    crosswalk = Crosswalk({"KEG": Code((Mapping(1),))}, {1: Item("кег", {"л": Fraction(1, 30)})})
    ours = crosswalk.to_ours("KEG", Fraction(10), "л", MAY)
    assert ours
    assert ours.quantity == Fraction(1, 3)
    theirs = crosswalk.to_theirs(1, Fraction(2), MAY, "л")
    assert theirs
    assert [theirs.quantity, theirs.remainder] == [60, 0]


def test_of_several_codes_the_one_whose_mapping_began_last_is_used() -> None:
    codes = [found.code for day in (MAY, JUNE) if (found := VODKA.to_theirs(7, Fraction(1), day))]
    assert codes == ["BOTTLE", "LATER"]


def test_an_unknown_unit_has_no_factor_and_leaves_everything() -> None:
    ours, theirs = VODKA.to_ours("BOTTLE", Fraction(1), "ящ", MAY), VODKA.to_theirs(7, Fraction(3), MAY, "ящ")
    assert ours
    assert ours.quantity is None
    assert theirs
    assert [theirs.quantity, theirs.remainder] == [0, 3]


@pytest.mark.parametrize(("unit", "expected"), [("кор", 12), ("ящ", 20), ("бут", 1), (None, 1), ("л", None)])
def test_the_codes_word_on_a_unit_counts_before_the_skus(unit: str | None, expected: int | None) -> None:
    item = Item("бут", {"кор": Fraction(6), "ящ": Fraction(20)})
    assert factor(CASE, item, unit) == expected


def test_a_code_that_is_unmapped_on_the_day_means_nothing() -> None:
    gap = Crosswalk({"X": Code((Mapping(1, JUNE), Mapping(None, BEGIN, MAY)))}, {})
    assert [gap.to_ours(code, Fraction(1), None, MAY) for code in ("X", "Y")] == [None, None]
    assert gap.to_theirs(1, Fraction(1), MAY) is None
    assert mapping_on(gap.codes["X"].timeline, MAY + timedelta(days=1)) is None


@property_of(100)
@given(st.fractions(min_value=0, max_value=10**6), st.fractions(min_value=Fraction(1, 1000), max_value=1000))
def test_nothing_is_lost_between_their_packages_and_our_units(quantity: Fraction, times: Fraction) -> None:
    crosswalk = Crosswalk({"X": Code((Mapping(1),), {"упак": times})}, {1: Item("шт")})
    theirs = crosswalk.to_theirs(1, quantity, MAY)
    assert theirs
    assert 0 <= theirs.remainder < times
    back = crosswalk.to_ours("X", theirs.quantity, theirs.unit, MAY)
    assert back
    assert back.quantity is not None
    assert back.quantity + theirs.remainder == quantity
