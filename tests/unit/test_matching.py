"""What was sent against what came: by document where one is named, else the oldest first."""

from datetime import date
from fractions import Fraction

from gateway.domain.matching import Matched, Parcel, match


def parcel(document: str, day: int, quantity: int, sku: int = 1) -> Parcel:
    return Parcel(document, sku, date(2026, 11, day), quantity)


def figures(found: list[Matched]) -> list[tuple[str, int, int | Fraction, int | Fraction]]:
    return [(each.document, each.day.day, each.expected, each.actual) for each in found]


def test_what_names_a_document_counts_there_whenever_it_comes_and_in_however_many_parts() -> None:
    came = [parcel("B", 9, 3), parcel("B", 1, 2), parcel("A", 9, 5)]
    assert figures(match([parcel("A", 2, 5), parcel("B", 3, 6)], came)) == [("A", 2, 5, 5), ("B", 3, 6, 5)]


def test_a_sku_that_the_document_does_not_have_was_not_expected() -> None:
    found = match([parcel("A", 2, 5)], [parcel("A", 3, 1, sku=2)])
    assert figures(found) == [("A", 2, 5, 0), ("A", 2, 0, 1)]


def test_what_names_none_fills_the_oldest_documents_that_nobody_names() -> None:
    said = [parcel("A", 2, 5), parcel("B", 3, 5), parcel("C", 4, 5)]
    found = match(said, [parcel("A", 3, 4), parcel("", 5, 7)])
    assert figures(found) == [("A", 2, 5, 4), ("B", 3, 5, 5), ("C", 4, 5, 2)]


def test_nothing_comes_before_it_was_sent_and_what_is_left_over_stands_alone() -> None:
    found = match([parcel("A", 4, 5)], [parcel("", 3, 2), parcel("unknown", 5, 6)])
    assert figures(found) == [("", 3, 0, 2), ("", 5, 0, 1), ("A", 4, 5, 5)]


def test_returns_fill_returns() -> None:
    said = [parcel("A", 1, 5), parcel("R", 2, -2)]
    assert figures(match(said, [parcel("", 3, -2), parcel("", 3, 5)])) == [("A", 1, 5, 5), ("R", 2, -2, -2)]


def test_of_orders_what_names_none_is_left_aside() -> None:
    found = match([parcel("A", 2, 5)], [parcel("", 3, 9), parcel("other", 3, 9), parcel("A", 3, 4)], only_named=True)
    assert figures(found) == [("A", 2, 5, 4)]
