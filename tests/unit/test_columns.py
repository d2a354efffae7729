"""Canonical content becomes columns: the right text in the right row, whatever stands between."""

from collections.abc import Iterator

import pyarrow as pa
import pytest

from connectors.formats.columns import Part, batches
from connectors.formats.header import attributes
from gateway.domain.feeds import FEEDS
from tests.packets import element, line, position, shipment, shipments, stock, warehouse

PREFIXES = ("packet", "shipment", "line", "attribute", "mark", "control")


def columns(content: bytes, part: Part, feed: str = "shipments", chunk: int = 1 << 20) -> dict[str, list[object]]:
    """Every column of a part, its batches joined."""
    table = pa.Table.from_batches(list(batches(FEEDS[feed], part, in_chunks(content, chunk))))
    return dict(table.to_pydict())


def in_chunks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def prefixed(content: bytes) -> bytes:
    text = content.decode()
    for tag in PREFIXES:
        text = text.replace(f"<{tag}", f"<q:{tag}").replace(f"</{tag}", f"</q:{tag}")
    return text.replace(" xmlns=", " xmlns:q=").encode()


def two_documents() -> bytes:
    return shipments(
        "p-1",
        shipment("РН-1", line(1, product="A"), line(2, product="B")),
        shipment("РН-2", ""),
        shipment("РН-3", line(7, product="C")),
    )


@pytest.mark.parametrize("chunk", [7, 64, 1000, 1 << 20])
def test_rows_know_their_document_and_their_place_in_it_wherever_chunks_end(chunk: int) -> None:
    rows = columns(two_documents(), Part.ROWS, chunk=chunk)
    assert list(zip(rows["<document>"], rows["<row>"], rows["n"], rows["product"], strict=True)) == [
        (0, 0, "1", "A"),
        (0, 1, "2", "B"),
        (2, 0, "7", "C"),
    ]
    assert columns(two_documents(), Part.DOCUMENTS, chunk=chunk)["number"] == ["РН-1", "РН-2", "РН-3"]


def test_a_prefix_before_every_element_changes_nothing() -> None:
    content = shipments("p-1", shipment("РН-1", line(1, element("mark")), element("attribute", name="a", value="b")))
    for part in Part:
        assert columns(prefixed(content), part) == columns(content, part)


def test_comments_white_space_and_written_out_ends_change_nothing() -> None:
    written = two_documents().decode().replace("/>", "></line>").replace("<line", "\n<!-- <line/> --><?line?>\t<line")
    assert columns(written.encode(), Part.ROWS) == columns(two_documents(), Part.ROWS)


def test_entities_and_character_references_are_read_as_what_they_mean() -> None:
    content = shipments("p-1", shipment("РН-1", line(1, batch="PLACE"))).replace(
        b"PLACE", b"&lt;A&amp;B&gt;&quot;&apos;&#10;&#x416;&#128512;"
    )
    assert columns(content, Part.ROWS)["batch"] == ["<A&B>\"'\nЖ😀"]


def test_line_ends_and_tabs_within_an_attribute_are_spaces_as_xml_says() -> None:
    content = shipments("p-1", shipment("РН-1", line(1, batch="PLACE"))).replace(b"PLACE", b"a\nb\tc\r\nd")
    (batch,) = columns(content, Part.ROWS)["batch"]
    assert str(batch).split() == ["a", "b", "c", "d"]


def test_what_is_absent_is_null_and_what_is_empty_is_empty() -> None:
    rows = columns(shipments("p-1", shipment("РН-1", line(1, batch=None), line(2, batch=""))), Part.ROWS)
    assert rows["batch"] == [None, ""]


@pytest.mark.parametrize("part", list(Part))
def test_a_packet_without_documents_has_no_rows_of_any_kind(part: Part) -> None:
    for content in (shipments("p-1", empty=True), shipments("p-1", "", empty=True), stock("s-1")):
        feed = "stock" if b'"stock"' in content else "shipments"
        assert {len(values) for values in columns(content, part, feed).values()} == {0}


def test_warehouses_and_positions_are_documents_and_rows() -> None:
    content = stock(
        "s-1", warehouse("MAIN", position("A"), position("B")), warehouse("EMPTY"), warehouse("C", position())
    )
    rows = columns(content, Part.ROWS, "stock")
    assert list(zip(rows["<document>"], rows["product"], rows["n"], strict=True)) == [
        (0, "A", None),
        (0, "B", None),
        (2, "000123", None),
    ]
    assert columns(content, Part.DOCUMENTS, "stock")["code"] == ["MAIN", "EMPTY", "C"]


def test_the_header_and_the_totals_are_the_first_two_elements_attributes() -> None:
    control = {"documents": 1, "rows": 1}
    content = shipments("p-1", shipment(), control=control, software=" 1C ", module="")
    head, totals = attributes(in_chunks(content, 100))
    assert (head["id"], head["mode"], head["software"], "module" in head) == ("p-1", "replace", "1C", False)
    assert totals == {"documents": "1", "rows": "1"}
    assert attributes(in_chunks(prefixed(content), 100)) == (head, totals)


@pytest.mark.parametrize("content", [shipments("p-1"), shipments("p-1", empty=True), shipments("p-1", "", empty=True)])
def test_a_packet_without_totals_has_none(content: bytes) -> None:
    head, totals = attributes(iter([content]))
    assert (head["id"], totals) == ("p-1", {})


def test_the_header_is_read_past_a_flood_of_comments() -> None:
    content = shipments("p-1", control={"rows": 1}).replace(b"<control", b"<!---->" * 100_000 + b"<control")
    head, totals = attributes(in_chunks(content, 1 << 16))
    assert (head["id"], totals) == ("p-1", {"rows": "1"})
