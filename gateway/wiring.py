"""The one place where parts are put together: settings and connectors into the hub that use cases take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from connectors import formats
from connectors.database import (
    bulk,
    catalog,
    codes,
    journal,
    merging,
    migrate,
    notices,
    pages,
    parties,
    queue,
    reference,
    regulations,
    totals,
    transfers,
    withdrawals,
)
from connectors.database.engine import Store, open_store
from connectors.database.facts import WAREHOUSE
from connectors.database.tables import EXCHANGE
from connectors.shipped import catalogue
from gateway.access import Access
from gateway.config import Settings
from gateway.domain.party import Sender
from gateway.domain.problem import Catalogue

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Hub:
    """Everything a use case may touch. Two stores: intake's short commits never wait behind a merge."""

    settings: Settings
    exchange: Store
    warehouse: Store
    problems: Catalogue
    clock: Clock
    access: Access
    log: structlog.stdlib.BoundLogger

    bulk = bulk
    catalog = catalog
    codes = codes
    formats = formats
    journal = journal
    merging = merging
    notices = notices
    pages = pages
    parties = parties
    queue = queue
    reference = reference
    regulations = regulations
    totals = totals
    transfers = transfers
    withdrawals = withdrawals

    def close(self) -> None:
        self.exchange.close()
        self.warehouse.close()


def now() -> datetime:
    return datetime.now(UTC)


def open_hub(settings: Settings, clock: Clock = now) -> Hub:
    """The wired hub; its store is made or brought to the newest revision on the way."""
    upgrade_store(settings)
    exchange = open_store(settings.database, EXCHANGE)
    return Hub(
        settings=settings,
        exchange=exchange,
        warehouse=open_store(settings.database, WAREHOUSE),
        problems=catalogue(),
        clock=clock,
        access=_access(exchange, clock),
        log=structlog.get_logger(),
    )


def _access(exchange: Store, clock: Clock) -> Access:
    def login(name: str) -> tuple[str, Sender] | None:
        with exchange.reading() as connection:
            return parties.credentials(connection, name)

    def person(name: str) -> tuple[int, str] | None:
        with exchange.reading() as connection:
            return parties.person_secret(connection, name)

    return Access(login, person, clock)


def upgrade_store(settings: Settings) -> None:
    """Both schemas to the newest revision."""
    store = open_store(settings.database, EXCHANGE, WAREHOUSE)
    try:
        migrate.upgrade(store)
    finally:
        store.close()
