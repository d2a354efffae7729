"""An order's life: which state may follow which, and what an order must be."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.order import ENDED, TRANSITIONS, Kind, OrderLine, State, TransferOrder, faults, may

ORDER = TransferOrder("T-1", "T-1", date(2026, 11, 20), "OUT-1", (OrderLine(1, "TEA", Decimal(2)),))


def reachable(begin: State) -> set[State]:
    found = {begin}
    while new := {to for state in found for to in TRANSITIONS[state]} - found:
        found |= new
    return found


def test_every_state_is_reached_and_only_the_last_ones_are_the_end() -> None:
    assert reachable(State.RECEIVED) == set(State)
    assert {state for state in State if not TRANSITIONS[state] - {state, State.RECEIVED, State.SHIPPED}} <= ENDED
    assert reachable(State.CANCELLED) == {State.CANCELLED}


@pytest.mark.parametrize(
    ("state", "to", "known", "allowed"),
    [
        ("offered", "shipped", False, False),
        ("offered", "shipped", True, True),
        ("shipped", "shipped", True, True),
        ("shipped", "received", True, False),
        ("delivered", "cancelled", True, False),
        ("cancelled", "received", True, False),
        ("rejected", "received", True, True),
        ("acknowledged", "shipped", True, True),
        ("picking", "accepted", True, False),
    ],
)
def test_a_state_follows_another_or_not(state: str, to: str, known: bool, allowed: bool) -> None:
    """`known`: the distributor has an earlier revision, and may ship that while a new one is on its way."""
    assert may(Kind.TRANSFER, State(state), State(to), known) is allowed


def test_a_purchase_order_is_answered_as_soon_as_it_is_offered() -> None:
    assert may(Kind.PURCHASE, State.OFFERED, State.ACCEPTED, False)
    assert not may(Kind.TRANSFER, State.OFFERED, State.ACCEPTED, False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"number": ""}, "number"),
        ({"outlet": "x" * 101}, "outlet"),
        ({"comment": "x" * 1001}, "comment"),
        ({"currency": "roubles"}, "currency"),
        ({"lines": ()}, "lines"),
        ({"lines": (OrderLine(1, "TEA", Decimal(1)), OrderLine(1, "TEA", Decimal(1)))}, "n"),
        ({"lines": (OrderLine(0, "TEA", Decimal(1)),)}, "n"),
        ({"lines": (OrderLine(1, " ", Decimal(1)),)}, "product"),
        ({"lines": (OrderLine(1, "TEA", Decimal(1), unit="x" * 101),)}, "unit"),
        ({"lines": (OrderLine(1, "TEA", Decimal(0)),)}, "quantity"),
        ({"lines": (OrderLine(1, "TEA", Decimal("0.0000001")),)}, "quantity"),
        ({"lines": (OrderLine(1, "TEA", Decimal("NaN")),)}, "quantity"),
        ({"lines": (OrderLine(1, "TEA", Decimal(1), price=Decimal(-1)),)}, "price"),
    ],
)
def test_what_is_wrong_with_an_order_is_told_by_field(wrong: dict[str, Any], field: str) -> None:
    assert [(each.code, each.field) for each in faults(replace(ORDER, **wrong))] == [("ORDER_INVALID", field)]


def test_nothing_is_wrong_with_an_order_that_can_be() -> None:
    assert list(faults(ORDER)) == []
