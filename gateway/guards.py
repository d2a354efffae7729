"""Use case: what must be asked of a packet that is valid in itself: too soon, too much withdrawn, period closed."""

from typing import TYPE_CHECKING

from gateway.domain.feed import Dating, Feed, Mode
from gateway.domain.packet import Survey
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.regulation import Regulation, Withdrawal, closed_period, seconds_to_wait, shrink

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

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
    assert survey.header
    percent = hub.settings.shrink_percent if regulation.shrink_percent is None else regulation.shrink_percent
    found = [closed_period(regulation, survey.header), shrink(percent, _withdrawal(hub, facts, sender, feed, survey))]
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


def _withdrawal(hub: "Hub", facts: "Connection", sender: Sender, feed: Feed, survey: Survey) -> Withdrawal:
    header = survey.header
    assert header
    if header.mode is Mode.MERGE:
        return Withdrawal()
    window = (header.first_date or survey.first_date, header.last_date or survey.last_date)
    if feed.dating is not Dating.NONE and None in window:
        return Withdrawal()  # an empty packet that names no dates speaks for none
    place = (feed, sender.site, header.organization, window)
    return hub.withdrawals.withdrawal(facts, *place, survey.identities, survey.numbers, survey.found.rows or 0)
