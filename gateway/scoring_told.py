"""Use case: what a distributor is told of his scorecard, in his language: a letter, and a line for his 1C."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.domain.delivery import SlotState
from gateway.domain.errors import Misuse
from gateway.domain.problem import Problem
from gateway.domain.scorecard import NOT_THEIRS, WEIGHTS, bounds, score
from gateway.repeating import repeated
from gateway.scoring import ALL, zone
from gateway.scoring_words import Words

if TYPE_CHECKING:
    from gateway.wiring import Hub

NOTICE = "SCORECARD"
LONGEST_LIST = 200
"""Breaches in a letter; that there are more is said."""


def letter(hub: "Hub", party: int, month: date, output: Path, template: Path | None = None) -> None:
    """Writes the month's letter. Raises Misuse where there is no scorecard, or a file can't be used."""
    cards = _cards(hub, month, party)
    if not cards:
        raise Misuse(f"there is no scorecard of {month:%Y-%m}")
    with hub.exchange.reading() as connection:
        language = hub.scorecards.parties(connection, [party])[party].language
        begin, end = bounds(month, zone(hub))
        slots = hub.scorecards.breached_slots(connection, party, month)
        incidents = hub.scorecards.incidents(connection, [party], begin, end)
        rejections = hub.scorecards.rejections(connection, party, begin, end)
    words = Words(language)
    theirs = [each for each in incidents if each.rule not in NOT_THEIRS]
    breaches = {
        "slots": [_slot(words, each) for each in slots[:LONGEST_LIST]],
        "incidents": [_incident(hub, words, each) for each in theirs[:LONGEST_LIST]],
        "rejections": [_rejection(hub, language, *each) for each in rejections],
        "more": sum(max(0, len(each) - LONGEST_LIST) for each in (slots, theirs)),
    }
    hub.formats.write_letter(output, language, {**_head(hub, words, month, cards), **breaches}, template)


def tell(hub: "Hub", month: date, party: int | None = None) -> int:
    """A notice to each site of the parties that have a rating, unless it was told already; how many there were."""
    cards = _cards(hub, month, party, ALL)
    return sum(_tell(hub, month, each) for each in cards if each.rating is not None)


@repeated
def _tell(hub: "Hub", month: date, card: Any) -> int:
    told = 0
    with hub.exchange.writing() as connection:
        language = hub.scorecards.parties(connection, [card.party])[card.party].language
        text = _notice(Words(language), month, card)
        for site in hub.parties.sites_by_party(connection).get(card.party, []):
            if not hub.notices.was_told(connection, site, NOTICE, text):
                hub.notices.add_notice(connection, site, NOTICE, text, None, hub.clock())
                told += 1
    return told


def _notice(words: Words, month: date, card: Any) -> str:
    known = ((name, getattr(card, part)) for part, name in words.parts.items())
    parts = ", ".join(f"{name} {words.percent(value)} %" for name, value in known if value is not None)
    rating = {"rating": words.percent(card.rating), "grade": card.grade}
    return words.notice.format(month=words.month(month), parts=parts, **rating)


def _cards(hub: "Hub", month: date, party: int | None, feed: str | None = None) -> Sequence[Any]:
    with hub.warehouse.reading() as connection:
        found: Sequence[Any] = hub.scorecards.listed(connection, month, party, feed)
    return found


def _head(hub: "Hub", words: Words, month: date, cards: Sequence[Any]) -> dict[str, Any]:
    """The figures: of all feeds together, then feed by feed."""
    whole = next(each for each in cards if each.feed == ALL)
    parts = [
        {"name": name, "value": words.percent(getattr(whole, part)), "weight": str(WEIGHTS[part])}
        for part, name in words.parts.items()
    ]
    return {
        "party": whole.party_name,
        "month": words.month(month),
        "today": words.day(hub.clock().astimezone(zone(hub)).date()),
        "rating": words.percent(whole.rating),
        "grade": whole.grade or "—",
        "formula": words.sum(score(hub.scorecards.tally_of(whole)).formula),
        "parts": parts,
        "feeds": [_feed(words, each) for each in cards if each.feed != ALL],
    }


def _feed(words: Words, card: Any) -> dict[str, str]:
    counts = {"slots": card.slots, "late": card.met - card.in_time, "missing": card.slots - card.met}
    percents = ("timeliness", "completeness", "quality", "rating")
    return {
        "name": words.feed(card.feed),
        **{name: str(count) for name, count in counts.items()},
        **{name: words.percent(getattr(card, name)) for name in percents},
    }


def _slot(words: Words, slot: Any) -> dict[str, str]:
    here = ZoneInfo(slot.time_zone)
    return {
        "day": words.day(slot.day),
        "feed": words.feed(slot.feed),
        "site": slot.site_code,
        "warehouse": slot.warehouse or "—",
        "due": words.moment(slot.due_at, here),
        "came": words.moment(slot.met_at, here),
        "state": words.states[SlotState(slot.state)],
    }


def _incident(hub: "Hub", words: Words, incident: Any) -> dict[str, str]:
    said = hub.problems.wording(Problem(incident.rule, params=incident.params), words.language)
    ends = {"opened": incident.opened_at, "ended": incident.closed_at}
    moments = {name: words.moment(moment, zone(hub)) for name, moment in ends.items()}
    return {"title": said.title, "message": said.message, "feed": words.feed(incident.feed), **moments}


def _rejection(hub: "Hub", language: str, code: str, count: int) -> dict[str, str]:
    return {"code": code, "title": hub.problems.definitions[code].wording[language].title, "count": str(count)}
