"""The regulation's part of the run through everything that talks to the store."""

from datetime import date, timedelta

from gateway.closing import close, reopen
from gateway.domain.clause import Clause, Level
from gateway.domain.working_days import OwnDays
from gateway.publishing import agreed
from gateway.regulating import check
from gateway.regulating_rules import Agreed, Excuse, agree, excuse, take_back
from gateway.regulating_trial import tried
from tests.integration.exchange import Clock, Site
from tests.packets import stock, warehouse

DAILY = {"schedule": "daily at 21:00", "calendar": "company", "small": "50%", "unknown": "1%"}


def run(volga: Site, clock: Clock) -> None:
    """Agrees, expects, is late and missing, is met, judges, changes its mind, excuses, tries, and leaves."""
    draft = Agreed(
        [Clause(Level.ALL, feed="stock", body=DAILY), Clause(Level.GROUP, "south", "stock", body={"grace": "5 min"})],
        {"south": ["VOLGA"]},
        {"company": OwnDays(free=frozenset({date(2026, 12, 31)}))},
    )
    tried(volga.hub, draft, 10)
    agree(volga.hub, draft, "anna")
    agreed(volga.hub, volga.sender)
    clock.now += timedelta(days=3)
    check(volga.hub)
    day = clock.now.strftime("%Y-%m-%dT00:00:00")
    volga.load(stock("s-regulated", warehouse("MAIN", as_of=day), created=clock.now.isoformat()))
    check(volga.hub)
    agree(volga.hub, Agreed([Clause(Level.ALL, feed="stock", body=DAILY | {"grace": "1 h"})]), "anna")
    given = Excuse(volga.sender.party, None, "*", clock.now.date(), clock.now.date(), "a holiday")
    take_back(volga.hub, excuse(volga.hub, given, "anna"), "anna")
    check(volga.hub)
    close(volga.hub, volga.sender, "anna")
    reopen(volga.hub, volga.sender)
    with volga.hub.exchange.reading() as connection:
        volga.hub.slots.excuses(connection)
        volga.hub.parties.sites_listed(connection)
        assert len(volga.hub.clauses.history(connection, 10)) > 4
