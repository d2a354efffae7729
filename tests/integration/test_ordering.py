"""Orders are taken once, revised, called off and answered; what may not be is refused and stands in their history."""

from decimal import Decimal
from pathlib import Path

from gateway.ordering import cancel, find_order, revise, take_transfer_order
from tests.hubs import hub_in
from tests.integration.exchange import Clock
from tests.integration.ordered import order, went


def test_an_order_is_taken_once_and_another_of_its_id_is_not(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        first = take_transfer_order(hub, order("T-1", ("TEA", "2.500000")), "erp")
        again = take_transfer_order(hub, order("T-1", ("TEA", "2.5")), "erp")
        other = take_transfer_order(hub, order("T-1", ("TEA", 3)), "erp")
        assert (first.changed, again.changed, again.key, other.changed) == (True, False, first.key, False)
        assert other.problem
        assert other.problem.code == "ORDER_KNOWN"
        found = find_order(hub, "T-1")
        assert found
        assert (found.revision, found.state, found.lines[0].quantity) == (1, "received", Decimal("2.5"))


def test_before_anybody_has_it_an_order_is_revised_and_called_off_in_place(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        key = take_transfer_order(hub, order(), "erp").key
        assert key
        revised = revise(hub, order("T-1", ("TEA", 5)), "erp")
        assert (revised.revision, revise(hub, order("T-1", ("TEA", 5)), "erp").changed) == (2, False)
        assert cancel(hub, "T-1", "erp", "нет лицензии").state == "cancelled"
        assert not cancel(hub, "T-1", "erp").changed
        late = revise(hub, order(), "erp")
        assert late.problem
        assert late.problem.code == "ORDER_TRANSITION"
        assert went(hub, key) == ["received", "received", "cancelled", "!received"]


def test_what_is_not_there_can_not_be_changed(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        for answer in (revise(hub, order(), "erp"), cancel(hub, "T-1", "erp")):
            assert answer.problem
            assert (answer.key, answer.problem.code) == (None, "ORDER_UNKNOWN")
