"""The service's records, as WSDL types. Frozen with contract version 1: 1C imports them as closed types.

What comes later goes into `extra`, or into new operations with records of their own.
"""

from typing import Any

from spyne import Boolean, ByteArray, ComplexModel, DateTime, Decimal, Integer, Unicode

from gateway.soap.front_door import NAMESPACE

RequiredText = Unicode(min_occurs=1, nillable=False)
RequiredBytes = ByteArray(min_occurs=1, nillable=False)
OptionalText = Unicode(min_occurs=0, nillable=False)
OptionalFlag = Boolean(min_occurs=0, nillable=False)
OptionalCount = Integer(min_occurs=0, nillable=False)
_Moment = DateTime(min_occurs=1, nillable=False)
_Count = Integer(min_occurs=1, nillable=False)
OptionalMoment = DateTime(min_occurs=0, nillable=False)
RequiredMoment = DateTime(min_occurs=1, nillable=False)
RequiredCount = Integer(min_occurs=1, nillable=False)
OptionalNumber = Decimal(min_occurs=0, nillable=False)


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


class OpenTransferResult(ComplexModel):
    __namespace__ = NAMESPACE
    transferId = RequiredText
    partBytes = _Count
    received = listed(Integer)
    extra = _Extra


class PutPartResult(ComplexModel):
    __namespace__ = NAMESPACE
    received = listed(Integer)
    extra = _Extra


class FeedSettings(ComplexModel):
    __namespace__ = NAMESPACE
    feed = RequiredText
    schedule = OptionalText
    timeZone = RequiredText
    grace = OptionalCount
    nextDue = OptionalMoment
    minimumInterval = OptionalCount
    historyDays = OptionalCount
    modes = listed(Unicode)
    closedThrough = OptionalMoment
    resendFrom = OptionalMoment
    resendTo = OptionalMoment
    extra = _Extra


class GetSettingsResult(ComplexModel):
    __namespace__ = NAMESPACE
    feeds = listed(FeedSettings)
    packetBytes = _Count
    partBytes = _Count
    extra = _Extra


class DayTotals(ComplexModel):
    __namespace__ = NAMESPACE
    organisation = RequiredText
    date = OptionalMoment
    documents = _Count
    rows = _Count
    quantity = OptionalNumber
    amount = OptionalNumber
    extra = _Extra


class GetTotalsResult(ComplexModel):
    __namespace__ = NAMESPACE
    totals = listed(DayTotals)
    until = _Moment
    extra = _Extra


class GetCatalogResult(ComplexModel):
    __namespace__ = NAMESPACE
    content = ByteArray(min_occurs=0, nillable=False)
    text = OptionalText
    until = _Moment
    extra = _Extra


class Notice(ComplexModel):
    __namespace__ = NAMESPACE
    id = _Count
    madeAt = _Moment
    code = RequiredText
    text = RequiredText
    packetId = OptionalText
    extra = _Extra


class GetNoticesResult(ComplexModel):
    __namespace__ = NAMESPACE
    notices = listed(Notice)
    until = _Moment
    extra = _Extra


class AckNoticesResult(ComplexModel):
    __namespace__ = NAMESPACE
    count = _Count
    extra = _Extra


class PullOrdersResult(ComplexModel):
    __namespace__ = NAMESPACE
    batchId = OptionalText
    content = ByteArray(min_occurs=0, nillable=False)
    text = OptionalText
    more = Boolean(min_occurs=1, nillable=False)
    extra = _Extra


class OrderResult(ComplexModel):
    __namespace__ = NAMESPACE
    order = RequiredText
    revision = _Count
    accepted = OptionalFlag
    reason = OptionalText
    documentId = OptionalText
    documentNumber = OptionalText
    extra = _Extra


class AckOrdersResult(ComplexModel):
    __namespace__ = NAMESPACE
    count = _Count
    extra = _Extra


class OrderStatus(ComplexModel):
    __namespace__ = NAMESPACE
    order = RequiredText
    number = RequiredText
    date = RequiredMoment
    revision = _Count
    status = RequiredText
    changedAt = _Moment
    reason = OptionalText
    documentNumber = OptionalText
    extra = _Extra


class OrderStatusLine(ComplexModel):
    __namespace__ = NAMESPACE
    order = RequiredText
    line = _Count
    product = RequiredText
    status = RequiredText
    unit = OptionalText
    quantity = OptionalNumber
    extra = _Extra


class GetOrderStatusesResult(ComplexModel):
    __namespace__ = NAMESPACE
    statuses = listed(OrderStatus)
    lines = listed(OrderStatusLine)
    until = _Moment
    extra = _Extra


class GetProblemsResult(ComplexModel):
    __namespace__ = NAMESPACE
    problems = listed(Problem)
    total = _Count
    extra = _Extra
