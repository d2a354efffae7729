"""The one place where parts are put together: settings and connectors into the hub that use cases take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import structlog

from connectors import calendars, erp, formats, matching
from connectors.database import (
    analytics,
    answers,
    attribution,
    audits,
    bookmarks,
    bulk,
    catalog,
    clauses,
    codes,
    contacts,
    crosswalk,
    erp_lines,
    erp_parties,
    erp_reference,
    fact_rows,
    failures,
    figures,
    history,
    incidents,
    journal,
    judgements,
    locks,
    mappings,
    merging,
    migrate,
    notices,
    order_answers,
    order_batches,
    order_checks,
    order_filling,
    order_following,
    order_mails,
    order_news,
    order_outcomes,
    order_reading,
    order_telling,
    order_translation,
    orders,
    outbox,
    packet_totals,
    pages,
    parties,
    prices,
    pruning,
    queue,
    recommendations,
    reconciliations,
    reference,
    regulations,
    scorecards,
    serving,
    similar,
    slots,
    suggestions,
    tokens,
    totals,
    touching,
    transfers,
    turnovers,
    units,
    webhooks,
    withdrawals,
)
from connectors.database.engine import Store, open_store
from connectors.database.facts import WAREHOUSE
from connectors.database.reconciliations import Wanted as Wanted  # what the command line asks with
from connectors.database.tables import EXCHANGE
from connectors.notify import Attachment, Message, Notifier
from connectors.shipped import catalogue
from connectors.webhook import post
from gateway.access import Access
from gateway.auditing import AuditWriter
from gateway.config import Settings
from gateway.domain.audit import Entry
from gateway.domain.errors import Busy
from gateway.domain.party import Login
from gateway.domain.problem import Catalogue
from gateway.lockout import Lockouts
from gateway.metrics import STORE_FREE, STORE_UP, Figures, Metrics

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
    audit: AuditWriter
    notifier: Notifier
    metrics: Metrics
    log: structlog.stdlib.BoundLogger

    attribution = attribution
    analytics = analytics
    answers = answers
    audits = audits
    bookmarks = bookmarks
    bulk = bulk
    calendars = calendars
    catalog = catalog
    clauses = clauses
    codes = codes
    contacts = contacts
    crosswalk = crosswalk
    failures = failures
    figures = figures
    erp = erp
    erp_lines = erp_lines
    erp_parties = erp_parties
    erp_reference = erp_reference
    fact_rows = fact_rows
    formats = formats
    history = history
    incidents = incidents
    journal = journal
    judgements = judgements
    locks = locks
    mappings = mappings
    matching = matching
    merging = merging
    Attachment = Attachment
    Message = Message
    migrate = migrate
    notices = notices
    outbox = outbox
    order_answers = order_answers
    order_batches = order_batches
    order_checks = order_checks
    order_filling = order_filling
    order_following = order_following
    order_mails = order_mails
    order_news = order_news
    order_outcomes = order_outcomes
    order_reading = order_reading
    order_telling = order_telling
    order_translation = order_translation
    orders = orders
    packet_totals = packet_totals
    pages = pages
    parties = parties
    prices = prices
    pruning = pruning
    queue = queue
    recommendations = recommendations
    reconciliations = reconciliations
    reference = reference
    regulations = regulations
    serving = serving
    scorecards = scorecards
    similar = similar
    slots = slots
    suggestions = suggestions
    tokens = tokens
    totals = totals
    touching = touching
    transfers = transfers
    units = units
    turnovers = turnovers
    webhooks = webhooks
    withdrawals = withdrawals
    call = staticmethod(post)

    def close(self) -> None:
        """What the audit journal still waits to store comes first."""
        self.audit.close()
        self.exchange.close()
        self.warehouse.close()


def now() -> datetime:
    return datetime.now(UTC)


def open_hub(settings: Settings, clock: Clock = now, made: bool = False) -> Hub:
    """The wired hub; its store is made or brought to the newest revision on the way.

    Not so where `made`: whoever serves beside a gateway must not make a store that vanished anew.
    """
    if not made:
        upgrade_store(settings)
    exchange = open_store(settings.database, EXCHANGE, wait_seconds=settings.store_seconds)
    warehouse = open_store(settings.database, WAREHOUSE, wait_seconds=settings.store_seconds)
    return Hub(
        settings=settings,
        exchange=exchange,
        warehouse=warehouse,
        problems=catalogue(),
        clock=clock,
        access=_access(settings, exchange, clock),
        audit=_audit_writer(exchange),
        notifier=_notifier(settings),
        metrics=_metrics(exchange, warehouse, clock),
        log=structlog.get_logger(),
    )


def _access(settings: Settings, exchange: Store, clock: Clock) -> Access:
    def login(name: str) -> Login | None:
        with exchange.reading() as connection:
            return parties.find_login(connection, name)

    def person(name: str) -> tuple[int, str] | None:
        with exchange.reading() as connection:
            return parties.person_secret(connection, name)

    lockouts = Lockouts(settings.login_failures, timedelta(seconds=settings.lockout_seconds), clock)
    return Access(login, person, clock, lockouts)


def _notifier(settings: Settings) -> Notifier:
    domain = urlsplit(settings.address).hostname or "localhost"
    return Notifier(settings.mail_url, settings.telegram_token, settings.telegram_url, domain)


def _audit_writer(exchange: Store) -> AuditWriter:
    def store(entries: Sequence[Entry]) -> None:
        with exchange.writing() as connection:
            audits.add(connection, entries)

    return AuditWriter(store)


def _metrics(exchange: Store, warehouse: Store, clock: Clock) -> Metrics:
    def read() -> Figures:
        try:
            with exchange.reading() as connection:
                found = figures.of_exchange(connection, clock())
            with warehouse.reading() as connection:
                found |= figures.of_warehouse(connection)
            free = exchange.free_bytes()
        except Busy:
            return {STORE_UP.name: {(): 0}}
        return {**found, STORE_UP.name: {(): 1}, **({} if free is None else {STORE_FREE.name: {(): free}})}

    return Metrics(read, clock)


def upgrade_store(settings: Settings) -> None:
    """Both schemas to the newest revision."""
    store = open_store(settings.database, EXCHANGE, WAREHOUSE, create=True)
    try:
        migrate.upgrade(store)
    finally:
        store.close()
