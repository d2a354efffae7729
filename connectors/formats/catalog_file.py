"""The catalogue as a distributor pulls it: XML of flat records, zipped or as text."""

import io
import zipfile
from datetime import datetime
from typing import Any
from xml.sax.saxutils import quoteattr

NAMESPACE = "urn:obmen:catalog:v1"
_RECORD = {"products": "product", "prices": "price", "outlets": "outlet", "crosswalk": "mapping"}


def catalog_text(kind: str, records: list[dict[str, Any]], until: datetime) -> str:
    """`<catalog kind=… until=…>` with one element a record; absent values are left out."""
    tag = _RECORD[kind]
    lines = [f"  <{tag}{_attributes(record)}/>" for record in records]
    head = f'<catalog xmlns="{NAMESPACE}" kind="{kind}" until="{until.isoformat()}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *lines, "</catalog>"])


def zipped(name: str, text: str) -> bytes:
    """A zip of one file."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return memory.getvalue()


def _attributes(record: dict[str, Any]) -> str:
    return "".join(f" {_camel(name)}={quoteattr(str(value))}" for name, value in record.items() if value is not None)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
