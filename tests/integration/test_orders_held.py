"""Nobody moves an order but who holds it: in MS SQL two may write at once; the second must see what the first did."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.database import order_batches, order_outcomes, orders
from connectors.database.order_tables import order_head
from tests.hubs import hub_in
from tests.integration import order_flow
from tests.integration.exchange import Clock


def test_every_order_that_is_moved_was_held_in_the_same_transaction_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: dict[Any, set[int]] = {}
    moved: list[tuple[str, bool]] = []

    def instead(name: str, make: Callable[[Any], Any], *modules: Any) -> None:
        original = getattr(modules[0], name)
        for module in modules:
            monkeypatch.setattr(module, name, make(original))

    def holding(original: Any) -> Any:
        def hold(connection: Any, which: Any) -> None:
            original(connection, which)
            found = connection.scalars(select(order_head.c.key).where(which)).all()
            held.setdefault(connection.get_transaction(), set()).update(found)

        return hold

    def adding(original: Any) -> Any:
        def add(connection: Any, *arguments: Any, **named: Any) -> Any:
            head = original(connection, *arguments, **named)
            held.setdefault(connection.get_transaction(), set()).add(head.key)
            return head

        return add

    def moving(original: Any) -> Any:
        def move(connection: Any, what: Any, *arguments: Any, **named: Any) -> Any:
            keys = {what.key} if isinstance(what, orders.Head) else set(what)
            moved.append((original.__name__, keys <= held.get(connection.get_transaction(), set())))
            return original(connection, what, *arguments, **named)

        return move

    instead("hold_those", holding, orders, order_batches)
    instead("add", adding, orders)
    for module, name in ((orders, "go"), (orders, "add_revision"), (order_outcomes, "put_states")):
        instead(name, moving, module)
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        order_flow.run(hub, clock)
    assert {name for name, _ in moved} == {"go", "add_revision", "put_states"}
    assert [name for name, was_held in moved if not was_held] == []
