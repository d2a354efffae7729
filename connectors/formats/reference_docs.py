"""Writes docs/format and docs/problems.md, from the XSDs and the catalogue of problems."""

import sys
from pathlib import Path

from connectors.formats.reference import FORMATS, Attribute, Element, Form, Format, format_of
from connectors.formats.reference_words import pieces, said
from connectors.shipped import catalogue
from gateway.domain.problem import Definition

COMMAND = "python -m connectors.formats.reference_docs docs"
_MADE = f"<!-- Made by `{COMMAND}`; do not edit. -->\n"
_SOURCE = "../../schemas/packet/v1"
_LANGUAGES = {"ru": "По-русски", "en": "In English"}
_HEADS = {
    "ru": ("реквизит", "обязателен", "вид", "смысл"),
    "en": ("field", "required", "form", "meaning"),
}
_TYPES = {"ru": ("Типы", ("тип", "вид", "смысл")), "en": ("Types", ("type", "form", "meaning"))}
_YES = {"ru": "да", "en": "yes"}
_WITHIN = {"ru": "внутри", "en": "within"}
_CONTENT = {"ru": "Содержимое", "en": "Content"}
_OCCURS = {
    "once": {"ru": "ровно один", "en": "exactly one"},
    "optional": {"ru": "не более одного", "en": "at most one"},
    "many": {"ru": "сколько угодно", "en": "any number"},
}
_SEVERITIES = {"error": "error · ошибка", "warning": "warning · предупреждение"}
_NEGOTIABLE = "negotiable · можно согласовать"


def documents() -> dict[str, str]:
    """Every generated file's text by its path below `docs`."""
    formats = [format_of(feed) for feed in FORMATS]
    return {
        "problems.md": _problems(),
        "format/README.md": _contents(formats),
        **{f"format/{each.feed}.md": _format(each) for each in formats},
    }


def _contents(formats: list[Format]) -> str:
    lines = [
        _MADE,
        "# Форматы пакетов · Packet formats\n",
        "Пространство имён · namespace `urn:obmen:packet:v1`. Общие типы · shared types: "
        f"[types.xsd]({_SOURCE}/types.xsd). Правила обмена · the rules of the exchange: [contract](../contract.md).\n",
        _row("поток · feed", "режимы · modes", "документ · document", "смысл", "meaning"),
        "|---|---|---|---|---|",
    ]
    for each in formats:
        document = each.elements[2]
        link, modes = f"[`{each.feed}`]({each.feed}.md)", ", ".join(f"`{mode}`" for mode in each.modes)
        lines.append(_row(link, modes, f"`<{document.name}>`", document.meaning["ru"], document.meaning["en"]))
    return "\n".join(lines) + "\n"


def _format(shown: Format) -> str:
    sources = f"[{shown.feed}.xsd]({_SOURCE}/{shown.feed}.xsd) · [types.xsd]({_SOURCE}/types.xsd)"
    parts = [_MADE, f"# `{shown.feed}`\n", f"{sources} · [пример · sample](#sample)\n"]
    for language, name in _LANGUAGES.items():
        parts.append(f"## {name}\n")
        parts += [_element(each, language) for each in shown.elements]
        parts.append(_types(shown, language))
    parts += ['<a id="sample"></a>\n', "## Пример · Sample\n", f"```xml\n{shown.sample.strip()}\n```"]
    return "\n".join(parts) + "\n"


def _element(shown: Element, language: str) -> str:
    place = [_OCCURS[shown.occurs][language]]
    if shown.within:
        place.append(f"{_WITHIN[language]} " + ", ".join(f"`<{each}>`" for each in shown.within))
    meaning = shown.meaning[language]
    lines = [f"### `<{shown.name}>`\n", ". ".join(filter(None, [meaning, " ".join(place).capitalize()])) + ".\n"]
    if shown.text:
        lines.append(f"{_CONTENT[language]}: {_form(shown.text, language)}.\n")
    if shown.attributes:
        lines += [_row(*_HEADS[language]), "|---|---|---|---|"]
        lines += [_attribute(each, language) for each in shown.attributes]
        lines.append("")
    return "\n".join(lines)


def _attribute(shown: Attribute, language: str) -> str:
    required = _YES[language] if shown.required else ""
    form = _form(shown.form, language) + (f" (`{shown.form.name}`)" if shown.form.name else "")
    return _row(f"`{shown.name}`", required, form, shown.meaning[language])


def _types(shown: Format, language: str) -> str:
    title, heads = _TYPES[language]
    lines = [f"### {title}\n", _row(*heads), "|---|---|---|"]
    lines += [_row(f"`{each.name}`", _form(each, language), each.meaning[language]) for each in shown.forms]
    return "\n".join(lines) + "\n"


def _form(shown: Form, language: str) -> str:
    exact = list(shown.values) or ([shown.pattern] if shown.pattern and shown.kind == "text" else [])
    return " ".join([said(shown, language), ", ".join(f"`{each}`" for each in exact)]).strip()


def _problems() -> str:
    definitions = catalogue().definitions.values()
    return "\n".join([_MADE, "# Замечания · Problems\n", *(_problem(each) for each in definitions)])


def _problem(shown: Definition) -> str:
    terms = [_SEVERITIES[shown.severity], *([] if shown.fixed else [_NEGOTIABLE])]
    lines = [f"## {shown.code}\n", f"{', '.join(terms)}\n"]
    for language, words in shown.wording.items():
        message, remedy = (_marked(each, language) for each in (words.message, words.remedy))
        lines.append(f"- **{words.title}.** {message} → {remedy}")
    return "\n".join(lines) + "\n"


def _marked(message: str, language: str) -> str:
    """With placeholders in italics, and nothing that Markdown takes for HTML."""
    marked = (text.replace("<", "&lt;") + (f"*{word}*" if word else "") for text, word in pieces(message, language))
    return "".join(marked)


def _row(*cells: str) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def main(folder: Path) -> None:
    for name, text in documents().items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
