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


class _Record(ComplexModel):
    """Takes its fields as they are: spyne's own way asks nine questions of each."""

    __namespace__ = NAMESPACE

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(dict.fromkeys(self._type_info), **given)


class NameValue(_Record):
    name = RequiredText
    value = OptionalText


_Extra = listed(NameValue)


class PingResult(_Record):
    serverTime = _Moment
    version = RequiredText
    contract = RequiredText
    extra = _Extra


class TestConnectionResult(_Record):
    __test__ = False  # its name makes pytest look twice
    party = RequiredText
    site = RequiredText
    organisations = listed(Unicode)
    serverTime = _Moment
    feeds = listed(Unicode)
    extra = _Extra


class Problem(_Record):
    code = RequiredText
    severity = RequiredText
    document = OptionalText
    row = OptionalCount
    field = OptionalText
    value = OptionalText
    message = RequiredText
    remedy = RequiredText
    extra = _Extra


class Acceptance(_Record):
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


class Receipt(_Record):
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


class OpenTransferResult(_Record):
    transferId = RequiredText
    partBytes = _Count
    received = listed(Integer)
    extra = _Extra


class PutPartResult(_Record):
    received = listed(Integer)
    extra = _Extra


class FeedSettings(_Record):
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


class GetSettingsResult(_Record):
    feeds = listed(FeedSettings)
    packetBytes = _Count
    partBytes = _Count
    extra = _Extra


class DayTotals(_Record):
    organisation = RequiredText
    date = OptionalMoment
    documents = _Count
    rows = _Count
    quantity = OptionalNumber
    amount = OptionalNumber
    extra = _Extra


class GetTotalsResult(_Record):
    totals = listed(DayTotals)
    until = _Moment
    extra = _Extra


class GetCatalogResult(_Record):
    content = ByteArray(min_occurs=0, nillable=False)
    text = OptionalText
    until = _Moment
    extra = _Extra


class Notice(_Record):
    id = _Count
    madeAt = _Moment
    code = RequiredText
    text = RequiredText
    packetId = OptionalText
    extra = _Extra


class GetNoticesResult(_Record):
    notices = listed(Notice)
    until = _Moment
    extra = _Extra


class AckNoticesResult(_Record):
    count = _Count
    extra = _Extra


class PullOrdersResult(_Record):
    batchId = OptionalText
    content = ByteArray(min_occurs=0, nillable=False)
    text = OptionalText
    more = Boolean(min_occurs=1, nillable=False)
    extra = _Extra


class OrderResult(_Record):
    order = RequiredText
    revision = _Count
    accepted = OptionalFlag
    reason = OptionalText
    documentId = OptionalText
    documentNumber = OptionalText
    extra = _Extra


class AckOrdersResult(_Record):
    count = _Count
    extra = _Extra


class OrderStatus(_Record):
    order = RequiredText
    number = RequiredText
    date = RequiredMoment
    revision = _Count
    status = RequiredText
    changedAt = _Moment
    reason = OptionalText
    documentNumber = OptionalText
    extra = _Extra


class OrderStatusLine(_Record):
    order = RequiredText
    line = _Count
    product = RequiredText
    status = RequiredText
    unit = OptionalText
    quantity = OptionalNumber
    extra = _Extra


class GetOrderStatusesResult(_Record):
    statuses = listed(OrderStatus)
    lines = listed(OrderStatusLine)
    until = _Moment
    extra = _Extra


class GetProblemsResult(_Record):
    problems = listed(Problem)
    total = _Count
    extra = _Extra
