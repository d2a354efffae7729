"""A distributor's orders come by a feed, go to the ERP in its codes, and their statuses go back in his."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.database import order_news
from gateway.domain.order import LineStatus, State
from gateway.ordering import purchase_orders_since, set_purchase_status
from gateway.ordering_statuses import statuses
from tests.hubs import hub_in
from tests.integration.exchange import Clock
from tests.integration.ordered import counted, distributor, mapped, purchase, purchases, send, went

LATER = "2026-11-21T00:00:00+03:00"
LAST = "2026-11-22T00:00:00+03:00"


def lines(found: Any) -> list[tuple[Any, ...]]:
    return [(each.n, each.sku, each.their_unit, each.their_quantity, each.their_price) for each in found.lines]


def test_cases_of_the_distributor_are_bottles_of_ours_and_go_back_as_cases(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        counted(volga, "кор", 10, code="000777")
        send(volga, "orders", "o-1", purchase("ЗП-1", ("000123", 3)), purchase("ЗП-2", ("000777", "2.5"), unit="кор"))
        found, cursor, more = purchase_orders_since(hub, 0, 1)
        assert (more, [each.id for each in found], lines(found[0])) == (
            True,
            ["guid-ЗП-1"],
            [(1, "TEA", "шт", 3, Decimal("2.5"))],
        )
        (cases,), cursor, more = purchase_orders_since(hub, cursor)
        assert (more, lines(cases), cases.packet) == (False, [(1, "COFFEE", "шт", 25, Decimal("0.25"))], "o-1")
        answer = set_purchase_status(hub, cases.key, State.ACCEPTED, "erp", [LineStatus(1, Decimal(20))], number="УТ-7")
        assert (answer.state, answer.changed) == ("accepted", True)
        assert not set_purchase_status(hub, cases.key, State.ACCEPTED, "erp", [LineStatus(1, Decimal(20))]).changed
        set_purchase_status(hub, cases.key, State.SHIPPED, "erp", [LineStatus(1, Decimal(1))])
        set_purchase_status(hub, cases.key, State.SHIPPED, "erp", [LineStatus(1, Decimal("0.000001"))])
        told, until = statuses(hub, volga.sender, None)
        assert [(each.order.id, each.order.state) for each in told] == [
            ("guid-ЗП-1", "offered"),
            ("guid-ЗП-2", "shipped"),
        ]
        assert told[1].order.document_number == "УТ-7"
        assert [(each.state, each.unit, each.quantity) for each in told[1].lines] == [
            ("accepted", "кор", 2),
            ("shipped", "шт", Decimal("0.000001")),
        ]
        assert until < hub.clock()
        other = distributor(hub, "URAL")
        assert statuses(hub, other.sender, None)[0] == []


def test_a_changed_order_is_a_revision_that_comes_again_and_the_same_again_is_not(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        send(volga, "orders", "o-1", purchase("ЗП-1"))
        _, cursor, _ = purchase_orders_since(hub)
        send(volga, "orders", "o-2", purchase("ЗП-1"), created=LATER)
        assert purchases(hub, cursor) == []
        send(volga, "orders", "o-3", purchase("ЗП-1", ("000123", 5)), created=LAST)
        (changed,) = purchases(hub, cursor)
        assert (changed.revision, changed.lines[0].ours) == (2, 5)
        set_purchase_status(hub, changed.key, State.SHIPPED, "erp", revision=2)
        send(volga, "orders", "o-4", purchase("ЗП-1", ("000123", 7)), created="2026-11-23T00:00:00+03:00")
        assert went(hub, changed.key)[-2:] == ["shipped", "!received"]


def test_a_word_on_the_revision_before_does_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        send(volga, "orders", "o-1", purchase("ЗП-1"))
        (first,) = purchases(hub)
        set_purchase_status(hub, first.key, State.ACCEPTED, "erp", revision=1)
        send(volga, "orders", "o-2", purchase("ЗП-1", ("000123", 5)), created=LATER)
        late = set_purchase_status(hub, first.key, State.PICKING, "erp", revision=1)
        assert (late.problem, late.state) == (None, "offered")
        done = set_purchase_status(hub, first.key, State.ACCEPTED, "erp", revision=2)
        assert (done.state, went(hub, first.key)[-2:]) == ("accepted", ["picking", "accepted"])


def test_a_deleted_order_is_called_off_at_once_or_by_the_erp_that_has_it(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        send(volga, "orders", "o-1", purchase("ЗП-1"), purchase("ЗП-2"))
        first, second = purchases(hub)
        _, cursor, _ = purchase_orders_since(hub)
        set_purchase_status(hub, second.key, State.ACCEPTED, "erp")
        gone = [purchase(number, deleted="true") for number in ("ЗП-1", "ЗП-2")]
        send(volga, "orders", "o-2", *gone, created=LATER)
        again = {each.id: (each.state, each.cancels) for each in purchases(hub, cursor)}
        assert again == {"guid-ЗП-1": ("cancelled", False), "guid-ЗП-2": ("offered", True)}
        assert set_purchase_status(hub, second.key, State.CANCELLED, "erp", revision=2).state == "cancelled"
        refused = set_purchase_status(hub, first.key, State.ACCEPTED, "erp")
        assert refused.problem
        assert refused.problem.code == "ORDER_TRANSITION"


def test_an_unmapped_code_holds_the_order_the_sender_is_told_and_it_goes_on_when_mapped(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        send(volga, "orders", "o-1", purchase("ЗП-1", ("NEW", 2)))
        assert purchases(hub) == []
        ((told,), _) = statuses(hub, volga.sender, None)
        assert (told.order.state, "NEW" in (told.reason or "")) == ("held", True)
        mapped(volga, ("NEW", "TEA"))
        send(volga, "orders", "o-2", purchase("ЗП-2"), created=LATER)
        assert [each.id for each in purchases(hub)] == ["guid-ЗП-1", "guid-ЗП-2"]


def test_what_a_distributor_had_ordered_long_ago_is_history(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock(), order_days=11) as hub:
        send(distributor(hub), "orders", "o-1", purchase("ЗП-1"), purchase("ЗП-2", date="2026-11-19"))
        assert [each.id for each in purchases(hub)] == ["guid-ЗП-1"]


def test_the_erp_is_told_what_it_got_wrong(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        send(distributor(hub), "orders", "o-1", purchase("ЗП-1"))
        (found,) = purchases(hub)
        assert _code(set_purchase_status(hub, 999, State.ACCEPTED, "erp")) == "ORDER_UNKNOWN"
        assert _code(set_purchase_status(hub, found.key, State.HELD, "erp")) == "ORDER_INVALID"
        strange = set_purchase_status(hub, found.key, State.ACCEPTED, "erp", [LineStatus(9, Decimal(1))])
        assert _code(strange) == "ORDER_LINE_UNKNOWN"


def _code(taken: Any) -> str | None:
    return taken.problem.code if taken.problem else None


def test_a_packet_of_many_orders_is_seen_to_in_pieces_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_news, "AT_ONCE", 7)
    with hub_in(tmp_path, Clock()) as hub:
        send(distributor(hub), "orders", "o-1", *(purchase(f"ЗП-{number}") for number in range(21)))
        assert [each.revision for each in purchases(hub)] == [1] * 21
