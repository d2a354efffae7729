"""Random packets in random order: the store must hold what the contract's rules, written in plain Python, say."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy
from sqlalchemy import delete

from connectors.database.tables import work
from gateway.domain.feed import Register
from gateway.domain.receipt import Acceptance, State
from gateway.loading import load_all, load_next
from gateway.referencing import load_reference
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration import histories, looking
from tests.integration.exchange import Clock, site
from tests.integration.histories import PRODUCTS, Step, content
from tests.integration.model import Fact, Packet, facts

EXAMPLES = int(os.environ.get("OBMEN_TEST_EXAMPLES", "0"))
"""How many random histories; 0 for the few of an ordinary run, which are always the same."""
RECEIVED = datetime(2027, 1, 4, tzinfo=UTC)
*KNOWN, UNKNOWN = PRODUCTS

oracle = settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
)


@pytest.mark.parametrize("packets", [histories.shipments, histories.stock, histories.outlets, histories.receivables])
def test_facts_are_what_the_contract_says_whatever_comes_in_whatever_order(
    tmp_path: Path, packets: Callable[[int], SearchStrategy[Packet]]
) -> None:
    clock, numbers = Clock(), count(1)
    with hub_in(tmp_path, clock) as hub:
        load_reference(hub, Register.PRODUCT, [{"code": code, "name": code} for code in KNOWN])

        @oracle
        @given(histories.histories(packets))
        def every_history(steps: list[Step]) -> None:
            History(hub, clock, f"P{next(numbers)}").play(steps)

        every_history()
        assert looking.orphans(hub) == 0


class History:
    """A new party with two sites, and the model beside it."""

    def __init__(self, hub: Hub, clock: Clock, party: str) -> None:
        self.hub, self.clock = hub, clock
        self.sites = [site(hub, party, code) for code in ("main", "branch")]
        self.waiting: list[Step] = []
        self.loaded: list[Packet] = []
        with hub.exchange.writing() as connection:
            connection.execute(delete(work))  # what a history that failed has left

    def play(self, steps: list[Step]) -> None:
        for step in steps:
            self.submit(step)
            if step.then_load:
                self.load_what_waits()
        self.load_what_waits()
        for step in steps:
            if step.sent_again:
                assert self.send(step.packet).status == "accepted"
        assert load_all(self.hub) == 0
        self.compare_facts()

    def submit(self, step: Step) -> None:
        """Work falls due in the order of the moments of receipt, and these are the history's choice."""
        self.clock.now = RECEIVED + timedelta(minutes=step.rank)
        answer = self.send(step.packet)
        assert answer.status == "accepted", answer.problems
        self.waiting.append(step)

    def send(self, packet: Packet) -> Acceptance:
        return self.sites[packet.site].send(content(packet, str(packet.received)))

    def load_what_waits(self) -> None:
        """One packet after another as its turn comes; after each, facts and receipt are as the model says."""
        while self.waiting:
            step = self.next_in_turn()
            self.clock.now = RECEIVED + timedelta(days=1)
            assert load_next(self.hub)
            self.waiting.remove(step)
            self.loaded.append(step.packet)
            self.compare_facts()
            self.compare_receipt(step.packet)

    def next_in_turn(self) -> Step:
        """The scope whose packets are due longest has its turn; within it the first by `created`."""
        longest = min(self.waiting, key=lambda each: each.rank)
        mine = (longest.packet.site, longest.packet.organization)
        its_scope = [each for each in self.waiting if (each.packet.site, each.packet.organization) == mine]
        return min(its_scope, key=lambda each: each.packet.order)

    def compare_facts(self) -> None:
        keys = [each.sender.site for each in self.sites]
        expected = [(keys[fact.packet.site], *fact.content[1:]) for fact in facts(self.loaded)]
        for feed in {packet.feed for packet in self.loaded}:
            assert looking.contents(self.hub, feed, keys) == sorted(expected, key=repr)

    def compare_receipt(self, packet: Packet) -> None:
        progress = self.sites[packet.site].progress(str(packet.received))
        brought = [fact for fact in facts(self.loaded) if fact.packet == packet]
        counts = (progress.rows_loaded, progress.rows_unmapped, progress.rows_quarantined)
        assert counts == tuple(map(sum, zip((0, 0, 0), *map(counted, brought), strict=True)))
        assert progress.state in states(counts, brought, any(each.covers(packet) for each in self.loaded))


def counted(fact: Fact) -> tuple[int, int, int]:
    """Rows loaded, unmapped and quarantined; a document of a register counts as one."""
    if fact.packet.feed == "outlets":
        return 1, 0, 0
    usable = fact.document.usable
    unknown = sum(line.product == UNKNOWN for line in usable)
    return len(usable), unknown, len(fact.document.lines) - len(usable)


def states(counts: tuple[int, int, int], brought: list[Fact], covered: bool) -> set[State]:
    """Superseded is what a later packet covers. The contract leaves open what to call a packet of which others,
    none of them covering it, have left nothing."""
    if covered:
        return {State.SUPERSEDED}
    own = State.LOADED_WITH_PROBLEMS if counts[1] or counts[2] else State.LOADED
    return {own} if brought else {own, State.SUPERSEDED}
