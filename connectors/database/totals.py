"""What the hub holds of a feed, added up for its sender to compare."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, func, select

from connectors.database.facts import FACTS
from gateway.domain.feed import Feed


@dataclass(frozen=True)
class DayTotals:
    """Sums of one organisation and date; signed, returns negative. None where the feed has no such number."""

    organization: str
    day: date | None
    documents: int
    rows: int
    quantity: Decimal | None
    amount: Decimal | None


def totals(connection: Connection, feed: Feed, site: int, first: date, last: date) -> list[DayTotals]:
    """A site's facts by organisation and date; a register without dates is one line an organisation."""
    document, row = FACTS[feed.name].document, FACTS[feed.name].row
    source = document if row is None else document.outerjoin(row, row.c.document == document.c.key)
    numbers = (row if row is not None else document).c
    rows = func.count(document.c.key) if row is None else func.count(row.c.n)
    sums = [func.sum(numbers[name]) if name in feed.totals else None for name in ("quantity", "amount")]
    columns = [each for each in sums if each is not None]
    by = (document.c.organization, document.c.date)
    found = connection.execute(
        select(*by, func.count(document.c.key.distinct()), rows, *columns)
        .select_from(source)
        .where(document.c.site == site, ~document.c.deleted)
        .where(document.c.date.is_(None) | document.c.date.between(first, last))
        .group_by(*by)
        .order_by(*by)
    )
    return [_day(feed, tuple(each)) for each in found]


def _day(feed: Feed, found: tuple) -> DayTotals:  # type: ignore[type-arg]
    organization, day, documents, rows, *sums = found
    by_name = dict(zip((name for name in ("quantity", "amount") if name in feed.totals), sums, strict=True))
    return DayTotals(organization, day, documents, rows, by_name.get("quantity"), by_name.get("amount"))
