"""Use case: what a distributor's 1C may ask of the hub: its settings, totals, catalogue and notices."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.domain.errors import ContractBroken
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.domain.party import Sender
from gateway.domain.regulation import Regulation
from gateway.domain.terms import Terms
from gateway.domain.timetable import terms_on
from gateway.regulating_clauses import periods_of
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.notices import Notice
    from connectors.database.totals import DayTotals
    from gateway.wiring import Hub

EXCHANGE = "exchange"
KINDS = ("products", "prices", "outlets", "crosswalk")


@dataclass(frozen=True)
class Published:
    """A catalogue, as zip or text; the next question asks since `until`."""

    until: datetime
    content: bytes | None = None
    text: str | None = None


@dataclass(frozen=True)
class Agreed:
    """What is agreed for a feed: what intake asks, and when it is to come. `grace` in seconds."""

    feed: Feed
    rules: Regulation
    time_zone: str
    schedule: str | None = None
    grace: int | None = None
    next_due: datetime | None = None


def agreed(hub: "Hub", sender: Sender) -> list[Agreed]:
    """The regulation of every feed, as it holds today."""
    now = hub.clock()
    with hub.exchange.reading() as connection:
        periods = hub.clauses.periods(connection, sender.site)
        due = hub.slots.next_due(connection, sender.site, now)
        rules = {feed: hub.regulations.regulation_of(connection, sender.site, feed) for feed in FEEDS}
    found = []
    for feed in FEEDS.values():
        of_feed = periods.get(feed.name)
        words = terms_on(periods_of(of_feed), now.astimezone(sender.zone).date()) if of_feed else Terms()
        place = (feed, rules[feed.name], words.zone or sender.time_zone)
        if words.schedule:
            timing = (words.schedule.text, int(words.grace.total_seconds()), due.get(feed.name))
            found.append(Agreed(*place, *timing))
        else:
            found.append(Agreed(*place))
    return found


def totals(hub: "Hub", sender: Sender, feed: str, first: date, last: date) -> "list[DayTotals]":
    """What the hub holds by organisation and date. Raises ContractBroken for an unknown feed or a reversed window."""
    if feed not in FEEDS:
        raise ContractBroken(f"there is no feed {feed[:40]}; feeds are {', '.join(FEEDS)}")
    if first > last:
        raise ContractBroken("from is later than to")
    with hub.warehouse.reading() as connection:
        return hub.totals.totals(connection, FEEDS[feed], sender.site, first, last)


def catalog(hub: "Hub", sender: Sender, kind: str, since: datetime | None, as_text: bool) -> Published:
    """The manufacturer's records of a kind; of prices those for the party and for all, of outlets the party's own."""
    if kind not in KINDS:
        raise ContractBroken(f"kind is one of {', '.join(KINDS)}")
    until = hub.clock()
    with hub.warehouse.reading(beside=EXCHANGE) as connection:
        if kind == "prices":
            found = hub.prices.published(connection, sender.party, since)
        else:
            found = hub.catalog.records(connection, kind, sender.party, since)
    text = hub.formats.catalog_text(kind, found, until)
    return Published(until, text=text) if as_text else Published(until, hub.formats.zipped(f"{kind}.xml", text))


def notices(hub: "Hub", sender: Sender, since: datetime | None) -> "list[Notice]":
    with hub.exchange.reading() as connection:
        return hub.notices.waiting(connection, sender.site, since)


@repeated
def acknowledge(hub: "Hub", sender: Sender, ids: list[int]) -> int:
    with hub.exchange.writing() as connection:
        return hub.notices.acknowledge(connection, sender.site, ids, hub.clock())
