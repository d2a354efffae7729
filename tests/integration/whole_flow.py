"""One run through everything that talks to the store: each statement of ours is executed here at least once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType, ModuleType
from typing import Any

from connectors.database import journal, pages
from connectors.database.journal import Journalled
from connectors.database.queue import Claim
from connectors.database.reconciliations import Wanted
from connectors.shipped import SCHEMAS
from gateway import sealing
from gateway.domain.audit import Entry
from gateway.domain.feed import Register
from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Problem
from gateway.domain.reconciliation import Rule, Tolerance, Verdict
from gateway.intake import Submission, submit
from gateway.lineage import told, traced
from gateway.loading import is_due, load_all, sweep
from gateway.monitoring import readiness
from gateway.pruning import prune
from gateway.publishing import acknowledge, catalog, notices, totals
from gateway.receipts import problems, receipt
from gateway.reconciling import ask_again, reconcile_next
from gateway.reconciling_documents import documents
from gateway.referencing import load_reference
from gateway.referencing_erp import load_erp
from gateway.regulating_rules import change
from gateway.releasing import refuse, release, retry, retry_all
from gateway.scoring import refresh
from gateway.scoring_told import letter, tell
from gateway.transferring import complete, open_transfer, put_part
from gateway.wiring import Hub
from tests.integration import crosswalk_flow, erp_flow, incident_flow, order_flow, regulation_flow
from tests.integration.exchange import Clock, Site, site
from tests.packets import element, line, shipment, shipments

MARKED = line(2, element("mark", "QUJD"), product="000777", gtin="4600000000012")
MANY = [shipment(f"РН-{number}") for number in range(20)]


def run(hub: Hub, clock: Clock) -> None:
    """Sends, refuses, holds, releases, loads, corrects, maps, fails, publishes, seals and shows."""
    volga = site(hub)
    _people(hub, volga)
    _packets(volga)
    _held(volga)
    _throttled(hub)
    _every_feed(volga)
    _in_parts(volga)
    _reference(volga)
    crosswalk_flow.run(volga)
    _failing(volga, clock)
    _reconciled(volga)
    incident_flow.run(volga, clock)
    _read(volga)
    regulation_flow.run(volga, clock)
    order_flow.run(hub, clock)
    _scored(volga)
    erp_flow.run(hub, clock)
    _audited(hub, clock)
    _monitored(hub)
    _shown(hub)
    _pruned(hub, clock)


def _people(hub: Hub, volga: Site) -> None:
    with hub.exchange.writing() as connection:
        hub.parties.add_person(connection, "admin", "no hash")
        found = hub.parties.person_secret(connection, "admin")
        hub.parties.begin_visit(connection, "token", found[0], hub.clock())
        hub.parties.visitor(connection, "token", hub.clock())
        hub.parties.end_visit(connection, "token", hub.clock())
        hub.parties.rotate(connection, "VOLGA-main", "new hash", hub.clock())
        hub.parties.allow_networks(connection, volga.sender.site, ("10.0.0.0/8",))
        hub.regulations.weigh(connection, volga.sender.party, "CONTROL_MISSING", "warning")
    words = {"history": "3650 days", "closed_through": "2020-01-01"}
    change(hub, volga.sender.site, "shipments", words, "anna")
    load_reference(hub, Register.PRODUCT, [{"code": "000123", "name": "Чай", "gtin": "4600000000011"}])


def _packets(volga: Site) -> None:
    note = element("attribute", name="driver", value="Иванов")
    volga.load(shipments("p-1", shipment("РН-1", note, line(1), MARKED, line(1)), shipment("РН-2", kind="return")))
    correction = [shipment("РН-1", line(1, quantity=3)), shipment("РН-2", deleted="true")]
    volga.load(shipments("p-2", *correction, mode="merge", created="2026-11-22T00:00:00"))
    volga.send(shipments("p-1"))
    volga.send(shipments("bad", shipment("РН-3", line(1, quantity="six"))))
    submit(volga.hub, volga.sender, Submission("shipments", "dry", shipments("dry"), dry_run=True))


def _held(volga: Site) -> None:
    volga.load(shipments("many", *MANY, created="2026-11-23T00:00:00"))
    told(volga.hub, 3)
    assert traced(volga.hub, 3, 1).fact
    for packet_id in ("held-1", "held-2"):
        assert volga.send(shipments(packet_id, empty=True, created="2026-11-24T00:00:00")).status == "held"
    assert told(volga.hub, 4).changes.found
    with volga.hub.exchange.reading() as connection:
        assert len(volga.hub.journal.held_packets(connection)) == 2
    release(volga.hub, volga.sender, "held-1")
    refuse(volga.hub, volga.sender, "held-2", "a mistake")
    load_all(volga.hub)
    acknowledge(volga.hub, volga.sender, [each.id for each in notices(volga.hub, volga.sender, volga.hub.clock())])


def _throttled(hub: Hub) -> None:
    branch = site(hub, code="branch")
    for interval in ("1 min", "1 h"):
        change(hub, branch.sender.site, "shipments", {"minimum_interval": interval}, "anna")
    branch.load(shipments("p-1"))
    assert branch.send(shipments("p-2")).status == "throttled"


def _every_feed(volga: Site) -> None:
    """Each twice, so that there is something to withdraw or to correct."""
    for feed in FEEDS:
        sample = (SCHEMAS / "packet" / "v1" / "samples" / f"{feed}.xml").read_bytes()
        for packet_id in (f"sample-{feed}", f"again-{feed}"):
            content = sample.replace(f'id="sample-{feed}"'.encode(), f'id="{packet_id}"'.encode(), 1)
            answer = submit(volga.hub, volga.sender, Submission(feed, packet_id, content, confirm=True))
            assert answer.status == "accepted", (feed, answer.problems)
        load_all(volga.hub)
        assert volga.state(f"again-{feed}").startswith("loaded")


def _in_parts(volga: Site) -> None:
    content = shipments("parts", mode="merge")
    for sha256 in ("0" * 64, None):
        key, _ = open_transfer(volga.hub, volga.sender, "shipments", "parts", len(content), sha256)
        put_part(volga.hub, volga.sender, key, 1, content)
    assert complete(volga.hub, volga.sender, key, False, False).status == "accepted"
    load_all(volga.hub)


def _reference(volga: Site) -> None:
    for register in Register:
        load_reference(volga.hub, register, [{"code": "000123", "name": "Чай"}, {"code": "000777", "name": "Кофе"}])


def _reconciled(volga: Site) -> None:
    """Twice, so that there are results to replace; then a look at each of them."""
    hub, party = volga.hub, volga.sender.party
    sold = {"party": "VOLGA", "document": "УТ-991", "date": "2026-11-03", "code": "000123", "quantity": "1"}
    planned = {"party": "VOLGA", "group": "TEA", "from": "2026-11-01", "to": "2026-11-30", "quantity": "1"}
    for agreed in (Tolerance(absolute=1), Tolerance()):
        load_erp(hub, "primary-sales", [sold])
        load_erp(hub, "transfer-orders", [{**sold, "outlet": "000123"}])
        load_erp(hub, "groups", [{"code": "000123", "group": "TEA"}])
        load_erp(hub, "plans", [planned])
        load_reference(hub, Register.PRODUCT, [{"code": "000123", "name": "Чай", "unit": str(agreed.absolute)}])
        with hub.warehouse.writing() as connection:
            hub.reconciliations.tolerate(connection, party, Rule.STOCK, agreed)
        ask_again(hub, [party], None, None)
        assert reconcile_next(hub, set())
    wanted = Wanted(party, Rule.CONTROL, date(2026, 1, 1), date(2026, 12, 31), tuple(Verdict))
    with hub.warehouse.reading() as connection:
        hub.reconciliations.trend(connection, wanted)
        hub.reconciliations.findings(connection, wanted, 10)
        hub.reconciliations.lines(connection, wanted, 10)
        keys = {each.rule: each.key for each in hub.reconciliations.lines(connection, Wanted(), 10000)}
    assert {*keys} >= {*Rule} - {Rule.STOCK, Rule.GOODS, Rule.DEBT}
    for key in keys.values():
        documents(hub, key)
    with hub.exchange.reading() as connection:
        hub.parties.names(connection)


def _failing(volga: Site, clock: Clock) -> None:
    """Put back, renewed, overtaken; then parked, put back by a person, parked again, and covered."""
    hub, second = volga.hub, timedelta(seconds=1)
    volga.send(shipments("failing", mode="merge"))
    with hub.exchange.writing() as connection:
        hub.queue.put_back(connection, hub.queue.claim(connection, clock(), second), clock())
        held = hub.queue.claim(connection, clock(), second)
        hub.queue.renew(connection, held, clock())
        hub.queue.live_claims(connection, clock())
        hub.queue.waiting(connection)
    sweep(hub)
    for _ in range(2):
        with hub.exchange.writing() as connection:
            claim = hub.queue.claim(connection, clock(), second)
        packet = _parked(hub, claim)
        with hub.warehouse.writing() as connection:
            hub.merging.pass_fence(connection, packet, claim.token)
        retry(hub, volga.sender, "failing")
    assert is_due(hub)
    with hub.exchange.writing() as connection:
        claim = hub.queue.claim(connection, clock(), second)
    _parked(hub, claim)
    assert retry_all(hub, [volga.sender.party], "shipments", clock().date(), clock().date()) == 1
    with hub.exchange.writing() as connection:
        claim = hub.queue.claim(connection, clock(), second)
    _parked(hub, claim)
    volga.load(shipments("covering", *MANY, created="2026-11-25T00:00:00"))
    assert volga.state("failing") == "superseded"


def _pruned(hub: Hub, clock: Clock) -> None:
    """The last of it: contents, and the transfer that was never finished."""
    clock.pass_by(timedelta(days=500).total_seconds())
    done = prune(hub)
    assert done.payloads > len(FEEDS)
    assert done.transfers == 1


def _parked(hub: Hub, claim: Claim) -> Journalled:
    with hub.exchange.writing() as connection:
        hub.queue.postpone(connection, claim, "out of luck", None)
        hub.failures.park(connection, claim.packet, Problem("LOAD_FAILED", params={"tries": "1"}), hub.clock())
        return journal.journalled(connection, claim.packet)


def _read(volga: Site) -> None:
    for packet_id in ("p-1", "bad", "never"):
        receipt(volga.hub, volga.sender, packet_id)
        problems(volga.hub, volga.sender, packet_id, 1, 10)
    for feed in FEEDS:
        totals(volga.hub, volga.sender, feed, date(2026, 1, 1), date(2026, 12, 31))
    for kind in ("products", "outlets", "crosswalk"):
        for since in (None, volga.hub.clock()):
            catalog(volga.hub, volga.sender, kind, since, False)
    notices(volga.hub, volga.sender, None)


def _audited(hub: Hub, clock: Clock) -> None:
    entry = Entry(clock(), "10.0.0.1", "Ping", "ok", login="volga", packet_id="p-1")
    with hub.exchange.writing() as connection:
        hub.audits.add(connection, [entry, entry])
    sealing.seal(hub)
    sealing.seal_when_due(hub)
    sealing.verify(hub)


def _scored(volga: Site) -> None:
    month, party = date(2026, 12, 1), volga.sender.party
    refresh(volga.hub)
    tell(volga.hub, month, party)
    with TemporaryDirectory() as folder:
        letter(volga.hub, party, month, Path(folder) / "letter.docx")


def _monitored(hub: Hub) -> None:
    assert all(readiness(hub).values())
    list(hub.metrics.registry.collect())


def _shown(hub: Hub) -> None:
    """Every filter of the pages' lists, alone and together, in both directions."""
    since = hub.clock() - timedelta(days=1)
    every: dict[str, Any] = {
        "states": ("loaded", "rejected"),
        "feed": "shipments",
        "parties": (1, 2),
        "text": "p_[1]%",
        "since": since,
        "site": 1,
        "packet_id": "p-1",
    }
    with hub.exchange.reading() as connection:
        for wanted in [pages.Wanted(), pages.Wanted(**every), *(pages.Wanted(**{k: v}) for k, v in every.items())]:
            for ends in ({}, {"before": 5}, {"after": 1}):
                pages.listed(connection, wanted, 10, **ends)
            pages.counts(connection, wanted)
        pages.details(connection, 1)
        pages.attempt_of(connection, 1)
        pages.problems(connection, 1, "LINE_REPEATED", 1, 10)
        pages.problem_counts(connection, 1)
        pages.party_names(connection)


@contextmanager
def called(*modules: ModuleType) -> Iterator[set[str]]:
    """Names of the modules' functions that take a connection and were not called yet; shrinks with the calls."""
    wanted = {code: name for module in modules for name, code in _talking(module)}
    left = set(wanted.values())

    def notice(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in wanted:
            left.discard(wanted[frame.f_code])

    sys.setprofile(notice)
    try:
        yield left
    finally:
        sys.setprofile(None)


def _talking(module: ModuleType) -> Iterator[tuple[str, CodeType]]:
    for name, found in vars(module).items():
        code = getattr(found, "__code__", None)
        if code and found.__module__ == module.__name__ and "connection" in code.co_varnames[: code.co_argcount]:
            yield f"{module.__name__.rpartition('.')[2]}.{name}", code
