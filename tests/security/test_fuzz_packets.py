"""Mutated packets of every feed: accepted exactly where they are valid, and then loaded to the last row."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import ColumnElement, func, select

from connectors.database.facts import FACTS, quarantine
from connectors.database.tables import packet
from connectors.shipped import SCHEMAS, catalogue
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.loading import load_all
from tests.hubs import PASSWORD
from tests.integration import looking
from tests.packets import INN
from tests.security.fuzzing import Answer, Service, fuzzed, service
from tests.security.mutating import Mutant, packed, texts
from tests.unit.envelopes import envelope, operation

FORMAT = SCHEMAS / "packet" / "v1"
NAMESPACE = "{urn:obmen:packet:v1}"
LOADED = {"loaded", "loaded-with-problems"}
BY_XSD = {"FIELD_UNKNOWN", "FIELD_LENGTH", "FIELD_INVALID", "NUMBER_INVALID", "VALUE_NOT_LISTED"}
BY_XSD |= {"ELEMENT_UNEXPECTED", "ELEMENT_INVALID"}
"""Problems of what is not valid. (A date may be wrong in the calendar only, a field missing that is all blanks.)"""
CODES = set(catalogue().definitions)
SAMPLES = {
    feed: (FORMAT / "samples" / f"{feed}.xml").read_bytes().replace(b"6315000001", INN.encode()) for feed in FEEDS
}
PACKETS = {feed: (sample, re.sub(rb"<control.*?/>", b"", sample)) for feed, sample in SAMPLES.items()}
"""With their totals, and without: then other figures do not contradict them."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("fuzzed")) as found:
        yield found


@cache
def schema(feed: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(FORMAT / f"{feed}.xsd")))


@dataclass(frozen=True)
class Reading:
    """A packet as an independent reader finds it: parsed to a tree, validated, added up."""

    feed: Feed
    xml: bytes

    @cached_property
    def root(self) -> "etree._Element | None":
        try:
            return etree.fromstring(self.xml, etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError:
            return None

    @property
    def is_valid(self) -> bool:
        return self.root is not None and schema(self.feed.name).validate(self.root)

    def documents(self, deleted: bool = True) -> "list[etree._Element]":
        assert self.root is not None
        found = self.root.findall(NAMESPACE + self.feed.document)
        return [each for each in found if deleted or each.get("deleted", "").strip() not in ("true", "1")]

    def rows(self, deleted: bool = True) -> "list[etree._Element]":
        documents = self.documents(deleted)
        return (
            [row for each in documents for row in each.iterfind(NAMESPACE + self.feed.row)]
            if self.feed.row
            else documents
        )

    def total(self, name: str, deleted: bool = False) -> Decimal:
        """With the direction that the documents' kinds give."""
        return sum((self._signed(row, name) for row in self.rows(deleted)), Decimal(0))

    def agrees_with_its_control(self) -> bool:
        assert self.root is not None
        control = self.root.find(NAMESPACE + "control")
        if control is None:
            return True
        held = {"documents": Decimal(len(self.documents())), "rows": Decimal(len(self.rows()))}
        held |= {name: self.total(name, deleted=True) for name in self.feed.totals}
        said = {name: value.strip() for name, value in control.attrib.items() if value.strip()}
        return all(Decimal(value) == held.get(name, 0) for name, value in said.items())

    def _signed(self, row: "etree._Element", name: str) -> Decimal:
        document = row if self.feed.row is None else row.getparent()
        assert document is not None
        kind = document.get("kind") or self.feed.default_kind
        return Decimal((row.get(name) or "").strip() or 0) * self.feed.signs.get(kind or "", 1)


@dataclass(frozen=True)
class Sender:
    """A site that has sent nothing yet."""

    gateway: Service
    number: int

    def __post_init__(self) -> None:
        hub = self.gateway.hub
        with hub.exchange.writing() as connection:
            known = hub.parties.find_login(connection, "volga")
            assert known
            secret = known.secrets(hub.clock())[0]
            hub.parties.add_site(connection, "VOLGA", self.login, self.login, secret, "Europe/Moscow", (INN,))

    @property
    def login(self) -> str:
        return f"site-{self.number}"

    def ask(self, name: str, inner: str) -> Answer:
        basic = b"Basic " + base64.b64encode(f"{self.login}:{PASSWORD}".encode())
        return self.gateway.post(envelope(operation(name, inner)).encode(), [(b"authorization", basic)])

    def send(self, feed: str, content: bytes, dry_run: bool = False) -> Answer:
        encoded, flag = base64.b64encode(content).decode(), str(dry_run).lower()
        named = f"<feed>{feed}</feed><packetId>sample-{feed}</packetId>"
        return self.ask("SendPacket", f"{named}<content>{encoded}</content><dryRun>{flag}</dryRun>")


@st.composite
def mutants(draw: st.DrawFn) -> tuple[Feed, Mutant]:
    feed = draw(st.sampled_from(sorted(FEEDS)))
    return FEEDS[feed], draw(packed(draw(texts(*PACKETS[feed]))))


def test_a_mutated_packet_is_accepted_exactly_where_it_is_valid_and_then_loaded_to_the_last_row(
    gateway: Service,
) -> None:
    outcomes, numbers = set(), count(1)

    @fuzzed(250)
    @given(mutants())
    def every_packet(made: tuple[Feed, Mutant]) -> None:
        feed, mutant = made
        if mutant.sent:  # an empty argument is no packet
            outcomes.add(sent(Sender(gateway, next(numbers)), feed, mutant))

    every_packet()
    assert outcomes == {"accepted", "rejected"}
    assert looking.orphans(gateway.hub) == 0


def sent(sender: Sender, feed: Feed, mutant: Mutant) -> str:
    """What became of it, judged by all that is known of it."""
    rehearsal, answer = sender.send(feed.name, mutant.sent, dry_run=True), sender.send(feed.name, mutant.sent)
    (status,) = answer.texts("status")
    codes = answer.texts("code")
    assert set(codes) <= CODES
    assert (rehearsal.texts("status"), rehearsal.texts("code")) == (
        ["dry-run-ok" if status == "accepted" else "dry-run-rejected"],
        codes,
    )
    assert ("error" in answer.texts("severity")) == (status == "rejected")
    if mutant.xml is not None:
        compare_with_another_reading(Reading(feed, mutant.xml), answer)
    if status == "accepted":
        again = sender.send(feed.name, mutant.sent)
        assert etree.tostring(again.root) == etree.tostring(answer.root)
        load_all(sender.gateway.hub)
        sender.gateway.look_into_the_log()
        compare_facts(sender, feed, mutant)
    return status


def compare_with_another_reading(reading: Reading, answer: Answer) -> None:
    codes = set(answer.texts("code"))
    if not reading.is_valid:
        assert answer.texts("status") == ["rejected"]
    else:
        assert codes & BY_XSD == set()
        assert ("CONTROL_DIFFERS" in codes) == (not reading.agrees_with_its_control())
        assert answer.texts("documents") == [str(len(reading.documents()))]
        assert answer.texts("rows") == [str(len(reading.rows()))]


def compare_facts(sender: Sender, feed: Feed, mutant: Mutant) -> None:
    receipt = sender.ask("GetReceipt", f"<packetId>sample-{feed.name}</packetId>")
    assert receipt.texts("state")[0] in LOADED
    kept, lost = int(receipt.texts("rowsLoaded")[0]), int(receipt.texts("rowsQuarantined")[0])
    hub, facts = sender.gateway.hub, FACTS[feed.name]
    with hub.exchange.reading() as connection:
        key = connection.scalar(select(func.max(packet.c.key)))
    rows = facts.document if facts.row is None else facts.row
    source = facts.document if facts.row is None else rows.join(facts.document, rows.c.document == facts.document.c.key)
    sums: list[ColumnElement[Decimal]] = [func.sum(rows.c[name]) for name in feed.totals]
    standing = (facts.document.c.packet == key, ~facts.document.c.deleted)
    with hub.warehouse.reading() as connection:
        found, *totals = connection.execute(select(func.count(), *sums).select_from(source).where(*standing)).one()
        quarantined = connection.scalar(select(func.count()).where(quarantine.c.packet == key))
    assert (found, quarantined) == (kept, lost)
    if mutant.xml is not None:
        reading = Reading(feed, mutant.xml)
        assert kept + lost == len(reading.rows(deleted=False))
        if not lost:
            assert [total or 0 for total in totals] == [reading.total(name) for name in feed.totals]
