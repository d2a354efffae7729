"""When two names of goods are alike: by their words in any order, and by figures, which must be the same."""

import re
from dataclasses import dataclass

FIGURES_DIFFER = 70
"""The most that names may be alike whose figures differ: 0,5 l is never 1,5 l."""
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Likeable:
    """A distributor's code or a SKU of ours, by its key, as it is compared: what is empty is not."""

    key: int
    name: str = ""
    gtin: str = ""
    code: str = ""
    """Our code; of theirs, the manufacturer's code that they know."""


@dataclass(frozen=True)
class Suggestion:
    """That a code may stand for a record of ours: how alike, 0 to 100, and by what."""

    code: int
    target: int
    score: int
    why: str


def words(name: str) -> str:
    """The name's words in a fixed order, without marks and case."""
    return " ".join(sorted(_NO_WORD.sub(" ", _FIGURE.sub(" ", name.casefold().replace("ё", "е"))).split()))


def figures(name: str) -> tuple[str, ...]:
    """The numbers in a name, in a fixed order: `0,5` and `0.50` are the same."""
    found = (each.replace(",", ".") for each in _FIGURE.findall(name))
    return tuple(sorted((each.rstrip("0").rstrip(".") if "." in each else each).lstrip("0") for each in found))


def plain_gtin(gtin: str) -> str:
    """A bar code has as many leading zeros as its writer likes."""
    return gtin.strip().lstrip("0")


def plain_code(code: str) -> str:
    return _NO_WORD.sub("", code.casefold()).lstrip("0")
