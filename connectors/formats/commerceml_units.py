"""Units of CommerceML: the code of OKEI, and the short name that people and packets write."""

from typing import TYPE_CHECKING

from connectors.formats.commerceml_records import Unit
from connectors.formats.commerceml_values import factor_of, own_text, text

if TYPE_CHECKING:
    from lxml.etree import _Element

OKEI = {
    "006": "м",
    "055": "м2",
    "112": "л",
    "113": "м3",
    "163": "г",
    "166": "кг",
    "168": "т",
    "625": "лист",
    "704": "набор",
    "715": "пар",
    "736": "рул",
    "778": "упак",
    "796": "шт",
    "812": "ящ",
    "839": "компл",
    "868": "бут",
}
CODES = {name: code for code, name in OKEI.items()}
Known = dict[str, Unit]
"""Units of the classifier by id (3.x); what has a code is known by it too."""


def classified(element: "_Element", known: Known) -> None:
    """Takes in `ЕдиницаИзмерения` of the classifier."""
    code = text(element, "Код")
    found = Unit(text(element, "НаименованиеКраткое") or text(element, "НаименованиеПолное") or named(code), code)
    for key in (text(element, "Ид"), code):
        if key and found.name:
            known[key] = found


def base_unit(element: "_Element", known: Known) -> Unit | None:
    """Of `БазоваяЕдиница`: 2.x says the name, the code in an attribute; 3.x the classifier's id, or the code."""
    code, said = (element.get("Код") or "").strip(), own_text(element)
    if said in known:
        return known[said]
    if said.isdecimal():
        code, said = code or said, ""
    if not said and code in known:
        return known[code]
    name = said or OKEI.get(code, "") or (element.get("НаименованиеПолное") or "").strip() or code
    return Unit(name, code) if name else None


def line_unit(element: "_Element", known: Known) -> Unit | None:
    """Of `Единица` with `Коэффициент` beside it: a record (3.x), or a code or name (2.x)."""
    given = element.find("{*}Единица")
    if given is None:
        return None
    factor = factor_of(element)
    if len(given):
        key = text(given, "Ид")
        code = text(given, "Код") or (key if key.isdecimal() or key in known else "")
        name = text(given, "НаименованиеКраткое") or text(given, "НаименованиеПолное")
    else:
        code, name = own_text(given), ""
        if not code.isdecimal() and code not in known:
            code, name = CODES.get(code, ""), code
    name = name or (known[code].name if code in known else named(code))
    return Unit(name, known[code].code if code in known else code, factor) if name else None


def named(code: str) -> str:
    return OKEI.get(code, code)
