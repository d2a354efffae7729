"""The operations of `DistributorExchange`: arguments into a use case's, its outcome into a record."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from spyne import Integer, Service, rpc

from gateway import __version__, intake, ordering_pulling, ordering_statuses, publishing, receipts, transferring
from gateway.domain.errors import ContractBroken
from gateway.domain.feeds import FEEDS
from gateway.domain.party import Sender
from gateway.soap.records import (
    Acceptance,
    AckNoticesResult,
    AckOrdersResult,
    GetCatalogResult,
    GetNoticesResult,
    GetOrderStatusesResult,
    GetProblemsResult,
    GetSettingsResult,
    GetTotalsResult,
    OpenTransferResult,
    OptionalCount,
    OptionalFlag,
    OptionalMoment,
    OptionalText,
    OrderResult,
    PingResult,
    PullOrdersResult,
    PutPartResult,
    Receipt,
    RequiredBytes,
    RequiredCount,
    RequiredMoment,
    RequiredText,
    TestConnectionResult,
    listed,
    returned,
)
from gateway.soap.translation import (
    acceptance_record,
    day_totals_record,
    feed_settings_record,
    notice_record,
    order_result,
    order_status_lines,
    order_status_record,
    problem_record,
    receipt_record,
)

if TYPE_CHECKING:
    from gateway.wiring import Hub

PORT = "DistributorExchangeSoap"
CONTRACT = "1"
WITHOUT_LOGIN = frozenset({"Ping"})
PROBLEMS_AT_ONCE = 100
IDS_AT_ONCE = 1000
FEED_LENGTH = 100
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_PACKET_ID = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")


@dataclass(frozen=True)
class Call:
    """What an operation works with; `sender` is None only for operations without a login."""

    hub: "Hub"
    sender: Sender | None


def operation(*arguments: Any, returns: Any, names: dict[str, str] | None = None) -> Any:
    """`names` gives arguments the contract's names where Python can't have them."""
    fixed = {"_returns": returned(returns), "_out_variable_name": "return", "_port_type": PORT}
    return rpc(*arguments, **fixed, **({"_in_variable_names": names} if names else {}))


class DistributorExchange(Service):
    """Exchange between a manufacturer's hub and its distributors."""

    __port_types__ = (PORT,)

    @operation(returns=PingResult)
    def Ping(ctx):  # type: ignore[no-untyped-def]
        """Says that the hub is there. Needs no login."""
        return PingResult(serverTime=ctx.udc.hub.clock(), version=__version__, contract=CONTRACT)

    @operation(returns=TestConnectionResult)
    def TestConnection(ctx):  # type: ignore[no-untyped-def]
        """Says who the login is and what it may send."""
        sender = ctx.udc.sender
        return TestConnectionResult(
            party=sender.party_name,
            site=sender.site_code,
            organisations=sorted(sender.organizations),
            serverTime=ctx.udc.hub.clock(),
            feeds=list(FEEDS),
        )

    @operation(RequiredText, RequiredText, RequiredBytes, OptionalFlag, OptionalFlag, returns=Acceptance)
    def SendPacket(ctx, feed, packetId, content, dryRun, confirm):  # type: ignore[no-untyped-def]
        """Takes a packet: its XML, plain, gzip, or zip of one file."""
        return _submitted(ctx.udc, feed, packetId, b"".join(content or ()), dryRun, confirm)

    @operation(RequiredText, RequiredText, RequiredText, OptionalFlag, OptionalFlag, returns=Acceptance)
    def SendPacketText(ctx, feed, packetId, text, dryRun, confirm):  # type: ignore[no-untyped-def]
        """Takes a packet as a string; an encoding in its declaration is ignored."""
        content = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
        return _submitted(ctx.udc, feed, packetId, content.encode(), dryRun, confirm)

    @operation(RequiredText, RequiredText, RequiredCount, OptionalText, returns=OpenTransferResult)
    def OpenTransfer(ctx, feed, packetId, totalBytes, sha256):  # type: ignore[no-untyped-def]
        """Opens a packet in parts, or resumes it: tells which parts are here."""
        if sha256 and not _SHA256.fullmatch(sha256.strip()):
            raise ContractBroken("sha256 is 64 hexadecimal digits")
        announced = (_feed(feed), _packet_id(packetId), totalBytes, (sha256 or "").strip() or None)
        key, received = transferring.open_transfer(ctx.udc.hub, ctx.udc.sender, *announced)
        return OpenTransferResult(transferId=key, partBytes=ctx.udc.hub.settings.part_bytes, received=received)

    @operation(RequiredText, RequiredCount, RequiredBytes, returns=PutPartResult)
    def PutPart(ctx, transferId, number, content):  # type: ignore[no-untyped-def]
        """Keeps one part, numbered from 1; the same part again is fine."""
        place = (ctx.udc.hub, ctx.udc.sender, transferId.strip(), number)
        return PutPartResult(received=transferring.put_part(*place, b"".join(content or ())))

    @operation(RequiredText, OptionalFlag, OptionalFlag, returns=Acceptance)
    def CompleteTransfer(ctx, transferId, dryRun, confirm):  # type: ignore[no-untyped-def]
        """Takes the whole packet in, as SendPacket does."""
        place = (ctx.udc.hub, ctx.udc.sender, transferId.strip())
        return acceptance_record(transferring.complete(*place, bool(dryRun), bool(confirm)))

    @operation(returns=GetSettingsResult)
    def GetSettings(ctx):  # type: ignore[no-untyped-def]
        """What is agreed for each feed, and the hub's limits."""
        hub, sender = ctx.udc.hub, ctx.udc.sender
        return GetSettingsResult(
            feeds=[feed_settings_record(each) for each in publishing.agreed(hub, sender)],
            packetBytes=hub.settings.packet_bytes,
            partBytes=hub.settings.part_bytes,
        )

    @operation(
        RequiredText,
        RequiredMoment,
        RequiredMoment,
        returns=GetTotalsResult,
        names={"first": "from", "last": "to"},
    )
    def GetTotals(ctx, feed, first, last):  # type: ignore[no-untyped-def]
        """What the hub holds, by organisation and date."""
        days = (_day(first, ctx.udc.sender), _day(last, ctx.udc.sender))
        found = publishing.totals(ctx.udc.hub, ctx.udc.sender, feed.strip(), *days)
        return GetTotalsResult(totals=[day_totals_record(each) for each in found], until=ctx.udc.hub.clock())

    @operation(RequiredText, OptionalMoment, OptionalFlag, returns=GetCatalogResult)
    def GetCatalog(ctx, kind, since, asText):  # type: ignore[no-untyped-def]
        """The manufacturer's products, prices, outlets, or the crosswalk of the party's codes."""
        place = (ctx.udc.hub, ctx.udc.sender, kind.strip())
        found = publishing.catalog(*place, _instant(since, ctx.udc.sender), bool(asText))
        content = None if found.content is None else [found.content]
        return GetCatalogResult(content=content, text=found.text, until=found.until)

    @operation(OptionalMoment, returns=GetNoticesResult)
    def GetNotices(ctx, since):  # type: ignore[no-untyped-def]
        """Messages to this site that are not acknowledged yet."""
        found = publishing.notices(ctx.udc.hub, ctx.udc.sender, _instant(since, ctx.udc.sender))
        return GetNoticesResult(notices=[notice_record(each) for each in found], until=ctx.udc.hub.clock())

    @operation(listed(Integer), returns=AckNoticesResult)
    def AckNotices(ctx, ids):  # type: ignore[no-untyped-def]
        """Acknowledges messages; they are not given again."""
        if not ids or len(ids) > IDS_AT_ONCE or not all(0 < each < 1 << 63 for each in ids):
            raise ContractBroken(f"ids must be 1 to {IDS_AT_ONCE} ids of notices")
        return AckNoticesResult(count=publishing.acknowledge(ctx.udc.hub, ctx.udc.sender, list(ids)))

    @operation(OptionalCount, OptionalFlag, returns=PullOrdersResult)
    def PullOrders(ctx, limit, asText):  # type: ignore[no-untyped-def]
        """Orders for this site; the same batch again until it is acknowledged."""
        found = ordering_pulling.pull(ctx.udc.hub, ctx.udc.sender, limit, bool(asText))
        content = None if found.content is None else [found.content]
        return PullOrdersResult(batchId=found.batch, content=content, text=found.text, more=found.more)

    @operation(RequiredText, listed(OrderResult), returns=AckOrdersResult)
    def AckOrders(ctx, batchId, results):  # type: ignore[no-untyped-def]
        """Acknowledges a batch: what became of each of its orders."""
        if not results or len(results) > ordering_pulling.MOST:
            raise ContractBroken(f"results must be 1 to {ordering_pulling.MOST} results of orders")
        said = [order_result(each) for each in results]
        return AckOrdersResult(count=ordering_pulling.acknowledge(ctx.udc.hub, ctx.udc.sender, batchId.strip(), said))

    @operation(OptionalMoment, returns=GetOrderStatusesResult)
    def GetOrderStatuses(ctx, since):  # type: ignore[no-untyped-def]
        """What became of this site's purchase orders, those that changed since."""
        hub, sender = ctx.udc.hub, ctx.udc.sender
        found, until = ordering_statuses.statuses(hub, sender, _instant(since, sender))
        return GetOrderStatusesResult(
            statuses=[order_status_record(each) for each in found],
            lines=[line for each in found for line in order_status_lines(each)],
            until=until,
        )

    @operation(RequiredText, returns=Receipt)
    def GetReceipt(ctx, packetId):  # type: ignore[no-untyped-def]
        """A packet's acceptance and how far it has come."""
        return receipt_record(receipts.receipt(ctx.udc.hub, ctx.udc.sender, _packet_id(packetId)))

    @operation(RequiredText, OptionalCount, OptionalCount, returns=GetProblemsResult)
    def GetProblems(ctx, packetId, offset, limit):  # type: ignore[no-untyped-def]
        """The problems of the latest attempt under an id, a slice at a time."""
        offset, limit = offset or 0, PROBLEMS_AT_ONCE if limit is None else limit
        if not (0 <= offset < 1 << 31 and 0 <= limit < 1 << 31):
            raise ContractBroken("offset and limit must be 0 to 2147483647")
        found, total = receipts.problems(ctx.udc.hub, ctx.udc.sender, _packet_id(packetId), offset, limit)
        return GetProblemsResult(problems=[problem_record(problem) for problem in found], total=total)


OPERATIONS = frozenset(DistributorExchange.public_methods)


def _submitted(
    call: Call, feed: str, packet_id: str, content: bytes, dry_run: bool | None, confirm: bool | None
) -> Acceptance:
    assert call.sender
    submission = intake.Submission(_feed(feed), _packet_id(packet_id), content, bool(dry_run), bool(confirm))
    return acceptance_record(intake.submit(call.hub, call.sender, submission))


def _instant(given: datetime | None, sender: Sender) -> datetime | None:
    """An instant without an offset is in the site's zone (contract, Tolerated)."""
    if given is None or given.year == 1:
        return None
    return given if given.tzinfo else given.replace(tzinfo=sender.zone)


def _day(given: datetime, sender: Sender) -> date:
    """The day of an instant in the site's zone."""
    return given.astimezone(sender.zone).date() if given.tzinfo else given.date()


def _feed(given: str) -> str:
    if not given.strip() or len(given) > FEED_LENGTH:
        raise ContractBroken(f"feed must be 1 to {FEED_LENGTH} characters")
    return given.strip()


def _packet_id(given: str) -> str:
    """Ids are kept for ever and quoted everywhere, so they are short and printable."""
    packet_id = given.strip()
    if not _PACKET_ID.fullmatch(packet_id):
        raise ContractBroken("packetId must be 1 to 100 printable characters")
    return packet_id
