"""The operations of `DistributorExchange`: arguments into a use case's, its outcome into a record."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spyne import Service, rpc

from gateway import __version__, intake, receipts
from gateway.domain.errors import ContractBroken
from gateway.domain.feeds import FEEDS
from gateway.domain.party import Sender
from gateway.soap.records import (
    Acceptance,
    GetProblemsResult,
    OptionalCount,
    OptionalFlag,
    PingResult,
    Receipt,
    RequiredBytes,
    RequiredText,
    TestConnectionResult,
    acceptance_record,
    problem_record,
    receipt_record,
    returned,
)

if TYPE_CHECKING:
    from gateway.wiring import Hub

PORT = "DistributorExchangeSoap"
CONTRACT = "1"
WITHOUT_LOGIN = frozenset({"Ping"})
PROBLEMS_AT_ONCE = 100
_PACKET_ID = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")


@dataclass(frozen=True)
class Call:
    """What an operation works with; `sender` is None only for operations without a login."""

    hub: "Hub"
    sender: Sender | None


def operation(*arguments: Any, returns: Any) -> Any:
    return rpc(*arguments, _returns=returned(returns), _out_variable_name="return", _port_type=PORT)


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

    @operation(RequiredText, returns=Receipt)
    def GetReceipt(ctx, packetId):  # type: ignore[no-untyped-def]
        """A packet's acceptance and how far it has come."""
        return receipt_record(receipts.receipt(ctx.udc.hub, ctx.udc.sender, _packet_id(packetId)))

    @operation(RequiredText, OptionalCount, OptionalCount, returns=GetProblemsResult)
    def GetProblems(ctx, packetId, offset, limit):  # type: ignore[no-untyped-def]
        """The problems of the latest attempt under an id, a slice at a time."""
        offset, limit = offset or 0, PROBLEMS_AT_ONCE if limit is None else limit
        if offset < 0 or limit < 0:
            raise ContractBroken("offset and limit can't be negative")
        found, total = receipts.problems(ctx.udc.hub, ctx.udc.sender, _packet_id(packetId), offset, limit)
        return GetProblemsResult(problems=[problem_record(problem) for problem in found], total=total)


def _submitted(
    call: Call, feed: str, packet_id: str, content: bytes, dry_run: bool | None, confirm: bool | None
) -> Acceptance:
    assert call.sender
    if not feed.strip():
        raise ContractBroken("feed is empty")
    submission = intake.Submission(feed.strip(), _packet_id(packet_id), content, bool(dry_run), bool(confirm))
    return acceptance_record(intake.submit(call.hub, call.sender, submission))


def _packet_id(given: str) -> str:
    """Ids are kept for ever and quoted everywhere, so they are short and printable."""
    packet_id = given.strip()
    if not _PACKET_ID.fullmatch(packet_id):
        raise ContractBroken("packetId must be 1 to 100 printable characters")
    return packet_id
