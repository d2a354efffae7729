"""A regulation as people write it down, read into clauses; every complaint names the place."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gateway.domain.clause import ANY, Clause, Level
from gateway.domain.errors import Misuse
from gateway.domain.terms import WORDS, Body, day
from gateway.domain.working_days import BASES, RUSSIA, OwnDays
from gateway.regulating_rules import Agreed

_SECTIONS = ("groups", "calendars", "regulations")
_WHOSE = (Level.GROUP, Level.PARTY, Level.SITE)
_ABOUT = (*_WHOSE, "feeds", "warehouse", "from", "to", "withdrawn")


def agreed(written: Any) -> Agreed:
    """What the parsed file says. Raises Misuse."""
    told = _mapping(written, "the file", _SECTIONS)
    groups = {name: _texts(parties, f"group {name}") for name, parties in _of(told, "groups").items()}
    calendars = {name: _calendar(name, days) for name, days in _of(told, "calendars").items()}
    entries = told.get("regulations", [])
    if not isinstance(entries, list):
        raise Misuse("regulations: takes a list")
    found = [each for number, entry in enumerate(entries, start=1) for each in _clauses(number, entry)]
    seen: dict[tuple[object, ...], str] = {}
    for clause, place in found:
        if (before := seen.setdefault(clause.identity, place)) is not place:
            raise Misuse(f"{place}: is about the same as {before}")
    return Agreed([clause for clause, _ in found], groups, calendars, [place for _, place in found])


def _clauses(number: int, entry: Any) -> Iterator[tuple[Clause, str]]:
    place = f"regulation {number}"
    told = _mapping(entry, place, (*_ABOUT, *WORDS))
    whose = [level for level in _WHOSE if level in told]
    if len(whose) > 1:
        raise Misuse(f"{place}: is for one {', '.join(_WHOSE[:-1])} or {_WHOSE[-1]}, not for several")
    level = whose[0] if whose else Level.ALL
    name = _text(told[level], place) if whose else ""
    place = f"{place} ({f'{level} {name}' if whose else 'for all'})"
    first, last = _day(told, "from", place), _day(told, "to", place)
    body: Body = {} if "withdrawn" in told else {key: value for key, value in told.items() if key in WORDS}
    if not body and "withdrawn" not in told:
        raise Misuse(f"{place}: says nothing; to take a clause back write 'withdrawn: yes'")
    warehouse = _text(told.get("warehouse", ""), place)
    for feed in _texts(told.get("feeds", ANY), place):
        yield Clause(level, name, feed, warehouse, first, last, body), place


def _calendar(name: str, written: Any) -> OwnDays:
    place = f"calendar {name}"
    told = _mapping(written, place, ("based_on", "free", "worked"))
    if (base := told.get("based_on", RUSSIA)) not in BASES or name in BASES:
        raise Misuse(f"{place}: is based on one of {', '.join(BASES)}, which can't be written anew")
    free, worked = (
        frozenset(_date(each, place) for each in _texts(told.get(key, []), place)) for key in ("free", "worked")
    )
    return OwnDays(base, free, worked)


def _of(told: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    return _mapping(told.get(section, {}), section)


def _mapping(written: Any, place: str, known: tuple[str, ...] = ()) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise Misuse(f"{place}: takes names with values")
    if known and (strange := [key for key in written if key not in known]):
        raise Misuse(f"{place}: {strange[0]!r} is none of {', '.join(known)}")
    return written


def _text(written: Any, place: str) -> str:
    if not isinstance(written, str):
        raise Misuse(f"{place}: {written!r} is more than one value")
    return written.strip()


def _texts(written: Any, place: str) -> list[str]:
    found = written if isinstance(written, list) else [written]
    return [_text(each, place) for each in found]


def _day(told: Mapping[str, Any], key: str, place: str) -> date | None:
    return _date(_text(told[key], place), f"{place}: {key}") if key in told else None


def _date(text: str, place: str) -> date:
    try:
        return day(text)
    except ValueError as error:
        raise Misuse(f"{place}: {error}") from error
