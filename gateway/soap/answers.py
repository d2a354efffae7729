"""An operation's record as the bytes of a SOAP response: to the byte what spyne would write, many times faster.

Records are flat, or hold lists of flat records (contract, Types), so that one look at a class tells all about it.
"""

import re
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast
from xml.sax.saxutils import escape

from spyne import ComplexModel
from spyne.protocol.soap import Soap11

from gateway.soap.front_door import NAMESPACE, SOAP

_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    f'<soap11env:Envelope xmlns:soap11env="{SOAP}" xmlns:tns="{NAMESPACE}"><soap11env:Body>'
)
_TAIL = "</soap11env:Body></soap11env:Envelope>"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile(f"[&<>\r]|{_NO_XML.pattern}")
_WRITING = Soap11()


class _Member(NamedTuple):
    """A field of a record."""

    name: str
    repeats: bool
    written: Callable[[Any], str]


def response(operation: str, record: Any) -> bytes:
    """The envelope with the operation's one result."""
    answer = _element(f"{operation}Response", _element("return", _record(record)))
    return f"{_HEAD}{answer}{_TAIL}".encode()


def _record(record: Any) -> str | None:
    """What stands in a record's element; None where nothing does."""
    return "".join(_fields(record)) or None


def _fields(record: Any) -> Iterator[str]:
    for member in _members(cast(Hashable, type(record))):
        value = getattr(record, member.name)
        if value is not None:
            for each in value if member.repeats else (value,):
                yield _element(member.name, member.written(each))


def _element(name: str, content: str | None) -> str:
    return f"<tns:{name}/>" if content is None else f"<tns:{name}>{content}</tns:{name}>"


@cache
def _members(kind: Hashable) -> list[_Member]:
    found = cast(Any, kind).get_flat_type_info(kind).items()
    return [_Member(name, each.Attributes.max_occurs > 1, _writer(each)) for name, each in found]


def _writer(kind: Any) -> Callable[[Any], Any]:
    if issubclass(kind, ComplexModel):
        return _record

    def written(value: Any) -> str:
        text = str(value) if type(value) is int or isinstance(value, str) else _WRITING.to_unicode(kind, value)
        return escape(_NO_XML.sub("\ufffd", text), {"\r": "&#13;"}) if _SPECIAL.search(text) else text

    return written
