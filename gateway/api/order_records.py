"""Orders as requests bring them and answers show them."""

from collections.abc import Callable
from datetime import date as Date
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from gateway.api.problems import ProblemItem
from gateway.api.shapes import PAGE, Code, Cost, Currency, Day, Exact, Number, Shape, example
from gateway.domain import order
from gateway.domain.problem import Problem

Note = Annotated[str, Field(max_length=1000)]
Worded = Callable[[Problem, str], ProblemItem]
LINES = 10_000


class TransferLine(Shape):
    n: Number
    product: Code = Field(description="The manufacturer's code.", examples=["000123"])
    quantity: Cost = Field(description="More than nothing.")
    unit: Code | None = Field(default=None, description="None: the SKU's own.", examples=["кор"])
    price: Cost | None = None
    amount: Cost | None = None


class TransferOrder(Shape):
    """A transfer order, whole. Without a party the one who serves the outlet on the order's date gets it."""

    model_config = example(
        {
            "number": "TP-000871",
            "date": "2026-11-20",
            "outlet": "TT-0001",
            "party": "VOLGA",
            "wanted": "2026-11-23",
            "comment": "до обеда",
            "currency": "RUB",
            "lines": [{"n": 1, "product": "000123", "quantity": "3", "unit": "кор", "price": "1200.00"}],
        }
    )
    number: Code
    date: Day
    outlet: Code = Field(description="The manufacturer's code.")
    party: Code | None = None
    wanted: Day | None = None
    agreement: Code | None = None
    comment: Note | None = None
    currency: Currency | None = None
    lines: list[TransferLine] = Field(min_length=1, max_length=LINES)

    def order(self, id: str) -> order.TransferOrder:
        lines = tuple(order.OrderLine(**each.model_dump()) for each in self.lines)
        return order.TransferOrder(**{**self.model_dump(), "id": id, "lines": lines})


class NamedOrder(TransferOrder):
    """A transfer order among others."""

    id: Code = Field(description="The ERP's own identity of it.", examples=["0f6e2a51"])

    def named(self) -> order.TransferOrder:
        values = self.model_dump(exclude={"id", "lines"})
        return TransferOrder.model_construct(**values, lines=self.lines).order(self.id)


class TransferOrders(Shape):
    items: list[NamedOrder] = Field(min_length=1, max_length=PAGE // 2)


class Taken(Shape):
    """What became of an order. `changed` is false where it was known so already."""

    id: str
    revision: int
    state: order.State | None
    changed: bool
    problem: ProblemItem | None = Field(default=None, description="Why it was not taken.")


class TakenOrders(Shape):
    items: list[Taken]


class StatusLine(Shape):
    n: Number
    quantity: Cost = Field(description="In the SKU's own unit.")


class PurchaseStatus(Shape):
    """The ERP's word on a purchase order; lines stand in place of those of the same status before."""

    model_config = example(
        {"status": "accepted", "number": "УТ-1204", "lines": [{"n": 1, "quantity": "240"}], "reason": ""}
    )
    status: Annotated[order.State, WithJsonSchema({"type": "string", "enum": list(order.STATUSES)})]
    lines: list[StatusLine] = Field(default=[], max_length=LINES)
    reason: Note = ""
    revision: Number | None = Field(default=None, description="Of the order, as it was read.")
    number: Code | None = Field(default=None, description="The ERP's own number of it.")


class Answered(Shape):
    state: order.State
    quantity: Exact = Field(description="In the SKU's own unit.")


class LineShown(Shape):
    """A line as it came, and, where it is translated, as it goes on."""

    n: int
    product: str
    unit: str | None
    quantity: Exact
    price: Exact | None
    amount: Exact | None
    sku: str | None = Field(description="The manufacturer's code; none while it is not translated.")
    their_product: str | None = Field(description="The code of whoever gets the order.")
    their_unit: str | None
    their_quantity: Exact | None
    remainder: Exact | None = Field(description="What no whole package holds, in the SKU's own unit.")
    ours: Exact | None = Field(description="All of it in the SKU's own unit.")
    our_unit: str | None
    answers: list[Answered]


class OrderShown(Shape):
    """An order in its current revision. Who `cancels` wants no more of it."""

    key: int
    id: str
    number: str
    date: Date
    revision: int
    state: order.State
    received_at: datetime
    changed_at: datetime
    party: str | None
    site: str | None
    organization: str | None
    outlet: str | None
    wanted: Date | None
    place: str | None
    agreement: str | None
    comment: str | None
    currency: str | None
    cancels: bool
    reason: str | None
    document_number: str | None = Field(description="The other side's number of it.")
    lines: list[LineShown]
    problems: list[ProblemItem] = Field(description="Why it is held, or what is to be known of it.")


class StepShown(Shape):
    """What happened to an order; `refused` was asked for and may not be."""

    at: datetime
    revision: int
    state: order.State
    made_by: str
    packet: str | None
    note: str | None
    refused: bool


class OrderHistory(Shape):
    items: list[StepShown]


class PurchasePage(Shape):
    """`next` is kept by the caller: with it the next call tells what came since, be it hours later."""

    items: list[OrderShown]
    next: str
    more: bool = Field(description="There are more already.")


class ChangeShown(Shape):
    """A step of an order."""

    key: int = Field(description="The order's.")
    id: str
    at: datetime
    revision: int
    state: order.State


class ChangePage(Shape):
    """As a page of purchase orders."""

    items: list[ChangeShown]
    next: str
    more: bool


def order_shown(found: Any, worded: Worded) -> OrderShown:
    """An `Order` of the store, its problems in the caller's language."""
    lines = [_line(each) for each in found.lines]
    problems = [worded(problem, severity) for problem, severity in found.problems]
    return _same(OrderShown, found, lines=lines, problems=problems)


def step_shown(found: Any) -> StepShown:
    return _same(StepShown, found)


def change_shown(found: Any) -> ChangeShown:
    return ChangeShown.model_construct(
        key=found.order, id=found.id, at=found.at, revision=found.revision, state=order.State(found.state)
    )


def _line(found: Any) -> LineShown:
    answers = [Answered.model_construct(state=state, quantity=quantity) for state, quantity in found.answers]
    return _same(LineShown, found, answers=answers)


def _same(shape: type[Any], found: Any, **others: Any) -> Any:
    """A shape whose fields are named as those of the record."""
    values = {name: getattr(found, name) for name in shape.model_fields if name not in others}
    return shape.model_construct(**values, **others)
