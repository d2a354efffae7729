"""Errors put anywhere into a good packet are all found, each at its place, and nothing else is."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import locating
from tests.packets import element, line, shipment, shipments
from tests.unit.reading import Place, places, property_of, surveyed

ROW_ERRORS = (
    ({"quantity": "x"}, "NUMBER_INVALID", "quantity"),
    ({"amount": None}, "FIELD_MISSING", "amount"),
    ({"product": ""}, "FIELD_MISSING", "product"),
    ({"produced": "soon"}, "DATE_INVALID", "produced"),
    ({"gtin": "46A"}, "FIELD_INVALID", "gtin"),
    ({"weight": "1"}, "FIELD_UNKNOWN", "weight"),
    ({"n": "0"}, "NUMBER_INVALID", "n"),
)
DOCUMENT_ERRORS = (
    ({"kind": "sold"}, "VALUE_NOT_LISTED", "kind"),
    ({"currency": "руб"}, "FIELD_INVALID", "currency"),
    ({"deleted": "да"}, "FIELD_INVALID", "deleted"),
    ({"sum": "1"}, "FIELD_UNKNOWN", "sum"),
)
BETWEEN = ("", "\n ", "<!-- строка -->", "<?pi x?>", "<attribute name='a' value='b'/>")


@dataclass(frozen=True)
class Row:
    """A line, what stands before it, and which of the errors it has."""

    errors: frozenset[int]
    before: str = ""

    def written(self, n: int) -> str:
        override = {"n": n}
        for error in self.errors:
            override.update(ROW_ERRORS[error][0])  # type: ignore[arg-type]
        return self.before + line(**override)

    def problems(self, label: str, ordinal: int) -> list[Place]:
        return [(ROW_ERRORS[error][1], label, ordinal, ROW_ERRORS[error][2]) for error in self.errors]


@dataclass(frozen=True)
class Document:
    rows: tuple[Row, ...]
    error: int | None = None
    stranger: bool = False

    def written(self, number: int) -> str:
        override = {} if self.error is None else DOCUMENT_ERRORS[self.error][0]
        lines = [row.written(n) for n, row in enumerate(self.rows, start=1)]
        if self.stranger:
            lines.insert(len(lines) // 2, element("stranger"))
        return shipment(f"РН-{number}", *(lines or [""]), **override)

    def problems(self, label: str, before: int) -> list[Place]:
        found = [place for n, row in enumerate(self.rows, start=1) for place in row.problems(label, before + n)]
        if self.error is not None:
            found.append((DOCUMENT_ERRORS[self.error][1], label, None, DOCUMENT_ERRORS[self.error][2]))
        if self.stranger:
            found.append(("ELEMENT_UNEXPECTED", label, None, None))
        return found


def expected_of(documents: list[Document]) -> list[Place]:
    found, before = [], 0
    for number, document in enumerate(documents):
        found += document.problems(f"РН-{number} 2026-11-05", before)
        before += len(document.rows)
    return sorted(found, key=str)


def located_in(documents: list[Document]) -> list[Place]:
    content = shipments("p-1", *(document.written(number) for number, document in enumerate(documents)))
    return sorted(places(surveyed(content)), key=str)


some_errors = st.frozensets(st.integers(0, len(ROW_ERRORS) - 1), max_size=3)
rows = st.builds(Row, st.one_of(st.just(frozenset[int]()), some_errors), st.sampled_from(BETWEEN))
documents = st.builds(
    Document,
    st.lists(rows, max_size=12).map(tuple),
    st.one_of(st.none(), st.integers(0, len(DOCUMENT_ERRORS) - 1)),
    st.booleans(),
)


@property_of(150)
@given(st.lists(documents, min_size=1, max_size=6), st.sampled_from([1, 2, 3, 5, 8, 20_000]))
def test_every_error_is_located_and_nothing_else(packet: list[Document], at_once: int) -> None:
    packet = [*packet, Document((Row(frozenset({0})),))]  # so that there is an error in any case
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(locating, "ELEMENTS_AT_ONCE", at_once)
        assert located_in(packet) == expected_of(packet)


def spoiled(count: int, errors: int, seed: int) -> tuple[Row, ...]:
    """Rows of which some, anywhere, have one error each."""
    chance = random.Random(seed)
    wrong = {at: frozenset({chance.randrange(len(ROW_ERRORS))}) for at in chance.sample(range(count), errors)}
    return tuple(Row(wrong.get(at, frozenset())) for at in range(count))


@pytest.mark.parametrize("seed", [1, 2])
def test_in_one_huge_document_every_row_is_found(seed: int) -> None:
    packet = [Document(spoiled(50_001, 200, seed), error=0, stranger=True)]
    assert located_in(packet) == expected_of(packet)


def test_in_very_many_documents_every_row_is_found() -> None:
    rows = spoiled(50_001, 200, seed=3)
    packet = [
        Document(rows[start : start + 3], error=1 if start % 9000 == 0 else None) for start in range(0, 50_001, 3)
    ]
    assert located_in(packet) == expected_of(packet)
    assert len(expected_of(packet)) == 206


def test_a_break_at_the_end_of_a_huge_packet_hides_none_of_the_errors_before_it() -> None:
    packet = [Document(spoiled(30_000, 50, seed=4))]
    content = shipments("p-1", packet[0].written(0)).decode()
    found = places(surveyed(content.removesuffix("</packet>")))
    assert found[-1][0] == "XML_MALFORMED"
    assert sorted(found[:-1], key=str) == expected_of(packet)
