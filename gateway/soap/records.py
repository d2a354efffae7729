"""The service's records, as WSDL types. Frozen with contract version 1: 1C imports them as closed types.

What comes later goes into `extra`, or into new operations with records of their own.
"""

from typing import Any

from spyne import Boolean, ByteArray, ComplexModel, DateTime, Integer, Unicode

from gateway.domain.receipt import Acceptance as DomainAcceptance
from gateway.domain.receipt import Receipt as DomainReceipt
from gateway.domain.receipt import ReportedProblem
from gateway.soap.front_door import NAMESPACE

RequiredText = Unicode(min_occurs=1, nillable=False)
RequiredBytes = ByteArray(min_occurs=1, nillable=False)
OptionalText = Unicode(min_occurs=0, nillable=False)
OptionalFlag = Boolean(min_occurs=0, nillable=False)
OptionalCount = Integer(min_occurs=0, nillable=False)
_Moment = DateTime(min_occurs=1, nillable=False)
_Count = Integer(min_occurs=1, nillable=False)


def listed(record: Any) -> Any:
    """A flat list: the element repeats, without a wrapper."""
    return record.customize(min_occurs=0, max_occurs="unbounded", nillable=False)


def returned(record: Any) -> Any:
    """What an operation returns: always there."""
    return record.customize(min_occurs=1, nillable=False)


class NameValue(ComplexModel):
    __namespace__ = NAMESPACE
    name = RequiredText
    value = OptionalText


_Extra = listed(NameValue)


class PingResult(ComplexModel):
    __namespace__ = NAMESPACE
    serverTime = _Moment
    version = RequiredText
    contract = RequiredText
    extra = _Extra


class TestConnectionResult(ComplexModel):
    __namespace__ = NAMESPACE
    __test__ = False  # its name makes pytest look twice
    party = RequiredText
    site = RequiredText
    organisations = listed(Unicode)
    serverTime = _Moment
    feeds = listed(Unicode)
    extra = _Extra


class Problem(ComplexModel):
    __namespace__ = NAMESPACE
    code = RequiredText
    severity = RequiredText
    document = OptionalText
    row = OptionalCount
    field = OptionalText
    value = OptionalText
    message = RequiredText
    remedy = RequiredText
    extra = _Extra


class Acceptance(ComplexModel):
    __namespace__ = NAMESPACE
    packetId = RequiredText
    feed = RequiredText
    status = RequiredText
    receivedAt = _Moment
    sha256 = OptionalText
    documents = _Count
    rows = _Count
    problemsTotal = _Count
    problems = listed(Problem)
    retryAfter = OptionalCount
    extra = _Extra


class Receipt(ComplexModel):
    __namespace__ = NAMESPACE
    packetId = RequiredText
    feed = RequiredText
    status = RequiredText
    receivedAt = _Moment
    sha256 = OptionalText
    documents = _Count
    rows = _Count
    problemsTotal = _Count
    problems = listed(Problem)
    retryAfter = OptionalCount
    state = RequiredText
    rowsLoaded = _Count
    rowsUnmapped = _Count
    rowsQuarantined = _Count
    changedAt = _Moment
    extra = _Extra


class GetProblemsResult(ComplexModel):
    __namespace__ = NAMESPACE
    problems = listed(Problem)
    total = _Count
    extra = _Extra


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
