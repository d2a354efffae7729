"""Seeded faults against a brute force: each that changes a balance is flagged to the millionth, and nothing else is.

`make soak` seeds 10,000 of them (OBMEN_TEST_FAULTS), CI a share.
"""

import os
import random
from decimal import Decimal
from pathlib import Path

from connectors.database.reconciliations import Wanted
from gateway.domain.feed import Register
from gateway.domain.reconciliation import Rule, Tolerance
from gateway.reconciling import ask_again, reconcile_all
from gateway.referencing import load_reference
from gateway.referencing_erp import load_erp
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site, site
from tests.integration.faulty_worlds import (
    DEBT_DAYS,
    LAST_DAY,
    PLACES,
    SHIPMENTS,
    STOCK_DAYS,
    Document,
    Gap,
    World,
    brute_force,
    generate,
    spoil,
)
from tests.integration.reconciled import day, everything, send_debts, send_shipments
from tests.packets import element, line, packet, position, shipment, stock, warehouse

ITEMS = 50
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261120"))
WORLDS = int(os.environ.get("OBMEN_TEST_FAULTS", "300")) // ITEMS


def test_every_fault_that_changes_a_balance_is_flagged_and_nothing_else(tmp_path: Path) -> None:
    luck, told = random.Random(SEED), 0
    with hub_in(tmp_path, Clock()) as hub:
        load_reference(hub, Register.PRODUCT, [{"code": _product(item), "name": "Чай"} for item in range(ITEMS)])
        for number in range(WORLDS):
            world = generate(luck, ITEMS)
            assert brute_force(world) == set()
            for item in range(ITEMS):
                spoil(luck, world, item)
            expected = brute_force(world)
            assert _sent(hub, f"P{number}", world) == expected
            told += len({gap[3] for gap in expected})
        assert told > WORLDS * ITEMS * 0.8


def test_a_world_that_adds_up_has_no_gap_and_the_whole_again_gives_the_same(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        load_reference(hub, Register.PRODUCT, [{"code": _product(item), "name": "Чай"} for item in range(0, ITEMS, 2)])
        world = generate(random.Random(1), ITEMS)
        world.primary = {key: sale for key, sale in world.primary.items() if key[1] % 2 == 0}
        assert _sent(hub, "CLEAN", world) == set()
        before = everything(hub)
        assert len(before) > 1000
        ask_again(hub, [1], None, None)
        assert reconcile_all(hub) == 1
        assert everything(hub) == before


def _sent(hub: Hub, party: str, world: World) -> set[Gap]:
    """Sends a world as a new party's, reconciles it, and gives the gaps that the hub found."""
    mine = site(hub, party)
    with hub.warehouse.writing() as connection:
        hub.reconciliations.tolerate(connection, mine.sender.party, Rule.PURCHASES, Tolerance(days=0))
    moved = [_movement(each) for each in world.goods if each.kind not in SHIPMENTS]
    _replace(mine, "movements", moved)
    send_shipments(mine, "s-1", 1, LAST_DAY, *(_shipment(each) for each in world.goods if each.kind in SHIPMENTS))
    _replace(mine, "settlements", [_settlement(each) for each in world.settlements])
    for number in STOCK_DAYS:
        mine.load(stock(f"stock-{number}", *(_snapshot(world, number, place) for place in PLACES)))
    for number in DEBT_DAYS:
        owed = {_outlet(item): world.debts[number, item] for item in range(world.items)}
        send_debts(mine, number, **{code: amount for code, amount in owed.items() if amount})
    lines = [
        {"party": party, "document": document, "date": day(on), "code": _product(item), "quantity": str(quantity)}
        for (document, item), (on, quantity) in world.primary.items()
    ]
    load_erp(hub, "primary-sales", lines)
    reconcile_all(hub)
    return _gaps(hub, mine.sender.party)


def _gaps(hub: Hub, party: int) -> set[Gap]:
    with hub.warehouse.reading() as connection:
        found = hub.reconciliations.lines(connection, Wanted(party=party), 100000)
    return {
        (each.rule, each.day.day, _place(each), int((each.outlet_code or each.sku_code)[-3:]), each.gap)
        for each in found
        if each.gap and each.verdict == "differs"
    }


def _place(each: object) -> str:
    return getattr(each, "warehouse_code", None) or getattr(each, "document", None) or ""


def _product(item: int) -> str:
    return f"item-{item:03}"


def _outlet(item: int) -> str:
    return f"TT_{item:03}"


def _replace(mine: Site, feed: str, documents: list[str]) -> None:
    content = packet(feed, *documents, **{"mode": "replace", "from": day(1), "to": day(LAST_DAY)})
    mine.load(content.replace(b'id="p-1"', f'id="{feed}"'.encode(), 1))


def _shipment(sold: Document) -> str:
    lines = [
        _line(n, sold, quantity, amount=amount, price=None, vatRate=None) for n, (quantity, amount) in _numbered(sold)
    ]
    outlet = _outlet(sold.item).replace("_", "-")
    given = {"id": None, "date": day(sold.day), "kind": sold.kind, "outlet": outlet, "warehouse": sold.place}
    return shipment(sold.number, *lines, **given)


def _movement(moved: Document) -> str:
    lines = [_line(n, moved, quantity, price=None, amount=None, vatRate=None) for n, (quantity, _) in _numbered(moved)]
    given = {"number": moved.number, "date": day(moved.day), "kind": moved.kind, "warehouse": moved.place}
    return element("document", *lines, toWarehouse=moved.to or None, supplierDocument=moved.supplier or None, **given)


def _numbered(document: Document) -> enumerate[tuple[Decimal, Decimal]]:
    return enumerate(document.lines, 1)


def _line(n: int, document: Document, quantity: Decimal, **override: object) -> str:
    return line(n, product=_product(document.item), quantity=quantity, **override)


def _settlement(told: Document) -> str:
    given = {"number": told.number, "date": day(told.day), "kind": told.kind, "amount": told.amount}
    return element("document", outlet=_outlet(told.item).replace("_", "-"), **given)


def _snapshot(world: World, number: int, place: str) -> str:
    held = [position(_product(item), quantity=world.stock[number, place, item]) for item in range(world.items)]
    return warehouse(place, *held, as_of=f"{day(number)}T21:00:00")
