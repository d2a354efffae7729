"""Puts notices into words: one template for each kind and language, whose first line is the title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.domain.contact import Contact
from gateway.domain.incident import Change
from gateway.domain.problem import Problem, Wording

if TYPE_CHECKING:
    from gateway.wiring import Hub

TITLE_LENGTH = 200


@dataclass(frozen=True)
class Letter:
    title: str
    text: str


def letter(hub: "Hub", number: int, change: Change, place: Any, reader: Contact) -> Letter:
    """A notice for a person. `place` names party and site; who is not of our staff is led to a page that is public."""
    rule = change.incident.rule
    path = f"/incidents/{number}" if reader.party is None else f"/reference/problems#{rule}"
    known = _known(hub, change, place, reader.language, reader.time_zone)
    return _titled(
        _rendered(f"notice.{reader.language}.txt", known | {"number": number, "link": hub.settings.address + path})
    )


def in_band(hub: "Hub", change: Change, place: Any, language: str, time_zone: str) -> str:
    """A notice for a distributor's 1C: one line."""
    return _one_line(_rendered(f"to_1c.{language}.txt", _known(hub, change, place, language, time_zone)))


def digest(rows: Sequence[Any], language: str) -> Letter:
    """One message of many notices."""
    return _titled(_rendered(f"digest.{language}.txt", {"rows": rows}))


def why(params: Mapping[str, str], language: str) -> str:
    """What ended an incident, in a few words; empty where nothing is known but that it is over."""
    known = {name: params.get(name) for name in ("reason", "ended", "ended_by")}
    return _one_line(_rendered(f"why.{language}.txt", known))


def _known(hub: "Hub", change: Change, place: Any, language: str, time_zone: str) -> dict[str, Any]:
    incident, zone = change.incident, ZoneInfo(time_zone)

    def local(moment: datetime | None) -> str | None:
        return f"{moment.astimezone(zone):%d.%m.%Y %H:%M} ({time_zone})" if moment else None

    where = [place.party_name, place.feed, place.warehouse, place.subject]
    named = f"{place.party_name} ({place.party_code})" if place.party_code else None
    return {
        "kind": change.kind.value,
        "severity": incident.severity.value,
        "words": _words(hub, Problem(incident.rule, params=incident.params), language),
        "place": ", ".join(each for each in where if each) or "Obmen",
        "party": named,
        "site": place.site_code,
        "feed": place.feed,
        "warehouse": place.warehouse,
        "day": incident.params.get("day"),
        "packet_id": place.packet_id,
        "opened_at": local(incident.opened_at),
        "closed_at": local(incident.closed_at),
        "why": why(incident.params, language),
        "due_at": local(incident.due_at),
        "repeats": incident.repeats,
        "assignee": incident.assignee,
    }


def _words(hub: "Hub", problem: Problem, language: str) -> Wording:
    """Where its words can't be filled that is a mistake of ours; the incident is told all the same."""
    try:
        return hub.problems.wording(problem, language)
    except KeyError as error:
        hub.log.error("no words", problem=problem.code, missing=str(error))
        there = ", ".join(f"{name}: {value}" for name, value in problem.params.items())
        return Wording(hub.problems.definitions[problem.code].wording[language].title, there, "")


def _titled(text: str) -> Letter:
    title, _, rest = text.partition("\n\n")
    return Letter(_one_line(title)[:TITLE_LENGTH], rest.strip())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _rendered(template: str, values: dict[str, Any]) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    """Plain text: nothing is escaped, and lines of tags leave nothing behind."""
    return Environment(
        loader=PackageLoader("gateway", "notices"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
