"""A site's orders are leased in batches, the same again until acknowledged; nothing is lost, nothing given twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gateway.domain.errors import ContractBroken
from gateway.ordering import cancel, find_order, revise
from gateway.ordering_advancing import advance_all
from gateway.ordering_filling import fill_rates
from gateway.ordering_pulling import Pulled, Result, acknowledge, pull
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import counted, distributor, order, send, serve, state, taken, told, went
from tests.packets import line, shipment

PACKET = "{urn:obmen:packet:v1}"


def pulled(volga: Site, limit: int | None = None) -> Pulled:
    return pull(volga.hub, volga.sender, limit, as_text=True)


def orders(found: Pulled) -> list[tuple[str, int]]:
    root = ElementTree.fromstring(found.text or "")
    assert root.attrib["id"] == found.batch
    return [(each.attrib["id"], int(each.attrib["revision"])) for each in root.iter(f"{PACKET}order")]


def accepted(volga: Site, found: Pulled, **override: Any) -> int:
    results = [Result(order_id, revision, **{"accepted": True} | override) for order_id, revision in orders(found)]
    return acknowledge(volga.hub, volga.sender, found.batch or "", results)


def test_a_batch_comes_again_until_it_is_acknowledged_and_then_the_next(tmp_path: Path) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        volga, ural = distributor(hub), distributor(hub, "URAL")
        serve(volga, "OUT-1")
        serve(ural, "OUT-2")
        key, *_ = taken(hub, *(order(f"T-{n}") for n in (1, 2, 3)), order("U-1", outlet="OUT-2"))
        first = pulled(volga, 2)
        assert (orders(first), first.more) == ([("T-1", 1), ("T-2", 1)], True)
        assert pulled(volga, 100) == first
        assert orders(pulled(ural)) == [("U-1", 1)]
        assert (accepted(volga, first), accepted(volga, first)) == (2, 2)
        assert went(hub, key) == ["received", "translated", "offered", "pulled", "acknowledged", "accepted"]
        second = pulled(volga)
        assert (orders(second), second.more) == ([("T-3", 1)], False)
        accepted(volga, second, accepted=False, reason="нет места")
        found = find_order(hub, "T-3")
        assert found
        assert (found.state, found.reason, pulled(volga)) == ("rejected", "нет места", Pulled())


def test_results_are_held_against_the_batch(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, ural = distributor(hub), distributor(hub, "URAL")
        serve(volga, "OUT-1")
        taken(hub, order("T-1"), order("T-2"))
        batch = pulled(volga)
        wrong: list[tuple[Site, str, list[Result]]] = [
            (volga, "nothing", [Result("T-1", 1)]),
            (ural, batch.batch or "", [Result("T-1", 1)]),
            (volga, batch.batch or "", [Result("T-1", 2)]),
            (volga, batch.batch or "", [Result("T-1", 1), Result("T-1", 1)]),
        ]
        for site, name, results in wrong:
            with pytest.raises(ContractBroken):
                acknowledge(hub, site.sender, name, results)
        for limit in (0, 1001):
            with pytest.raises(ContractBroken):
                pulled(volga, limit)
        acknowledge(hub, volga.sender, batch.batch or "", [Result("T-1", 1, None, None, "guid", "ЗК-1")])
        assert (state(hub, "T-1"), state(hub, "T-2")) == ("acknowledged", "offered")
        assert orders(pulled(volga)) == [("T-2", 1)]


def test_a_batch_that_nobody_acknowledges_runs_out_and_a_late_answer_counts(tmp_path: Path) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        volga = distributor(hub)
        taken(hub, order("T-1"), order("T-2"))
        first = pulled(volga)
        clock.pass_by(hub.settings.order_lease_seconds)
        advance_all(hub)
        assert (state(hub, "T-1"), state(hub, "T-2")) == ("offered", "offered")
        acknowledge(hub, volga.sender, first.batch or "", [Result("T-1", 1, True)])
        second = pulled(volga)
        assert second.batch != first.batch
        assert (orders(second), state(hub, "T-1")) == ([("T-2", 1)], "accepted")
        acknowledge(hub, volga.sender, first.batch or "", [Result("T-2", 1, True)])
        assert accepted(volga, second, accepted=False) == 1
        assert state(hub, "T-2") == "accepted"


def test_many_clients_of_a_site_at_once_get_one_batch(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        taken(hub, *(order(f"T-{n}") for n in range(20)))
        begin = threading.Barrier(4)

        def client(_: int) -> list[tuple[str, int]]:
            begin.wait()
            got = []
            while (found := pulled(volga, 5)).batch:
                got += orders(found)
                accepted(volga, found)
            return got

        with ThreadPoolExecutor(4) as clients:
            got = [each for found in clients.map(client, range(4)) for each in found]
        assert set(got) == {(f"T-{n}", 1) for n in range(20)}
        assert [state(hub, f"T-{n}") for n in range(20)] == ["accepted"] * 20


def test_a_change_after_the_pull_is_offered_again_and_so_is_a_cancellation(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        (key,) = taken(hub, order("T-1", ("TEA", 2)))
        first = pulled(volga)
        revise(hub, order("T-1", ("TEA", 5)), "erp")
        advance_all(hub)
        assert pulled(volga) == first
        accepted(volga, first)
        assert state(hub) == "offered"
        second = pulled(volga)
        assert (orders(second), 'quantity="5"' in (second.text or "")) == ([("T-1", 2)], True)
        accepted(volga, second)
        cancel(hub, "T-1", "erp", "ошибка")
        advance_all(hub)
        third = pulled(volga)
        assert (orders(third), 'cancelled="true"' in (third.text or "")) == ([("T-1", 3)], True)
        accepted(volga, third)
        assert state(hub) == "cancelled"
        assert went(hub, key)[-4:] == ["offered", "pulled", "acknowledged", "cancelled"]


def test_a_cancellation_that_comes_too_late_leaves_the_order_as_it_is(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        (key,) = taken(hub, order())
        accepted(volga, pulled(volga))
        cancel(hub, "T-1", "erp")
        advance_all(hub)
        send(volga, "order-statuses", "st-1", told("T-1", "shipped", 12, revision=1))
        assert state(hub) == "offered"
        accepted(volga, pulled(volga), accepted=False, reason="уже в пути")
        assert (state(hub), went(hub, key)[-4:]) == ("shipped", ["shipped", "pulled", "acknowledged", "shipped"])
        other = revise(hub, order("T-1", ("TEA", 9)), "erp")
        assert other.problem
        moved = revise(hub, order("T-1", outlet="OUT-2"), "erp")
        assert moved.problem
        assert (other.problem.code, moved.problem.code) == ("ORDER_TRANSITION", "ORDER_REROUTED")


def test_statuses_and_shipments_move_an_order_on_each_once_and_what_may_not_be_is_refused(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, ural = distributor(hub), distributor(hub, "URAL")
        serve(volga, "OUT-1")
        counted(volga, "кор", 12, code="000123")
        key, _ = taken(hub, order("T-1", ("TEA", 36), ("COFFEE", 4)), order("T-2"))
        accepted(volga, pulled(volga))
        goods = [told("T-1", "picking", 10, number="ЗК-1"), told("T-1", "accepted", 11), told("NO", "accepted", 9)]
        send(volga, "order-statuses", "st-1", *goods)
        send(ural, "order-statuses", "st-1", told("T-1", "rejected", 12))
        assert went(hub, key)[-2:] == ["picking", "!accepted"]
        named = {"order": "T-1", "outlet": "TT-1", "date": "2026-11-21"}
        parcels = [
            shipment("РН-1", line(1, unit="кор", quantity=2, price=None, amount=1), **named),
            shipment("РН-2", line(1, product="000777", quantity=4, price=None, amount=1), **named),
            shipment("РН-3", line(1, quantity=1), order="THEIRS"),
        ]
        send(volga, "shipments", "sh-1", *parcels)
        send(volga, "shipments", "sh-2", *parcels, created="2026-11-21T00:00:00+03:00")
        send(volga, "order-statuses", "st-2", told("T-1", "delivered", 20), goods[0])
        assert went(hub, key)[-4:] == ["!accepted", "shipped", "shipped", "delivered"]
        assert state(hub, "T-2") == "accepted"
        found = find_order(hub, "T-1")
        assert found
        assert found.document_number == "ЗК-1"
        rates = {(each.order, each.sku): (int(each.ordered), int(each.shipped)) for each in fill_rates(hub)}
        assert rates == {("T-1", "TEA"): (36, 24), ("T-1", "COFFEE"): (4, 4), ("T-2", "TEA"): (2, 0)}
        with hub.exchange.reading() as connection:
            assert [each.code for each in hub.notices.waiting(connection, volga.sender.site, None)] == ["ORDER_UNKNOWN"]
            assert len(hub.notices.waiting(connection, ural.sender.site, None)) == 1
