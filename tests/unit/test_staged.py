"""What a packet brings to staging: typed documents and rows, codes as ordinals, marks and attributes in their order."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import staged
from gateway.domain.feeds import FEEDS
from tests.packets import INN, element, line, position, shipment, shipments, stock, warehouse
from tests.unit.reading import GIGABYTE, MOSCOW, property_of

MARK = element("mark", "QUJD")
Extension = tuple[int, int, int, str, str]


def attribute(name: str, value: str = "v") -> str:
    return element("attribute", name=name, value=value)


def parts(content: bytes, feed: str = "shipments") -> dict[str, list[dict[str, Any]]]:
    """Part → its records, as they would be staged for packet 1."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part, table in staged(FEEDS[feed], content, GIGABYTE, MOSCOW, INN, None, 1):
        assert isinstance(table, pa.Table)
        found.setdefault(part, []).extend(table.to_pylist())
    return found


def extensions(content: bytes, feed: str = "shipments") -> list[Extension]:
    """(document, row or -1, place among its like, name, value)."""
    names = ("document", "position", "number", "name", "value")
    return sorted(tuple(each[name] for name in names) for each in parts(content, feed).get("extension", []))


def codes(content: bytes, feed: str = "shipments") -> dict[str, str | None]:
    return {each["code"]: each["gtin"] for each in parts(content, feed)["code"] if each["register"] == "product"}


def test_documents_carry_identity_date_and_sign() -> None:
    content = shipments(
        "p-1",
        shipment("РН-1"),
        shipment("РН-2", id=None, kind="return"),
        shipment("РН-3", id=" ", kind=None),
        shipment("РН-4", kind=" correction ", deleted="1"),
    )
    found = [(each["identity"], each["sign"], each["deleted"]) for each in parts(content)["document"]]
    assert found == [
        ("guid-РН-1", 1, False),
        (f"{INN}|РН-2|2026", -1, False),
        (f"{INN}|РН-3|2026", 1, False),
        ("guid-РН-4", 1, True),
    ]


def test_a_warehouse_is_known_by_code_and_instant_and_its_date_is_the_sites() -> None:
    content = stock("s-1", warehouse("MAIN", position(), as_of="2026-11-20T22:30:00Z"))
    (found,) = parts(content, "stock")["document"]
    assert found["identity"].startswith(f"{INN}|MAIN|2026-11-20 22:30:00")
    assert str(found["date"]) == "2026-11-21"


def test_positions_without_a_number_count_within_their_warehouse() -> None:
    content = stock("s-1", warehouse("A", position("1"), position("2", n=9)), warehouse("B", position("3")))
    assert [(each["document"], each["n"], each["row"]) for each in parts(content, "stock")["row"]] == [
        (0, 1, 1),
        (0, 9, 2),
        (1, 1, 3),
    ]


def test_a_line_whose_number_was_there_before_is_for_quarantine() -> None:
    content = shipments("p-1", shipment("РН-1", line(1), line(2), line(1)), shipment("РН-2", line(1)))
    assert [each["quarantine"] for each in parts(content)["row"]] == [None, None, "LINE_REPEATED", None]


def test_rows_name_their_codes_by_ordinal_and_each_code_stands_once() -> None:
    content = shipments("p-1", shipment("РН-1", line(1, product="A"), line(2, product="a"), line(3, product=" A ")))
    found = parts(content)
    ordinals = {each["ordinal"]: each["code"] for each in found["code"]}
    assert [ordinals[each["product"]] for each in found["row"]] == ["A", "a", "A"]
    assert sorted(ordinals.values()) == ["A", "MAIN", "TT-1", "a"]


def test_one_code_may_be_a_product_an_outlet_and_a_warehouse() -> None:
    content = shipments("p-1", shipment("РН-1", line(1, product="X"), outlet="X", warehouse="X"))
    assert sorted((each["register"], each["code"]) for each in parts(content)["code"]) == [
        ("outlet", "X"),
        ("product", "X"),
        ("warehouse", "X"),
    ]


def test_an_absent_or_empty_outlet_is_none() -> None:
    content = shipments("p-1", shipment("РН-1", outlet=None), shipment("РН-2", outlet=""))
    assert [each["outlet"] for each in parts(content)["document"]] == [None, None]


@pytest.mark.parametrize("spelling", ["Йод", "\u0418\u0306од", " Йод\u00a0"])
def test_the_bar_code_goes_with_its_product_however_that_is_spelt(spelling: str) -> None:
    content = shipments("p-1", shipment("РН-1", line(1, product=spelling, gtin="4600000000001"), line(2, product="B")))
    assert codes(content) == {"Йод": "4600000000001", "B": None}


def test_an_empty_bar_code_is_none() -> None:
    assert codes(shipments("p-1", shipment("РН-1", line(1, product="B", gtin="")))) == {"B": None}


def test_a_packet_without_extensions_stages_none() -> None:
    assert "extension" not in parts(shipments("p-1"))


def test_marks_and_attributes_keep_their_owner_and_order_wherever_they_stand() -> None:
    content = shipments(
        "p-1",
        shipment(
            "РН-1", attribute("a"), line(1, MARK, attribute("b", "")), attribute("c"), line(2), line(3, MARK, MARK)
        ),
        shipment("РН-2", line(1), attribute("d")),
    )
    assert extensions(content) == [
        (0, -1, 0, "a", "v"),
        (0, -1, 1, "c", "v"),
        (0, 0, 0, "mark", "QUJD"),
        (0, 0, 1, "b", ""),
        (0, 2, 0, "mark", "QUJD"),
        (0, 2, 1, "mark", "QUJD"),
        (1, -1, 0, "d", "v"),
    ]


@pytest.mark.parametrize(
    "written", ["<mark>\n QU\n JD </mark>", "<mark>QU<!-- -->JD</mark>", "<mark><![CDATA[QUJD]]></mark>"]
)
def test_a_mark_is_its_base64_without_white_space(written: str) -> None:
    assert extensions(shipments("p-1", shipment("РН-1", line(1, written)))) == [(0, 0, 0, "mark", "QUJD")]


@pytest.mark.parametrize("empty", ["<mark/>", "<mark></mark>", "<mark> </mark>"])
def test_an_empty_mark_says_nothing(empty: str) -> None:
    content = shipments("p-1", shipment("РН-1", line(1, empty, MARK, empty), line(2, empty, attribute("a"))))
    assert [(each[1], each[3]) for each in extensions(content)] == [(0, "mark"), (1, "a")]


def test_a_warehouse_and_its_positions_carry_attributes_too() -> None:
    own = element("position", attribute("p"), product="9", quantity=1)
    content = stock("s-1", element("warehouse", attribute("w"), own, code="A", asOf="2026-11-20T21:00:00"))
    assert extensions(content, "stock") == [(0, -1, 0, "w", "v"), (0, 0, 0, "p", "v")]


children = st.lists(st.sampled_from(["line", "attribute", "marked", "annotated", "both"]), max_size=15)


@property_of(100)
@given(st.lists(children, min_size=1, max_size=5))
def test_children_mixed_anywhere_reach_their_owner(packet: list[list[str]]) -> None:
    written, expected, name = [], [], 0
    for document, kinds in enumerate(packet):
        inner, row, own = [], -1, 0
        for kind in kinds:
            name += 1
            if kind == "attribute":
                inner.append(attribute(f"a{name}"))
                expected.append((document, -1, own, f"a{name}", "v"))
                own += 1
                continue
            row += 1
            below = [MARK] * (kind in ("marked", "both")) + [attribute(f"b{name}")] * (kind in ("annotated", "both"))
            names = [("mark", "QUJD") if each is MARK else (f"b{name}", "v") for each in below]
            expected += [(document, row, number, *each) for number, each in enumerate(names)]
            inner.append(line(row + 1, *below))
        written.append(shipment(f"РН-{document}", *(inner or [""])))
    assert extensions(shipments("p-1", *written)) == sorted(expected)
