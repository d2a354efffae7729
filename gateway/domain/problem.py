"""A problem is one coded finding about a packet, a document or a row; the catalogue gives it words."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VALUE_LENGTH = 100
"""How many characters of a wrong value are quoted (contract, Problem)."""
_LENGTHS = {"document": 250, "field": 100, "value": VALUE_LENGTH}
"""Places are a sender's text too, and where they are wrong they may be long."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """Where and what. `row` counts from 1 within the packet; `params` fill the message."""

    code: str
    document: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, length in _LENGTHS.items():
            if (text := getattr(self, name)) is not None and len(text) > length:
                object.__setattr__(self, name, text[:length])


@dataclass(frozen=True)
class Wording:
    """A problem in one language, as answers, pages and docs show it."""

    title: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Definition:
    code: str
    severity: Severity
    fixed: bool
    wording: Mapping[str, Wording]


class Catalogue:
    """Every problem there is, from the parsed `schemas/problems.toml`."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.definitions = {code: _definition(code, entry) for code, entry in table.items()}

    def severity(self, code: str) -> Severity:
        return self.definitions[code].severity

    def weight(self, code: str, weights: Mapping[str, str]) -> str:
        """Its severity for a party with `weights` of its own; a fixed problem weighs the same for all."""
        definition = self.definitions[code]
        return definition.severity if definition.fixed else weights.get(code, definition.severity)

    def wording(self, problem: Problem, language: str) -> Wording:
        """The problem's words with its own place and values filled in."""
        words = self.definitions[problem.code].wording[language]
        known = {"field": problem.field or "", "value": problem.value or "", "document": problem.document or ""}
        filled = {**known, **problem.params}
        return Wording(words.title, words.message.format_map(filled), words.remedy.format_map(filled))


def _definition(code: str, entry: Mapping[str, Any]) -> Definition:
    wording = {language: Wording(**entry[language]) for language in ("ru", "en")}
    return Definition(code, Severity(entry["severity"]), not entry.get("negotiable", False), wording)
