"""When two names are alike: by their words in any order, and by figures, which must be the same; and what is certain.

Goods are known by their names, outlets by name and address, warehouses by how the distributor calls them.
"""

import re
from dataclasses import dataclass

FIGURES_DIFFER = 70
"""The most that names may be alike whose figures differ: 0,5 l is never 1,5 l."""
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_NO_WORD = re.compile(r"[\W_]+")
_POSTAL_CODE = re.compile(r"\b\d{6}\b")
_OF_ANY_ADDRESS = frozenset(
    """
    россия рф обл область край респ республика р район рн г гор город п пос поселок с село д дер деревня пгт
    мкр микрорайон ул улица пр пркт прт проспект пер переулок б бульвар ш шоссе наб набережная пл площадь
    дом вл владение к корп корпус стр строение лит литера пом помещение оф офис кв квартира эт этаж
    ооо оао зао ао пао ип магазин
    """.split()  # noqa: SIM905
)
"""What says nothing of which outlet it is."""


@dataclass(frozen=True)
class Likeable:
    """A distributor's code or a record of ours, by its key, as it is compared: what is empty is not.

    `marks` are what makes it certain: (by what, value).
    """

    key: int
    name: str = ""
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """That a code may stand for a record of ours: how alike, 0 to 100, and by what."""

    code: int
    target: int
    score: int
    why: str


def goods(key: int, name: str | None, gtin: str | None, code: str | None) -> Likeable:
    """`code` is our code; of theirs, the manufacturer's code that they know."""
    return Likeable(key, name or "", (("maker", plain_code(code or "")), ("gtin", plain_gtin(gtin or ""))))


def place(
    key: int, name: str | None, address: str | None, inn: str | None, kpp: str | None, fsrar: str | None
) -> Likeable:
    """An outlet. A company's places are told apart by KPP; a trader in person has none."""
    whole = _POSTAL_CODE.sub(" ", _plain(f"{name or ''} {address or ''}"))
    said = re.findall(r"[^\W\d_]+|\d+(?:[.,]\d+)?", whole)
    text = " ".join(each for each in said if each not in _OF_ANY_ADDRESS)
    taxpayer = f"{inn}/{kpp}" if inn and kpp else inn if inn and len(inn) == 12 else ""
    return Likeable(key, text, (("inn", taxpayer or ""), ("fsrar", plain_gtin(fsrar or ""))))


def words(name: str) -> str:
    """The name's words in a fixed order, without marks and case."""
    return " ".join(sorted(_NO_WORD.sub(" ", _FIGURE.sub(" ", _plain(name))).split()))


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")


def figures(name: str) -> tuple[str, ...]:
    """The numbers in a name, in a fixed order: `0,5` and `0.50` are the same."""
    found = (each.replace(",", ".") for each in _FIGURE.findall(name))
    return tuple(sorted((each.rstrip("0").rstrip(".") if "." in each else each).lstrip("0") for each in found))


def plain_gtin(gtin: str) -> str:
    """A bar code has as many leading zeros as its writer likes."""
    return gtin.strip().lstrip("0")


def plain_code(code: str) -> str:
    return _NO_WORD.sub("", code.casefold()).lstrip("0")
