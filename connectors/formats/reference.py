"""The format of each feed's packets as people read it: every element, attribute and type, from the XSD itself."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from connectors.shipped import SCHEMAS
from gateway.domain.feeds import FEEDS
from gateway.domain.party import LANGUAGES

if TYPE_CHECKING:
    from xmlschema.validators import XsdAnnotation, XsdAttribute, XsdElement

FORMAT = SCHEMAS / "packet" / "v1"
PULLED = ("transfer-orders",)
"""Packets that go the other way: distributors pull them."""
FORMATS = (*FEEDS, *PULLED)
TYPES = "types"
"""The XSD that those of all feeds include."""
_DECIMALS = "{http://www.w3.org/2001/XMLSchema}fractionDigits"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_KINDS = {
    "boolean": "flag",
    "date": "date",
    "dateTime": "instant",
    "base64Binary": "binary",
    "nonNegativeInteger": "integer",
    "positiveInteger": "integer",
    "decimal": "number",
}
Words = Mapping[str, str]
"""The same in each language; empty where the XSD has no annotation."""


@dataclass(frozen=True)
class Form:
    """What a value may be. `name` is its type's in the XSD, if it has one; bounds are as the XSD writes them."""

    name: str
    kind: str
    meaning: Words
    values: tuple[str, ...]
    shortest: int | None
    longest: int | None
    least: str | None
    most: str | None
    decimals: int | None
    pattern: str | None


@dataclass(frozen=True)
class Attribute:
    name: str
    required: bool
    form: Form
    meaning: Words


@dataclass(frozen=True)
class Element:
    """`within` names the elements that it stands in, `text` is its content where that is no elements."""

    name: str
    within: tuple[str, ...]
    occurs: str
    meaning: Words
    attributes: tuple[Attribute, ...]
    text: Form | None


@dataclass(frozen=True)
class Format:
    """`elements` begin with the packet itself."""

    feed: str
    elements: tuple[Element, ...]
    sample: str

    @property
    def modes(self) -> tuple[str, ...]:
        return next(each.form.values for each in self.elements[0].attributes if each.name == "mode")

    @property
    def forms(self) -> list[Form]:
        """Every named type that the packet uses, by name."""
        used = [attribute.form for element in self.elements for attribute in element.attributes]
        used += [element.text for element in self.elements if element.text]
        named = {form.name: form for form in used if form.name}
        return [named[name] for name in sorted(named)]


@cache
def format_of(feed: str) -> Format:
    """`feed` is one of FORMATS."""
    from xmlschema import XMLSchema10  # here, not above: it takes a quarter of a second, and few commands need it

    packet = XMLSchema10(FORMAT / f"{feed}.xsd", allow="local").elements["packet"]
    elements: dict[str, Element] = {}
    for element, within in _walk(packet, ()):
        earlier = elements.get(element.name)
        elements[element.name] = dataclasses.replace(element, within=(*within, *(earlier.within if earlier else ())))
    return Format(feed, tuple(elements.values()), (FORMAT / "samples" / f"{feed}.xml").read_text("utf-8"))


def published(name: str) -> bytes | None:
    """The file that integrators get under this name: `FEED.xsd`, `types.xsd`, `FEED.xml` (a sample)."""
    stem, _, extension = name.rpartition(".")
    if extension == "xsd" and (stem in FORMATS or stem == TYPES):
        return (FORMAT / name).read_bytes()
    if extension == "xml" and stem in FORMATS:
        return (FORMAT / "samples" / name).read_bytes()
    return None


def _walk(element: "XsdElement", within: tuple[str, ...]) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """An element and all below it, documents before their rows."""
    yield _element(element), within
    if element.type.has_complex_content():
        for child in element.type.content.iter_elements():  # type: ignore[union-attr]
            yield from _walk(child, (str(element.local_name),))  # type: ignore[arg-type]


def _element(found: "XsdElement") -> Element:
    return Element(
        name=str(found.local_name),
        within=(),
        occurs=_occurs(found),
        meaning=_words(found.annotation, found.type.annotation),
        attributes=tuple(_attribute(each) for each in found.attributes.values()),  # type: ignore[arg-type]
        text=_form(found.type) if found.type.is_simple() else None,
    )


def _occurs(found: "XsdElement") -> str:
    group: Any = found.parent
    if found.max_occurs is None or (group is not None and group.max_occurs is None):
        return "many"
    return "once" if found.min_occurs else "optional"


def _attribute(found: "XsdAttribute") -> Attribute:
    form = _form(found.type)
    if found.fixed is not None:
        form = dataclasses.replace(form, values=(found.fixed,))
    meaning = _words(found.annotation, found.type.annotation)
    return Attribute(str(found.name), found.use == "required", form, meaning)


def _form(found: Any) -> Form:
    return Form(
        name=found.local_name if found.target_namespace.startswith("urn:obmen:") and found.local_name else "",
        kind=next((_KINDS[each.local_name] for each in _ancestry(found) if each.local_name in _KINDS), "text"),
        meaning=_words(found.annotation),
        values=tuple(found.enumeration or ()),
        shortest=found.min_length,
        longest=found.max_length,
        least=_text(found.min_value),
        most=_text(found.max_value),
        decimals=getattr(found.get_facet(_DECIMALS), "value", None),
        pattern=found.patterns.regexps[0] if found.patterns else None,
    )


def _ancestry(found: Any) -> Iterator[Any]:
    while found is not None:
        yield found
        found = found.base_type


def _text(bound: Any) -> str | None:
    return None if bound is None else str(bound)


def _words(*annotations: "XsdAnnotation | None") -> Words:
    """Of the first annotation that there is."""
    first = next((each for each in annotations if each), None)
    said = {each.attrib.get(_LANGUAGE): each.text for each in first.documentation} if first else {}
    return {language: said.get(language) or "" for language in LANGUAGES}
