"""Orders that meet others, a changed mapping, or a failure of ours: each goes its own way, and says why."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import formats
from connectors.database import erp_lines, order_news
from gateway.mapping import undo
from gateway.ordering import find_order, take_transfer_order
from gateway.ordering_advancing import advance_all
from gateway.ordering_pulling import Result, acknowledge, pull
from gateway.ordering_translating import LOOK_AGAIN
from gateway.publishing import notices
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import (
    agreed,
    counted,
    distributor,
    mapped,
    offered,
    order,
    problems,
    purchase,
    purchases,
    send,
    state,
    taken,
    went,
)
from tests.packets import position, stock, warehouse

FAILED = "the paper is out"


def spoil(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, bad: Callable[..., bool]) -> None:
    """What `name` is called for fails where that is bad."""
    original = getattr(module, name)

    def either(*arguments: Any, **named: Any) -> Any:
        if bad(*arguments):
            raise RuntimeError(FAILED)
        return original(*arguments, **named)

    monkeypatch.setattr(module, name, either)


def test_an_order_that_fails_is_put_aside_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        distributor(hub)
        for n in range(1, 8):
            take_transfer_order(hub, order(f"T-{n}"), "erp")
        with monkeypatch.context() as broken:
            spoil(broken, formats, "order_element", lambda head, lines: head["id"] in ("T-2", "T-7"))
            advance_all(hub)
            assert [state(hub, f"T-{n}") for n in range(1, 8)] == ["offered", "held", *["offered"] * 4, "held"]
            assert problems(hub, "T-7") == [("ORDER_FAILED", None)]
        advance_all(hub)
        assert state(hub, "T-2") == "held"
        clock.pass_by(LOOK_AGAIN.total_seconds())
        advance_all(hub)
        assert (state(hub, "T-2"), problems(hub, "T-2"), state(hub, "T-7")) == ("offered", [], "offered")


def test_an_order_that_reconciliation_can_not_take_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)

        def heard() -> list[str]:
            with hub.warehouse.reading() as connection:
                found = hub.erp_lines.lines(connection, hub.erp_lines.TRANSFER_ORDER, volga.sender.party)
            return sorted(each.document for each in found)

        taken(hub, *(order(f"T-{n}") for n in range(1, 8)))
        with monkeypatch.context() as broken:  # no order's fault
            spoil(broken, erp_lines, "put_lines", lambda *_: True)
            advance_all(hub)
        assert (heard(), problems(hub, "T-3")) == ([], [])
        with monkeypatch.context() as broken:
            spoil(broken, erp_lines, "put_lines", lambda _, kind, lines: any(e["document"] == "T-3" for e in lines))
            advance_all(hub)
        assert heard() == ["T-1", "T-2", "T-4", "T-5", "T-6", "T-7"]
        assert (problems(hub, "T-3"), state(hub, "T-3")) == ([("ORDER_UNTOLD", None)], "offered")
        pull(hub, volga.sender, None, True)
        advance_all(hub)
        assert "T-3" in heard()
        assert problems(hub, "T-3") == []


def test_a_packet_that_fails_holds_up_its_own_site_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        volga, ural = distributor(hub), distributor(hub, "URAL")
        with monkeypatch.context() as broken:
            spoil(broken, order_news, "purchase_orders", lambda _, news: news.id == "v-1")
            for place, packet_id in ((volga, "v-1"), (volga, "v-2"), (ural, "u-1")):
                send(place, "orders", packet_id, purchase(packet_id), created=f"2026-11-2{packet_id[2]}T00:00:00Z")
            assert [each.number for each in purchases(hub)] == ["u-1"]
        clock.pass_by(LOOK_AGAIN.total_seconds())
        advance_all(hub)
        assert [each.number for each in purchases(hub)] == ["u-1", "v-1", "v-2"]


def test_what_nobody_has_pulled_follows_the_mapping_and_who_has_pulled_is_told(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        keys = taken(hub, order("T-1"), order("T-2"), order("T-3", ("COFFEE", 1)))
        send(volga, "orders", "o-1", purchase("ЗП-1"))
        batch = pull(hub, volga.sender, 1, as_text=True)
        mapped(volga, ("000125", "TEA"), first=date(2026, 11, 1))
        counted(volga, "блок", 2, code="000125")
        for _ in range(2):
            advance_all(hub)
            assert (offered(hub, "T-1"), offered(hub, "T-2")) == ([("000123", "шт", 2, 0)], [("000125", "блок", 1, 0)])
            assert problems(hub, "T-1") == [("ORDER_MAPPING_CHANGED", 1)]
            assert went(hub, keys[0]) == ["received", "translated", "offered", "pulled", "pulled"]
            assert went(hub, keys[1]) == ["received", *["translated", "offered"] * 2]
            assert went(hub, keys[2]) == ["received", "translated", "offered"]
            (told,) = notices(hub, volga.sender, None)
            assert told.text.startswith("T-1 (T-1): 1: ")
            assert "000125" in told.text
        assert batch.text
        assert 'product="000123"' in batch.text
        mapped(volga, ("000123", "COFFEE"), ("000125", None), ("000777", None))
        advance_all(hub)
        assert (state(hub, "T-2"), problems(hub, "T-2")) == ("held", [("ORDER_PRODUCT_UNMAPPED", 1)])
        assert offered(hub, "T-3") == [("000123", "шт", 1, 0)]
        (purchased,) = purchases(hub)
        assert [problem.code for problem, _ in purchased.problems] == ["ORDER_MAPPING_CHANGED"]
        assert purchased.lines[0].sku == "TEA"


def test_a_line_that_was_left_out_comes_back_when_it_is_mapped_before_the_pull(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        agreed(volga, partial=True)
        mapped(volga, ("000777", None))
        taken(hub, order("T-1", ("TEA", 1), ("COFFEE", 3)))
        advance_all(hub)
        assert offered(hub)[1][0] is None
        with hub.warehouse.reading() as connection:
            last = hub.mappings.last_change(connection)
        undo(hub, last, "ann")
        advance_all(hub)
        assert (offered(hub)[1], problems(hub)) == (("000777", "шт", 3, 0), [])


def stocked(volga: Site, packet_id: str, quantity: int, day: int) -> None:
    """What there is of TEA in the evening of a day of November."""
    there = warehouse("MAIN", position("000123", quantity=quantity), as_of=f"2026-11-{day}T21:00:00")
    volga.load(stock(packet_id, there, created=f"2026-11-{day}T22:00:00+03:00"))


def test_orders_compete_for_stock_in_the_order_of_their_receipt(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = clock.now.replace(month=11, day=21)
    with hub_in(tmp_path, clock) as hub:
        volga = distributor(hub)
        stocked(volga, "s-1", 10, 20)
        agreed(volga, stock="cut")
        taken(hub, order("T-1", ("TEA", 6)), order("T-2", ("TEA", 6)))
        taken(hub, order("T-3", ("TEA", 1)))
        assert [offered(hub, f"T-{n}")[0][2] for n in (1, 2)] == [6, 4]
        assert (problems(hub, "T-2"), state(hub, "T-3")) == ([("ORDER_STOCK_CUT", 1)], "held")
        mapped(volga, ("000126", "TEA"), first=date(2026, 11, 1))
        advance_all(hub)
        assert [offered(hub, f"T-{n}")[0][:3] for n in (1, 2)] == [("000126", "шт", 6), ("000126", "шт", 4)]
        pulled = pull(hub, volga.sender, None, as_text=True)
        assert pulled.batch
        acknowledge(hub, volga.sender, pulled.batch, [Result("T-1", 1, True), Result("T-2", 1)])
        clock.pass_by(LOOK_AGAIN.total_seconds())
        advance_all(hub)
        assert state(hub, "T-3") == "held"
        clock.now = clock.now.replace(day=25)
        stocked(volga, "s-2", 10, 24)  # in which he has reserved what he acknowledged, or does not mean to
        advance_all(hub)
        assert offered(hub, "T-3") == [("000126", "шт", 1, 0)]


def test_who_was_held_comes_behind_those_that_went_on_meanwhile(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        stocked(volga, "s-1", 10, 20)
        agreed(volga, stock="warn")
        mapped(volga, ("000777", None))
        taken(hub, order("T-1", ("TEA", 8), ("COFFEE", 1)), order("T-2", ("TEA", 8)))
        assert (state(hub, "T-1"), problems(hub, "T-2")) == ("held", [])
        mapped(volga, ("000777", "COFFEE"))
        advance_all(hub)
        assert ("ORDER_STOCK_SHORT", 1) in problems(hub, "T-1")
        assert Decimal(8) == find_order(hub, "T-1").lines[0].their_quantity  # type: ignore[union-attr]
