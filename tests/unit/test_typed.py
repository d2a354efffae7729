"""Text becomes numbers, dates, instants and codes exactly, however XML allows it to be written."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.typed import exact_sum, scaled, typed
from gateway.domain.feed import Field, Kind
from gateway.domain.packet import normal_code
from tests.unit.reading import MOSCOW, property_of

LARGEST = "999999999999.999999"
XML_TEXT = st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=20)
numbers = st.decimals(-Decimal(LARGEST), Decimal(LARGEST), places=6)


def read(kind: Kind, *texts: str | None) -> list[Any]:
    return list(typed(pa.array(texts, pa.string()), Field("x", kind), MOSCOW).to_pylist())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", "5"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-.5", "-0.5"),
        ("+.5", "0.5"),
        ("-0", "0"),
        (" 5 ", "5"),
        ("\n\t5\r", "5"),
        (" +5. ", "5"),
        ("007.50", "7.5"),
        ("0" * 30 + "1.5", "1.5"),
        ("1.5" + "0" * 30, "1.5"),
        ("0.000001", "0.000001"),
        (LARGEST, LARGEST),
        ("-" + LARGEST, "-" + LARGEST),
    ],
)
def test_a_number_is_exact_however_it_is_written(text: str, number: str) -> None:
    assert read(Kind.NUMBER, text, None) == [Decimal(number), None]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("+1", 1), (" +1 ", 1), ("0001", 1), ("+0001", 1), ("\n7", 7), ("999999999", 999999999)],
)
def test_a_whole_number_is_read_however_it_is_written(text: str, number: int) -> None:
    assert read(Kind.INTEGER, text, None) == [number, None]


def test_one_odd_spelling_does_not_change_its_neighbours() -> None:
    assert read(Kind.INTEGER, "1", " +2", None, "3 ") == [1, 2, None, 3]
    assert read(Kind.NUMBER, "1.5", " 2", None, "+3") == [Decimal("1.5"), Decimal(2), None, Decimal(3)]


def test_a_date_may_have_spaces_around_and_the_first_of_all_is_none() -> None:
    assert read(Kind.DATE, "2026-11-05", " 2026-11-05\n", "0001-01-01", None, "9999-12-31") == [
        date(2026, 11, 5),
        date(2026, 11, 5),
        None,
        None,
        date(9999, 12, 31),
    ]
    assert read(Kind.DATE, "0001-01-01") == [None]


def test_an_instant_is_utc_and_without_an_offset_it_is_the_sites() -> None:
    moment = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    assert read(Kind.INSTANT, "2026-11-20T21:00:00", "2026-11-20T18:00:00Z", None, "2026-11-20T21:00:00") == [
        moment,
        moment,
        None,
        moment,
    ]


@pytest.mark.parametrize(("kind", "text"), [(Kind.DATE, "2026-02-30"), (Kind.INSTANT, "2026-11-20T24:00:00")])
def test_what_no_calendar_holds_is_a_value_error(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(kind, text)


def test_flags_are_true_by_word_or_digit_and_absent_ones_are_false() -> None:
    assert read(Kind.FLAG, "true", "1", " true ", "false", "0", None) == [True, True, True, False, False, False]


def test_text_is_trimmed_and_blank_text_is_absent() -> None:
    assert read(Kind.TEXT, " Молоко 3,2% ", "", "  ", None, "\u00a0") == ["Молоко 3,2%", None, None, None, None]


def test_a_code_is_composed_and_keeps_its_case() -> None:
    assert read(Kind.CODE, " 85123a ", "85123A", "и\u0306", "", "a&b") == ["85123a", "85123A", "й", None, "a&b"]


@property_of(300)
@given(st.lists(XML_TEXT, min_size=1, max_size=5))
def test_codes_of_a_column_are_spelt_as_the_domain_spells_them(texts: list[str]) -> None:
    assert read(Kind.CODE, *texts) == [normal_code(text) or None for text in texts]


@property_of(300)
@given(st.lists(numbers, min_size=1, max_size=8))
def test_numbers_come_back_as_they_were_and_scaled_as_millionths(values: list[Decimal]) -> None:
    column = typed(pa.array([f"{value:f}" for value in values]), Field("x", Kind.NUMBER), MOSCOW)
    assert column.to_pylist() == values
    assert [Decimal(int(each)).scaleb(-6) for each in scaled(column)] == values


def test_what_is_absent_scales_to_zero_also_in_a_slice() -> None:
    column = typed(pa.array(["1", None, "-2.5", "3"]), Field("x", Kind.NUMBER), MOSCOW)
    assert scaled(column).tolist() == [1_000_000, 0, -2_500_000, 3_000_000]
    assert scaled(column[1:3]).tolist() == [0, -2_500_000]
    assert scaled(column[4:]).tolist() == []


@property_of(200)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_a_sum_is_exact_beyond_64_bits(values: list[int]) -> None:
    assert exact_sum(np.array(values, np.int64)) == sum(values)


def test_unicode_of_the_code_column_and_of_the_domain_are_of_one_mind() -> None:
    """Composition exclusions are where two libraries' tables could differ."""
    odd = ["\u0958", "\ufb2c", "\u1100\u1161", "e\u0301\u0323", "\u212b"]
    assert read(Kind.CODE, *odd) == [unicodedata.normalize("NFC", text) for text in odd]
