"""Every problem has its words, in both languages, and is known by the same code everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from connectors.shipped import catalogue
from gateway.domain.problem import Catalogue, Definition, Problem, Severity

ROOT = Path(__file__).parents[2]
CATALOGUE = catalogue()
DEFINITIONS = list(CATALOGUE.definitions.values())
HERE = "tests/unit/test_problem_catalogue.py"
CODE = re.compile(r"[A-Z]{2,}(_[A-Z]+)+")
"""Stand in the catalogue ahead of the step that raises them; a code that no longer belongs here is noticed."""


def small_catalogue(message: str = "{field}: {value}, {said}", severity: str = "error") -> Catalogue:
    words = {"title": "T", "message": message, "remedy": "R {document}"}
    return Catalogue({"X_CODE": {"severity": severity, "ru": words, "en": {**words, "title": "E"}}})


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def strings(folder: str) -> Iterator[tuple[str, str]]:
    """(file, string) of every string in the folder's Python sources that looks like a code."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield path.relative_to(ROOT).as_posix(), node.value


def given_to_problems(folder: str) -> Iterator[tuple[str, str]]:
    """(file, code) of every `Problem("CODE", …)` that is written out."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path.relative_to(ROOT).as_posix(), first.value


def in_our_code() -> set[str]:
    return {code for folder in ("gateway", "connectors") for _, code in strings(folder)}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each.code)
def test_a_problem_has_title_message_and_remedy_in_russian_and_english(definition: Definition) -> None:
    russian, english = definition.wording["ru"], definition.wording["en"]
    for name in ("title", "message", "remedy"):
        assert re.search("[а-яё]", getattr(russian, name)), name
        assert re.search("[a-z]", getattr(english, name)), name
        assert not re.search("[А-Яа-яёЁ]", getattr(english, name)), name


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each.code)
def test_both_languages_tell_the_same_values(definition: Definition) -> None:
    russian, english = definition.wording["ru"], definition.wording["en"]
    assert placeholders(russian.message) == placeholders(english.message)
    assert placeholders(russian.remedy) == placeholders(english.remedy)
    assert placeholders(russian.title) == placeholders(english.title) == set()


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each.code)
def test_a_code_fits_its_column_and_titles_are_short(definition: Definition) -> None:
    assert CODE.fullmatch(definition.code)
    assert len(definition.code) <= 40
    assert all(len(words.title) <= 60 for words in definition.wording.values())


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    raised = [each for folder in ("gateway", "connectors", "bench", "tests") for each in given_to_problems(folder)]
    assert len({code for _, code in raised}) > 20
    assert [each for each in raised if each[1] not in CATALOGUE.definitions and each[0] != HERE] == []


def test_every_code_in_the_catalogue_is_raised_by_our_code() -> None:
    assert set(CATALOGUE.definitions) - in_our_code() == set()


def test_every_code_is_raised_by_some_test() -> None:
    named = {code for file, code in strings("tests") if file != HERE}
    assert set(CATALOGUE.definitions) - named == set()


def test_words_are_filled_with_the_problems_own_place_and_its_params() -> None:
    problem = Problem("X_CODE", "РН-1", 3, "price", "1,5", {"said": "7"})
    words = small_catalogue().wording(problem, "ru")
    assert (words.title, words.message, words.remedy) == ("T", "price: 1,5, 7", "R РН-1")
    assert small_catalogue().wording(problem, "en").title == "E"


def test_what_a_problem_does_not_have_is_told_as_nothing_and_braces_of_senders_stay_as_they_are() -> None:
    words = small_catalogue().wording(Problem("X_CODE", value="{0} {value}", params={"said": "{said}"}), "ru")
    assert words.message == ": {0} {value}, {said}"


def test_a_param_that_nobody_gave_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError, match="said"):
        small_catalogue().wording(Problem("X_CODE"), "ru")


def test_severity_decides_what_is_an_error() -> None:
    assert small_catalogue().severity("X_CODE") is Severity.ERROR
    assert small_catalogue(severity="warning").severity("X_CODE") is Severity.WARNING
    with pytest.raises(ValueError, match="fatal"):
        small_catalogue(severity="fatal")


def test_a_problem_quotes_no_more_than_its_columns_hold() -> None:
    long = Problem("X_CODE", document="d" * 300, field="f" * 300, value="v" * 300)
    assert (long.document, long.field, long.value) == ("d" * 250, "f" * 100, "v" * 100)
    short = Problem("X_CODE", document="РН-1", field="n", value="v" * 100)
    assert (short.document, short.field, short.value) == ("РН-1", "n", "v" * 100)
