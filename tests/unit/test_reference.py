"""The format reference says what the XSDs say, all of it, in both languages; the docs are what it writes."""

import re
from pathlib import Path
from string import Formatter

import pytest
from lxml import etree

from connectors.formats.reference import FORMAT, FORMATS, Attribute, Element, format_of, published
from connectors.formats.reference_docs import COMMAND, documents
from connectors.formats.reference_words import PLACEHOLDERS, pieces, said
from connectors.shipped import catalogue
from gateway.domain.feed import Feed, Mode
from gateway.domain.feeds import FEEDS
from gateway.domain.party import LANGUAGES

DOCS = Path(__file__).parents[2] / "docs"
XS = "{http://www.w3.org/2001/XMLSchema}"
XML = "{http://www.w3.org/XML/1998/namespace}"
feeds = pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
formats = pytest.mark.parametrize("feed", FORMATS)
HEADER_AND_ATTRIBUTE = ("id", "organization", "created", "from", "to", "software", "module", "name", "value")
"""Shared types that packets which are pulled have no use for."""


def element_of(feed: str, name: str) -> Element:
    return next(each for each in format_of(feed).elements if each.name == name)


def attribute_of(feed: str, element: str, name: str) -> Attribute:
    return next(each for each in element_of(feed, element).attributes if each.name == name)


def annotations(tree: "etree._ElementTree") -> list[str]:
    return [
        each.text for each in tree.iter(f"{XS}documentation") if each.getparent().getparent().tag != f"{XS}simpleType"
    ]


@formats
def test_every_element_and_attribute_of_the_xsd_is_described(feed: str) -> None:
    written = format_of(feed).elements
    trees = [etree.parse(str(FORMAT / f"{name}.xsd")) for name in (feed, "types")]
    unused = 0 if feed in FEEDS else len(HEADER_AND_ATTRIBUTE)
    attributes = sum(len(list(tree.iter(f"{XS}attribute"))) for tree in trees) - unused
    assert sum(len(each.attributes) for each in written) == attributes
    assert {each.name for each in written} == {each.get("name") for each in trees[0].iter(f"{XS}element")}
    meanings = {text for each in written for words in _meanings(each) for text in words}
    assert set(annotations(trees[0])) <= meanings


@formats
def test_every_element_attribute_and_type_has_words_of_its_own_in_both_languages(feed: str) -> None:
    described = format_of(feed)
    assert [each.name for each in described.elements if not all(each.meaning.values())] == []
    assert [each.name for each in described.forms if not all(each.meaning.values())] == []
    for name in (feed, "types"):
        attributes = etree.parse(str(FORMAT / f"{name}.xsd")).iter(f"{XS}attribute")
        assert [each.get("name") for each in attributes if not set(LANGUAGES) <= _said(each)] == [], name


def _said(node: "etree._Element") -> set[str]:
    """The languages in which an XSD node's own annotation says something."""
    found = node.iterfind(f"{XS}annotation/{XS}documentation")
    return {each.get(f"{XML}lang", "") for each in found if (each.text or "").strip()}


def _meanings(element: Element) -> list[set[str]]:
    return [set(each.values()) for each in (element.meaning, *(found.meaning for found in element.attributes))]


@feeds
def test_the_reference_agrees_with_what_the_hub_reads(feed: Feed) -> None:
    described = format_of(feed.name)
    assert {Mode(each) for each in described.modes} == set(feed.modes)
    assert described.elements[2].name == feed.document
    document = {(each.name, each.required) for each in element_of(feed.name, feed.document).attributes}
    assert document == {(each.name, each.required) for each in feed.document_fields}
    if feed.row:
        assert described.elements[3].name == feed.row
        row = {(each.name, each.required) for each in element_of(feed.name, feed.row).attributes}
        assert row == {(each.name, each.required) for each in feed.row_fields}


@pytest.mark.parametrize(
    ("element", "name", "russian", "english"),
    [
        ("packet", "feed", "всегда", "always"),
        ("packet", "created", "дата и время ГГГГ-ММ-ДДTчч:мм:сс", "date and time YYYY-MM-DDThh:mm:ss"),
        ("packet", "organization", "текст", "text"),
        ("control", "rows", "целое число, от 0 до 999999999", "whole number, from 0 to 999999999"),
        ("shipment", "number", "текст, 1–100 символов", "text, 1–100 characters"),
        ("shipment", "outlet", "текст, до 100 символов", "text, up to 100 characters"),
        ("shipment", "kind", "одно из", "one of"),
        ("shipment", "deleted", "true или false", "true or false"),
        ("line", "expiry", "дата ГГГГ-ММ-ДД", "date YYYY-MM-DD"),
        ("line", "vatRate", "число, от 0 до 100", "number, from 0 to 100"),
        (
            *("line", "quantity"),
            *("число, до 12 цифр до точки и 6 после", "number, up to 12 digits before the point, 6 after"),
        ),
    ],
)
def test_a_form_is_said_in_words(element: str, name: str, russian: str, english: str) -> None:
    form = attribute_of("shipments", element, name).form
    assert (said(form, "ru"), said(form, "en")) == (russian, english)


def test_values_patterns_and_contents_are_kept_exactly() -> None:
    assert attribute_of("shipments", "packet", "feed").form.values == ("shipments",)
    assert attribute_of("shipments", "shipment", "kind").form.values == ("sale", "return", "correction")
    assert attribute_of("shipments", "packet", "organization").form.pattern == "[0-9]{9,14}"
    mark = element_of("shipments", "mark").text
    assert mark
    assert said(mark, "en") == "base64, up to 1000 bytes"


def test_an_element_tells_where_it_stands_and_how_often() -> None:
    told = {each.name: (each.within, each.occurs) for each in format_of("shipments").elements}
    assert told == {
        "packet": ((), "once"),
        "control": (("packet",), "optional"),
        "shipment": (("packet",), "many"),
        "line": (("shipment",), "many"),
        "mark": (("line",), "many"),
        "attribute": (("shipment", "line"), "many"),
    }


def test_every_placeholder_of_the_catalogue_has_its_word_and_no_other() -> None:
    words = [each for found in catalogue().definitions.values() for each in found.wording.values()]
    texts = [text for each in words for text in (each.message, each.remedy)]
    assert set(PLACEHOLDERS) == {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    assert all(set(each) == set(LANGUAGES) for each in PLACEHOLDERS.values())


def test_a_message_falls_into_its_text_and_placeholders() -> None:
    assert pieces("Поле «{field}» пусто.", "ru") == [("Поле «", "реквизит"), ("» пусто.", "")]
    assert pieces("Of {nobody}", "en") == [("Of ", "nobody")]


def test_only_schemas_and_samples_are_published() -> None:
    assert published("stock.xsd") == (FORMAT / "stock.xsd").read_bytes()
    assert published("types.xsd") == (FORMAT / "types.xsd").read_bytes()
    assert published("stock.xml") == (FORMAT / "samples" / "stock.xml").read_bytes()
    for name in ("types.xml", "nothing.xsd", "../v1/stock.xsd", "samples/stock.xml", "stock.toml", "stock", ""):
        assert published(name) is None, name


def test_the_docs_are_what_the_code_writes() -> None:
    written = {"problems.md", *(f"format/{each.name}" for each in (DOCS / "format").iterdir())}
    assert written == set(documents())
    for name, text in documents().items():
        assert (DOCS / name).read_text("utf-8") == text, f"docs/{name} is out of date: {COMMAND}"


def test_every_link_of_the_docs_leads_to_a_file() -> None:
    links = [(name, link) for name, text in documents().items() for link in re.findall(r"\]\(([^)#]+)\)", text)]
    assert len(links) > 2 * len(FEEDS)
    assert [each for each in links if not (DOCS / each[0]).parent.joinpath(each[1]).is_file()] == []


def test_nothing_in_the_docs_is_taken_for_html_or_left_unfilled() -> None:
    for name, text in documents().items():
        prose = re.sub(r"```.*?```|`[^`\n]*`|<!--.*?-->|<a id=\"sample\"></a>", "", text, flags=re.DOTALL)
        assert re.findall(r"[<{]\w*", prose) == [], name
