"""libxml2's words for a broken XSD rule, turned into our coded problems."""

import re

from lxml import etree

from connectors.xml_parsers import local_name
from gateway.domain.feed import Feed, Field, Kind
from gateway.domain.problem import Problem

_ATTRIBUTE = re.compile(r"attribute '([^']+)'")
_ALLOWED = re.compile(r"\{(.*)\}")
_KINDS = {
    Kind.NUMBER: "NUMBER_INVALID",
    Kind.INTEGER: "NUMBER_INVALID",
    Kind.DATE: "DATE_INVALID",
    Kind.INSTANT: "DATE_INVALID",
}
_BY_RULE = {
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "FIELD_MISSING",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "FIELD_UNKNOWN",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "FIELD_UNKNOWN",
    "SCHEMAV_CVC_ENUMERATION_VALID": "VALUE_NOT_LISTED",
    "SCHEMAV_CVC_MINLENGTH_VALID": "FIELD_LENGTH",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "FIELD_LENGTH",
    "SCHEMAV_CVC_AU": "FEED_DIFFERS",
    "SCHEMAV_CVC_ELT_1": "ELEMENT_UNEXPECTED",
    "SCHEMAV_ELEMENT_CONTENT": "ELEMENT_UNEXPECTED",
}
_HEADER = (
    Field("created", Kind.INSTANT),
    Field("from", Kind.DATE),
    Field("to", Kind.DATE),
    *(Field(name, Kind.NUMBER) for name in ("documents", "rows", "quantity", "amount")),
)


def problem_of(
    feed: Feed, error: "etree._LogEntry", element: "etree._Element", document: str | None, row: int | None
) -> Problem:
    """The problem that an entry of a schema's error log stands for, at the place already found."""
    field = _field(error.message, element)
    value = element.get(field) if field else local_name(element)
    code = _BY_RULE.get(error.type_name) or ("ELEMENT_INVALID" if field is None else _by_kind(feed, element, field))
    absent = value == "" or (value or "").startswith("0001-01-01")
    if field and absent and code not in ("FIELD_UNKNOWN", "VALUE_NOT_LISTED"):
        code = "FIELD_MISSING"
    name = field.rpartition("}")[2] if field else None
    return Problem(code, document, row, name, value, params=_params(code, error.message, feed, value))


def _field(message: str, element: "etree._Element") -> str | None:
    """The attribute that a message is about; libxml2 names it, in braces with its namespace if it has one."""
    found = _ATTRIBUTE.search(message)
    return found.group(1) if found else None


def _by_kind(feed: Feed, element: "etree._Element", name: str) -> str:
    element_name = local_name(element)
    by_element = {feed.document: feed.document_fields, feed.row: feed.row_fields}
    fields = by_element.get(element_name, _HEADER)
    kind = next((field.kind for field in fields if field.name == name), Kind.TEXT)
    return _KINDS.get(kind, "FIELD_INVALID")


def _params(code: str, message: str, feed: Feed, value: str | None) -> dict[str, str]:
    if code == "VALUE_NOT_LISTED":
        allowed = _ALLOWED.search(message.rpartition("element of the set")[2])
        return {"allowed": allowed.group(1).replace("'", "") if allowed else ""}
    if code == "FEED_DIFFERS":
        return {"called": feed.name}
    if code == "ELEMENT_INVALID":
        return {"reason": message.partition(": ")[2][:200]}
    return {}
