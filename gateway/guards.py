"""Use case: what must be asked of a packet that is valid in itself: too soon, too much withdrawn, period closed."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from gateway.domain.feed import Dating, Feed, Mode
from gateway.domain.packet import Survey
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.regulation import (
    Regulation,
    Waiting,
    Withdrawal,
    closed_period,
    seconds_to_wait,
    shrink,
    waiting_withdrawal,
)

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

EVERYTHING = 100
"""Percent: whoever may withdraw so much may withdraw what he likes."""
GUARDS = ("PERIOD_CLOSED", "SHRINK_GUARD")
WAITING_READ = 3
"""How many waiting packets of stock are read again to see of which warehouses they are."""
SUGGESTED_FOR = 20
"""For how many unknown codes nearest ones are looked up."""


def too_soon(hub: "Hub", sender: Sender, feed: str, regulation: Regulation) -> int | None:
    """Seconds to wait, None where the packet may come."""
    if not regulation.minimum_interval:
        return None
    with hub.exchange.reading() as connection:
        last = hub.regulations.last_received(connection, sender.site, feed)
    return seconds_to_wait(regulation, last, hub.clock())


def guard_problems(
    hub: "Hub", facts: "Connection", sender: Sender, feed: Feed, survey: Survey, regulation: Regulation
) -> list[Problem]:
    """Why a person (or the sender's `confirm`) is wanted; none: the packet passes."""
    percent = hub.settings.shrink_percent if regulation.shrink_percent is None else regulation.shrink_percent
    asks = percent < EVERYTHING  # else nothing need be counted: of history in bulk a long queue would be, every time
    shrunk = (shrink(percent, each) for each in (_withdrawals(hub, facts, sender, feed, survey) if asks else ()))
    touched = _touched(hub, facts, sender, feed, survey)
    found = [closed_period(regulation, touched), next(filter(None, shrunk), None)]
    return [problem for problem in found if problem]


def may_confirm(problems: list[Problem]) -> bool:
    """A closed period opens only by a person of the operations staff."""
    return all(problem.code != "PERIOD_CLOSED" for problem in problems)


def unknown_codes(hub: "Hub", facts: "Connection", sender: Sender, survey: Survey) -> list[Problem]:
    """A warning for each product code that has no SKU, with the nearest codes that have."""
    if not survey.products:
        return []
    unknown = hub.codes.unknown_products(facts, sender.party, list(survey.products))
    similar = hub.similar.similar_codes(facts, unknown[:SUGGESTED_FOR])
    return [unknown_code(code, survey.products[code], similar.get(code, [])) for code in unknown]


def unknown_code(code: str, rows: int, similar: list[str]) -> Problem:
    params = {"rows": str(rows), "similar": ", ".join(similar) or "—"}
    return Problem("CODE_UNKNOWN", field="product", value=code, params=params)


def _touched(
    hub: "Hub", facts: "Connection", sender: Sender, feed: Feed, survey: Survey
) -> Iterator[tuple[str, date | None]]:
    """The earliest dates that a packet changes: of its window, of its documents, and of these as they were known."""
    assert survey.header
    yield "from", survey.header.first_date
    if feed.dating is Dating.NONE:
        return
    yield "date", survey.first_date
    yield "id", hub.withdrawals.earliest(facts, feed, sender.site, survey.identities)


def _withdrawals(hub: "Hub", facts: "Connection", sender: Sender, feed: Feed, survey: Survey) -> Iterator[Withdrawal]:
    """What a packet would take away: from the facts, and from packets that are accepted and not loaded yet."""
    header = survey.header
    assert header
    window = (header.first_date or survey.first_date, header.last_date or survey.last_date)
    if header.mode is Mode.MERGE or (feed.dating is not Dating.NONE and None in window):
        return  # an empty packet that names no dates speaks for none
    place, rows = (feed, sender.site, header.organization, window), survey.found.rows or 0
    yield hub.withdrawals.withdrawal(facts, *place, survey.identities, survey.numbers, rows)
    if feed.per_warehouse:
        waiting = list(_waiting_warehouses(hub, sender, feed, survey, window))
    else:
        with hub.exchange.reading() as connection:
            waiting = hub.withdrawals.waiting(connection, *place, header.created)
    yield waiting_withdrawal(waiting, rows if hub.withdrawals.counts_rows(feed) else survey.found.documents or 0)


def _waiting_warehouses(
    hub: "Hub", sender: Sender, feed: Feed, survey: Survey, window: tuple[date | None, date | None]
) -> Iterator[Waiting]:
    """Of the newest packets that wait, those of which every warehouse is told of anew in the window."""
    header = survey.header
    assert header
    assert window[0]
    assert window[1]
    with hub.exchange.reading() as connection:
        place = (feed, sender.site, header.organization, header.created)
        found = hub.withdrawals.waiting_unread(connection, *place, WAITING_READ)
        contents = [hub.journal.read_payload(connection, each.payload) for each in found]
    for each, content in zip(found, contents, strict=True):
        read = hub.formats.survey(feed, content, hub.settings.packet_bytes, sender.zone)
        first, last = each.first or read.first_date, each.last or read.last_date
        if first and last and window[0] <= first and last <= window[1] and read.numbers <= survey.numbers:
            yield Waiting(first, last, each.rows)
