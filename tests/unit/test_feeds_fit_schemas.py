"""The feeds' fields equal their XSDs: readers and tables are made from the ones, packets from the others."""

from typing import Any

import pytest
import xmlschema

from connectors.database.facts import FACTS
from connectors.shipped import SCHEMAS
from gateway.domain.feed import Dating, Feed, Field, Kind, Mode
from gateway.domain.feeds import FEEDS

XSD = "{http://www.w3.org/2001/XMLSchema}"
PACKET = "{urn:obmen:packet:v1}packet"
HEADER = {"id", "feed", "organization", "created", "from", "to", "mode", "software", "module"}
BUILT_IN = {
    Kind.NUMBER: f"{XSD}decimal",
    Kind.INTEGER: f"{XSD}integer",
    Kind.DATE: f"{XSD}date",
    Kind.INSTANT: f"{XSD}dateTime",
    Kind.FLAG: f"{XSD}boolean",
    Kind.CODE: f"{XSD}token",
}
feeds = pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
with_rows = [feed for feed in FEEDS.values() if feed.row]
feeds_with_rows = pytest.mark.parametrize("feed", with_rows, ids=[feed.name for feed in with_rows])


def packet(feed: Feed) -> Any:
    return xmlschema.XMLSchema10(str(SCHEMAS / "packet" / "v1" / f"{feed.name}.xsd")).elements["packet"]


def child(element: Any, name: str | None) -> Any:
    (found,) = [each for each in element.type.content.iter_elements() if each.local_name == name]
    return found


def attributes(element: Any) -> dict[str, Any]:
    return {str(name): attribute for name, attribute in element.attributes.items()}


def ancestry(simple_type: Any) -> set[str]:
    """The names of a type and of all that it restricts."""
    names = set()
    while simple_type is not None:
        names.add(simple_type.name)
        simple_type = simple_type.base_type
    return names


def kind_fits(field: Field, simple_type: Any) -> bool:
    known = ancestry(simple_type)
    if field.kind is not Kind.TEXT:
        return BUILT_IN[field.kind] in known
    return f"{XSD}string" in known


def differences(fields: tuple[Field, ...], element: Any) -> list[str]:
    found = attributes(element)
    told = [f"{name} is not in the feed" for name in found if name not in {field.name for field in fields}]
    for field in fields:
        if field.name not in found:
            told.append(f"{field.name} is not in the XSD")
            continue
        if field.required != (found[field.name].use == "required"):
            told.append(f"{field.name} is required in one of the two only")
        if not kind_fits(field, found[field.name].type):
            told.append(f"{field.name} is no {field.kind}")
    return told


def occurs(element: Any) -> tuple[int, int | None]:
    return element.min_occurs, element.max_occurs


@feeds
def test_a_documents_fields_are_its_attributes_in_the_xsd(feed: Feed) -> None:
    assert differences(feed.document_fields, child(packet(feed), feed.document)) == []


@feeds_with_rows
def test_a_rows_fields_are_its_attributes_in_the_xsd(feed: Feed) -> None:
    assert differences(feed.row_fields, child(child(packet(feed), feed.document), feed.row)) == []


@feeds
def test_a_packet_has_the_header_the_control_and_the_documents(feed: Feed) -> None:
    root = packet(feed)
    assert root.name == PACKET
    assert set(attributes(root)) == HEADER
    assert attributes(root)["feed"].fixed == feed.name
    assert [each.local_name for each in root.type.content.iter_elements()] == ["control", feed.document]
    assert set(attributes(child(root, "control"))) == {"documents", "rows", "quantity", "amount"}
    assert (occurs(child(root, "control")), occurs(child(root, feed.document))) == ((0, 1), (0, None))


@feeds
def test_the_modes_are_those_that_the_xsd_lists(feed: Feed) -> None:
    assert set(attributes(packet(feed))["mode"].type.enumeration) == {Mode(mode).value for mode in feed.modes}


@feeds
def test_documents_and_rows_may_carry_attributes_anywhere(feed: Feed) -> None:
    document = child(packet(feed), feed.document)
    for element in (document, *([child(document, feed.row)] if feed.row else [])):
        extension = child(element, "attribute")
        assert set(attributes(extension)) == {"name", "value"}
        assert element.type.content.max_occurs is None or extension.max_occurs is None
    assert document.type.content.model == ("choice" if feed.row else "sequence")


@feeds_with_rows
def test_nothing_hangs_below_rows_but_attributes_and_marks(feed: Feed) -> None:
    """The locating pass and the reading of extensions know no other element."""
    row = child(child(packet(feed), feed.document), feed.row)
    assert {each.local_name for each in row.type.content.iter_elements()} <= {"attribute", "mark"}


@feeds
def test_kinds_that_give_a_direction_are_those_that_the_xsd_lists(feed: Feed) -> None:
    found = attributes(child(packet(feed), feed.document))
    listed = set(found["kind"].type.enumeration) if feed.signs else set()
    assert set(feed.signs) == listed
    assert feed.default_kind in {*feed.signs, None}


@feeds
def test_a_feeds_own_words_about_itself_name_fields_that_it_has(feed: Feed) -> None:
    documents, rows = ({field.name for field in fields} for fields in (feed.document_fields, feed.row_fields))
    assert {feed.numbered, *feed.identified} <= documents
    assert feed.dating is not Dating.OWN or feed.dated in documents
    assert set(feed.totals) <= (rows if feed.row else documents) & {"quantity", "amount"}
    assert all(field.kind is Kind.NUMBER for field in (*feed.document_fields, *feed.row_fields) if field.signed)
    assert all(field.kind is Kind.CODE for field in (*feed.document_fields, *feed.row_fields) if field.register)


@feeds
def test_every_field_has_a_column_in_the_facts(feed: Feed) -> None:
    facts = FACTS[feed.name]
    documents = {field.column for field in feed.own_document_fields}
    assert documents <= {column.name for column in facts.document.columns}
    rows = set() if facts.row is None else {column.name for column in facts.row.columns}
    assert {field.column for field in feed.own_row_fields} <= rows


def test_a_fields_column_is_its_name_in_small_letters() -> None:
    assert [Field(name).column for name in ("vatRate", "asOf", "form2", "n", "inTransit")] == [
        "vat_rate",
        "as_of",
        "form2",
        "n",
        "in_transit",
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ((), "code is not in the feed"),
        ((Field("code", Kind.CODE),), "code is required in one of the two only"),
        ((Field("code", Kind.NUMBER, required=True),), "code is no number"),
        ((Field("weather"),), "weather is not in the XSD"),
    ],
)
def test_a_difference_is_noticed(fields: tuple[Field, ...], told: str) -> None:
    assert told in differences(fields, child(packet(FEEDS["stock"]), "warehouse"))
