"""The operations staff's pages: the list of packets, and one packet or attempt with its problems."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Problem, Wording
from gateway.domain.receipt import State
from gateway.lineage import FORESEEN_ROWS, Changes, changes
from gateway.web.filters import LARGEST_KEY, Filters, matching, read_filters, read_number
from gateway.web.rendering import hub_of, language_of, page
from gateway.web.words import GROUPS

if TYPE_CHECKING:
    from gateway.wiring import Hub

LINES = 50
PARTIES_OFFERED = 500
"""How many parties the filter suggests; others are found by typing."""
UNDER_WAY = frozenset({State.ACCEPTED, State.LOADING})
router = APIRouter()


@router.get("/")
def packets(request: Request) -> Response:
    """Every attempt, newest first: what was refused stands among what was taken in."""
    hub, filters = hub_of(request), read_filters(request.query_params)
    now = hub.clock()
    with hub.exchange.reading() as connection:
        parties = hub.pages.party_names(connection)
        common = {"feed": filters.feed, "text": filters.text, "parties": matching(parties, filters.party)}
        wanted = hub.pages.Wanted(states=filters.states, since=filters.since(now), **common)
        found = hub.pages.listed(connection, wanted, LINES, filters.before, filters.after)
        if filters.after is not None and not found.newer:  # the first page, and then a full one
            found = hub.pages.listed(connection, wanted, LINES)
        counts = hub.pages.counts(connection, hub.pages.Wanted(since=now - timedelta(days=1), **common))
    return page(
        request,
        "packets.html",
        filters=filters,
        found=found,
        tiles=_tiles(counts, filters),
        parties=parties[:PARTIES_OFFERED],
        feeds=list(FEEDS),
        now=now,
    )


@router.get("/packets/{key:int}")
def packet(request: Request, key: int) -> Response:
    hub = hub_of(request)
    with hub.exchange.reading() as connection:
        attempt = hub.pages.attempt_of(connection, key) if key <= LARGEST_KEY else None
    if attempt is None:
        raise HTTPException(404)
    return _attempt_page(request, attempt)


@router.get("/attempts/{key:int}")
def attempt(request: Request, key: int) -> Response:
    """An attempt that no packet came of; the others are shown as their packets."""
    hub = hub_of(request)
    with hub.exchange.reading() as connection:
        found = hub.pages.details(connection, key) if key <= LARGEST_KEY else None
    if found is None:
        raise HTTPException(404)
    return RedirectResponse(f"/packets/{found.packet}", 303) if found.packet else _attempt_page(request, key)


def _attempt_page(request: Request, key: int) -> Response:
    hub = hub_of(request)
    code, number = request.query_params.get("code", ""), read_number(request.query_params.get("page")) or 1
    with hub.exchange.reading() as connection:
        shown = hub.pages.details(connection, key)
        counts = dict(hub.pages.problem_counts(connection, key))
        total = counts.get(code, 0) if code else sum(counts.values())
        number = min(number, max(1, -(-total // LINES)))
        problems = hub.pages.problems(connection, key, code, (number - 1) * LINES, LINES)
        under_id = hub.pages.Wanted(site=shown.site, packet_id=shown.packet_id)
        others = hub.pages.listed(connection, under_id, LINES)
    return page(
        request,
        "packet.html",
        shown=shown,
        problems=[(each, _worded(request, each.problem)) for each in problems],
        titles={each: _title(request, each) for each in counts},
        counts=counts,
        code=code,
        changes=_changes(hub, shown),
        number=number,
        total=total,
        lines=LINES,
        others=[each for each in others.lines if each.key != key],
        refreshes=shown.state in UNDER_WAY,
        now=hub.clock(),
    )


def _changes(hub: "Hub", shown: Any) -> Changes | None:
    """None where there is no packet, or one that is too large to be looked at while somebody waits."""
    too_large = shown.state == State.HELD and (shown.rows or 0) > FORESEEN_ROWS
    return None if not shown.packet or too_large else changes(hub, shown.packet, shown.state)


def _worded(request: Request, problem: Problem) -> Wording:
    """A problem's words; of a code that the catalogue has no more, or fills otherwise now, only the code."""
    try:
        return hub_of(request).problems.wording(problem, language_of(request))
    except KeyError:
        return Wording(problem.code, "", "")


def _title(request: Request, code: str) -> str:
    definition = hub_of(request).problems.definitions.get(code)
    return definition.wording[language_of(request)].title if definition else code


def _tiles(counts: dict[str, int], filters: Filters) -> list[dict[str, Any]]:
    """The last day at a glance: each group with its number, leading to the list of just these."""
    every: dict[str, Any] = {"group": None, "count": sum(counts.values()), "link": filters.link(state="", days=1)}
    every["current"] = filters.days == 1 and not filters.state
    tiles = [every]
    for name, group in GROUPS.items():
        count = sum(counts.get(state, 0) for state in group.states)
        current = filters.days == 1 and filters.state == name
        tiles.append({"group": group, "count": count, "link": filters.link(state=name, days=1), "current": current})
    return tiles
