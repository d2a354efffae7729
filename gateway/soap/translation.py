"""The domain's records into the service's."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import ContractBroken
from gateway.domain.packet import normal_code
from gateway.domain.receipt import Acceptance as DomainAcceptance
from gateway.domain.receipt import Receipt as DomainReceipt
from gateway.domain.receipt import ReportedProblem
from gateway.ordering_pulling import Result
from gateway.soap.records import (
    Acceptance,
    DayTotals,
    FeedSettings,
    Notice,
    OrderResult,
    OrderStatus,
    OrderStatusLine,
    Problem,
    Receipt,
)

if TYPE_CHECKING:
    from connectors.database.notices import Notice as StoredNotice
    from connectors.database.totals import DayTotals as HeldTotals
    from gateway.ordering_statuses import OrderTold
    from gateway.publishing import Agreed


def problem_record(problem: ReportedProblem) -> Problem:
    return Problem(
        code=problem.code,
        severity=problem.severity,
        document=problem.document,
        row=problem.row,
        field=problem.field,
        value=problem.value,
        message=problem.message,
        remedy=problem.remedy,
    )


def _acceptance_fields(answer: DomainAcceptance) -> dict[str, Any]:
    return {
        "packetId": answer.packet_id,
        "feed": answer.feed,
        "status": answer.status,
        "receivedAt": answer.received_at,
        "sha256": answer.sha256,
        "documents": answer.documents,
        "rows": answer.rows,
        "problemsTotal": answer.problems_total,
        "problems": [problem_record(problem) for problem in answer.problems],
        "retryAfter": answer.retry_after,
    }


def acceptance_record(answer: DomainAcceptance) -> Acceptance:
    return Acceptance(**_acceptance_fields(answer))


def receipt_record(receipt: DomainReceipt) -> Receipt:
    """Progress beside the acceptance; `problemsTotal` counts those found by loading too."""
    progress = receipt.progress
    fields = _acceptance_fields(receipt.acceptance) | {"problemsTotal": progress.problems_total}
    return Receipt(
        **fields,
        state=progress.state,
        rowsLoaded=progress.rows_loaded,
        rowsUnmapped=progress.rows_unmapped,
        rowsQuarantined=progress.rows_quarantined,
        changedAt=progress.changed_at,
    )


def feed_settings_record(agreed: "Agreed") -> FeedSettings:
    """Without a schedule, `schedule`, `grace` and `nextDue` stay away."""
    rules = agreed.rules
    return FeedSettings(
        feed=agreed.feed.name,
        schedule=agreed.schedule,
        timeZone=agreed.time_zone,
        grace=agreed.grace,
        nextDue=agreed.next_due,
        minimumInterval=rules.minimum_interval,
        historyDays=rules.history_days,
        modes=list(rules.allowed_modes(agreed.feed)),
        closedThrough=_midnight(rules.closed_through),
        resendFrom=_midnight(rules.resend_from),
        resendTo=_midnight(rules.resend_to),
    )


def day_totals_record(found: "HeldTotals") -> DayTotals:
    return DayTotals(
        organisation=found.organization,
        date=_midnight(found.day),
        documents=found.documents,
        rows=found.rows,
        quantity=found.quantity,
        amount=found.amount,
    )


def notice_record(found: "StoredNotice") -> Notice:
    return Notice(id=found.id, madeAt=found.made_at, code=found.code, text=found.text, packetId=found.packet_id)


def order_result(given: OrderResult) -> Result:
    """Raises ContractBroken."""
    limits = {"order": 250, "reason": 1000, "documentId": 100, "documentNumber": 100}
    for name, most in limits.items():
        if len(getattr(given, name) or "") > most:
            raise ContractBroken(f"{name} must be at most {most} characters")
    if not given.order or given.revision is None or not 0 < given.revision < 1 << 31:
        raise ContractBroken("each result must name order and revision")
    words = ((each and each.strip()) or None for each in (given.reason, given.documentId, given.documentNumber))
    return Result(normal_code(given.order), given.revision, given.accepted, *words)


def order_status_record(found: "OrderTold") -> OrderStatus:
    order = found.order
    return OrderStatus(
        order=order.id,
        number=order.number,
        date=_midnight(order.date),
        revision=order.revision,
        status=order.state,
        changedAt=order.changed_at,
        reason=found.reason,
        documentNumber=order.document_number,
    )


def order_status_lines(found: "OrderTold") -> list[OrderStatusLine]:
    return [
        OrderStatusLine(
            order=found.order.id,
            line=each.n,
            product=each.product,
            status=each.state,
            unit=each.unit,
            quantity=each.quantity,
        )
        for each in found.lines
    ]


def _midnight(day: date | None) -> datetime | None:
    """A date as the contract's types have it: a dateTime without an offset is in the site's zone."""
    return None if day is None else datetime.combine(day, time())
