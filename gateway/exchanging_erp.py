"""Use case: exchange with an ERP that has a web service of its own: its changes in, orders and their statuses out.

At least once both ways: what was read or told is marked as such only after it has been taken in, and every record has
an id by which the other side knows it. A run that is cut off anywhere is made good by the next.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.erp_changes import Changes, Refused, faults
from gateway.domain.errors import Declined, Misuse, Overtaken
from gateway.domain.feed import Register
from gateway.domain.order import Kind, State, Taken
from gateway.domain.problem import Problem
from gateway.ordering import (
    cancel,
    find_order,
    purchase_orders_since,
    revise,
    set_purchase_status,
    take_transfer_order,
)
from gateway.referencing import tell
from gateway.referencing_records import (
    put_debts,
    put_parties,
    put_plans,
    put_prices,
    put_products,
    put_register,
    put_sales,
    put_servings,
)
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.erp.client import ErpClient
    from gateway.wiring import Hub

AT_ONCE = 500
LEASE = timedelta(minutes=10)
BY = "erp"
READ, TOLD_PURCHASES, TOLD_STEPS, TURN = "erp-read", "erp-told-purchases", "erp-told-steps", "erp-turn"


@dataclass(frozen=True)
class Records:
    """A kind of records: where they stand in an answer, how one is named, and how they are put."""

    name: str
    of: str
    key: str
    schema: str
    put: Callable[..., object]
    alone: bool = False

    def named(self, record: Any) -> str:
        """By the key that it should have; never empty, since that is told over SOAP."""
        return str(record[self.key] if isinstance(record, dict) else getattr(record, self.key)) or "-"


def _register(register: Register) -> Callable[..., object]:
    return lambda hub, connection, given: put_register(hub, connection, register, given)


KINDS = (
    Records("party", "parties", "code", "exchange", put_parties),
    Records("product", "products", "code", "warehouse", put_products),
    Records("outlet", "outlets", "code", "warehouse", _register(Register.OUTLET)),
    Records("warehouse", "warehouses", "code", "warehouse", _register(Register.WAREHOUSE)),
    Records("price", "prices", "sku", "warehouse", put_prices),
    Records("serving", "servings", "outlet", "exchange", put_servings),
    Records("sale", "sales", "document", "warehouse", put_sales),
    Records("plan", "plans", "group", "warehouse", put_plans),
    Records("debts", "debts", "party", "warehouse", lambda hub, c, given: put_debts(hub, c, given[0]), alone=True),
)
"""What others refer to comes first."""


@dataclass(frozen=True)
class Exchanged:
    """What a run did. Refused records were told to the ERP."""

    read: int
    refused: int
    purchase_orders: int
    statuses: int


def exchange_with_erp(hub: "Hub") -> Exchanged | None:
    """One run with the ERP of the settings; None where another is under way.

    Raises Unreachable, and goes on there the next time; Misuse where no ERP is set.
    """
    with erp_of(hub) as erp:
        return exchange(hub, erp)


@contextmanager
def erp_of(hub: "Hub") -> "Iterator[ErpClient]":
    """The ERP of the settings. Raises Misuse where there is none."""
    settings = hub.settings
    if not settings.erp_url:
        raise Misuse("OBMEN_ERP_URL names no web service of the ERP: see docs/erp.md")
    erp = hub.erp.connected(settings.erp_url, settings.erp_login, settings.erp_password, settings.erp_seconds)
    try:
        yield erp
    finally:
        erp.close()


def exchange(hub: "Hub", erp: "ErpClient") -> Exchanged | None:
    """As `exchange_with_erp`, with an ERP that is open already."""
    turn = _turn(hub)
    if turn is None:
        return None
    try:
        read, refused = _read(hub, erp, turn)
        purchases = _tell_purchases(hub, erp)
        statuses = _tell_statuses(hub, erp)
    finally:
        _leave(hub, turn)
    return Exchanged(read, refused, purchases, statuses)


@repeated
def _turn(hub: "Hub") -> str | None:
    """The right to exchange for a while: an older answer must not be taken in after a newer one."""
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.bookmarks.take_turn(connection, TURN)
        held = hub.bookmarks.place(connection, TURN)
        if held and datetime.fromisoformat(held) > now:
            return None
        until = (now + LEASE).isoformat()
        hub.bookmarks.go_on(connection, TURN, until)
        return until


@repeated
def _leave(hub: "Hub", turn: str) -> None:
    with hub.exchange.writing() as connection:
        if hub.bookmarks.place(connection, TURN) == turn:
            hub.bookmarks.go_on(connection, TURN, hub.clock().isoformat())


def _read(hub: "Hub", erp: "ErpClient", turn: str) -> tuple[int, int]:
    """1. Records are taken in, kind by kind. 2. What was refused is told. 3. It is noted how far was read."""
    read = told = 0
    while True:
        found = erp.changes(_place(hub, READ), AT_ONCE)
        if _place(hub, TURN) != turn:
            raise Overtaken("another run has begun to exchange with the ERP")
        count, refused = _take(hub, found)
        if refused:
            erp.put_problems([_worded(hub, each) for each in refused])
            hub.log.warning("records of the ERP refused", records=len(refused), first=refused[0].problem.code)
        _go_on(hub, READ, found.next)
        read, told = read + count, told + len(refused)
        if not found.more:
            return read, told


def _take(hub: "Hub", found: Changes) -> tuple[int, list[Refused]]:
    refused: list[Refused] = []
    count = 0
    for kind in KINDS:
        given = getattr(found, kind.of)
        fit, wrong = _fit(kind, given)
        for part in [[each] for each in fit] if kind.alone else [fit]:
            wrong += _put(hub, kind, part)
        refused += wrong
        count += len(given)
    if found.products or found.outlets or found.warehouses:
        tell(hub)
    return count + _take_orders(hub, found, refused), refused


def _fit(kind: Records, given: Sequence[Any]) -> tuple[list[Any], list[Refused]]:
    """Records that the store can keep, and the others."""
    judged = [(each, next(faults(each), None)) for each in given]
    refused = [Refused(kind.name, kind.named(each), problem) for each, problem in judged if problem]
    return [each for each, problem in judged if problem is None], refused


def _put(hub: "Hub", kind: Records, given: list[Any]) -> list[Refused]:
    """Puts records together where all can be put, else one by one; whatever is declined is left out."""
    try:
        _written(hub, kind, given)
    except Declined as error:
        if len(given) == 1:
            return [Refused(kind.name, kind.named(given[0]), error.problems[0])]
        return [refused for each in given for refused in _put(hub, kind, [each])]
    return []


@repeated
def _written(hub: "Hub", kind: Records, given: list[Any]) -> None:
    if given:
        with getattr(hub, kind.schema).writing() as connection:
            kind.put(hub, connection, given)


def _take_orders(hub: "Hub", found: Changes, refused: list[Refused]) -> int:
    def note(kind: str, record: str, taken: Taken) -> None:
        if taken.problem is not None:
            refused.append(Refused(kind, record, taken.problem))

    for order in found.transfer_orders:
        known = find_order(hub, order.id) is not None
        note("transfer-order", order.id, (revise if known else take_transfer_order)(hub, order, BY))
    for each in found.cancellations:
        note("cancellation", each.order, cancel(hub, each.order, BY, each.reason))
    for word in found.purchase_statuses:
        if word.status not in {*State}:
            problem = Problem("ORDER_INVALID", document=str(word.key), field="status", value=word.status)
            refused.append(Refused("purchase-status", str(word.key), problem))
            continue
        said = (State(word.status), BY, word.lines, word.reason, word.number, word.revision)
        note("purchase-status", str(word.key), set_purchase_status(hub, word.key, *said))
    return len(found.transfer_orders) + len(found.cancellations) + len(found.purchase_statuses)


def _tell_purchases(hub: "Hub", erp: "ErpClient") -> int:
    count = 0
    while True:
        page, onward, more = purchase_orders_since(hub, int(_place(hub, TOLD_PURCHASES) or 0), AT_ONCE // 5)
        if page:
            erp.put_purchase_orders(page)
            _go_on(hub, TOLD_PURCHASES, str(onward))
        count += len(page)
        if not more:
            return count


def _tell_statuses(hub: "Hub", erp: "ErpClient") -> int:
    count = 0
    while True:
        after = int(_place(hub, TOLD_STEPS) or 0)
        with hub.exchange.reading() as connection:
            page = hub.webhooks.steps_after(connection, after, AT_ONCE, hub.clock())
        told = [each for each in page if each.kind == Kind.TRANSFER]
        if told:
            erp.put_statuses(told)
        if page:
            _go_on(hub, TOLD_STEPS, str(page[-1].key))
        count += len(told)
        if len(page) < AT_ONCE:
            return count


def _worded(hub: "Hub", refused: Refused) -> dict[str, str | None]:
    words = hub.problems.wording(refused.problem, hub.settings.language)
    return {
        "kind": refused.kind,
        "record": refused.record,
        "code": refused.problem.code,
        "field": refused.problem.field,
        "message": words.message,
        "remedy": words.remedy,
    }


def _place(hub: "Hub", name: str) -> str | None:
    with hub.exchange.reading() as connection:
        found: str | None = hub.bookmarks.place(connection, name)
    return found


@repeated
def _go_on(hub: "Hub", name: str, to: str) -> None:
    with hub.exchange.writing() as connection:
        hub.bookmarks.go_on(connection, name, to)
