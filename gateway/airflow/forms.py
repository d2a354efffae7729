"""What Airflow's form asks of a person who starts a DAG by hand, and what the answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from airflow.sdk import Param

from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS

if TYPE_CHECKING:
    from gateway.wiring import Hub

MAY_BE_EMPTY = ["null", "string"]
"""Airflow's page demands what is a string only, and its button stays grey until something stands there."""
ANY = "any"
PARTY = Param(None, type=MAY_BE_EMPTY, title="Party", description="The distributor's code; empty: all.")
DAY = {"type": MAY_BE_EMPTY, "format": "date"}
FIRST = Param(None, title="From", description="First day; empty: all days.", **DAY)
LAST = Param(None, title="To", description="Last day; goes together with the first.", **DAY)
FEED = Param(ANY, type="string", enum=[ANY, *FEEDS], title="Feed", description="Which kind of packets.")
PERIOD = {"party": PARTY, "first": FIRST, "last": LAST}


@dataclass(frozen=True)
class Wish:
    """`given` says whether anything was asked for; parties are all where none was named."""

    given: bool
    parties: list[int]
    feed: str
    first: date | None
    last: date | None


def wished(hub: "Hub", answers: Mapping[str, str | None]) -> Wish:
    """Raises Misuse for a party that there is not, or half a period."""
    code = answers.get("party") or ""
    first, last = (date.fromisoformat(day) if (day := answers.get(name)) else None for name in ("first", "last"))
    if (first is None) != (last is None) or (first and last and first > last):
        raise Misuse("give both the first day and the last")
    with hub.exchange.reading() as connection:
        known = hub.parties.party_keys(connection)
    if code and code not in known:
        raise Misuse(f"there is no party {code}")
    parties = [known[code]] if code else list(known.values())
    return Wish(bool(code or first), parties, feed_of(answers), first, last)


def feed_of(answers: Mapping[str, str | None]) -> str:
    """Empty for any."""
    feed = answers.get("feed") or ANY
    return "" if feed == ANY else feed
