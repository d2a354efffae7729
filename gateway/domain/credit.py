"""What is agreed about orders: what an outlet may owe, what becomes of untranslated lines, and of too little stock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.domain.problem import Problem


class Action(StrEnum):
    """What a breach leads to."""

    BLOCK = "block"
    WARN = "warn"
    IGNORE = "ignore"


class Shortage(StrEnum):
    """What becomes of a line that asks for more than the distributor's latest snapshot holds."""

    WARN = "warn"
    CUT = "cut"
    IGNORE = "ignore"


@dataclass(frozen=True)
class OrderPolicy:
    """For a party, or an outlet of it. A limit that is None is not looked at; days count from the day an item is due.

    `partial` lets an order go on without the lines that can't be translated.
    """

    credit: Action = Action.IGNORE
    overdue_amount: Decimal | None = None
    overdue_days: int | None = None
    credit_limit: Decimal | None = None
    stale_days: int | None = None
    stale: Action = Action.WARN
    stock: Shortage = Shortage.IGNORE
    partial: bool = False


@dataclass(frozen=True)
class Debt:
    """An outlet's latest receivables: as of when (None: never sent), all that is open, what of it is overdue."""

    as_of: date | None
    open_amount: Decimal = Decimal(0)
    overdue_amount: Decimal = Decimal(0)
    overdue_days: int = 0


def breaches(policy: OrderPolicy, debt: Debt, amount: Decimal, today: date) -> Iterator[tuple[Problem, Action]]:
    """Each limit that an order of `amount` breaks, and what it leads to."""
    if policy.stale is not Action.IGNORE and policy.stale_days is not None:
        age = None if debt.as_of is None else (today - debt.as_of).days
        if age is None or age > policy.stale_days:
            said = "—" if debt.as_of is None else debt.as_of.isoformat()
            yield Problem("ORDER_DEBT_STALE", params={"said": said, "limit": str(policy.stale_days)}), policy.stale
    if policy.credit is Action.IGNORE:
        return
    for code, held, limit in (
        ("ORDER_OVERDUE_AMOUNT", debt.overdue_amount, policy.overdue_amount),
        ("ORDER_OVERDUE_DAYS", Decimal(debt.overdue_days), policy.overdue_days),
        ("ORDER_CREDIT_LIMIT", debt.open_amount + amount, policy.credit_limit),
    ):
        if limit is not None and held > limit:
            yield Problem(code, params={"held": plain(held), "limit": plain(Decimal(limit))}), policy.credit


def plain(value: Decimal) -> str:
    """Without an exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
