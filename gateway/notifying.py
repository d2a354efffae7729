"""Use case: sends the outbox, each notice at least once, under an id by which its receiver drops doubles."""

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.incident import Breach, Severity, Subject
from gateway.incident_sources import follow_findings
from gateway.incidents import breached, recovered, wake
from gateway.notice_texts import Letter, digest
from gateway.repeating import repeated
from gateway.telling import CHANNEL_DEAD

if TYPE_CHECKING:
    from connectors.database.outbox import Claim
    from connectors.notify import Failure, Message
    from gateway.wiring import Hub

LEASE = timedelta(minutes=5)
"""Longer than any server is waited for: what a sender that died had claimed is sent again after that."""
FIRST_DELAY_SECONDS = 30
LONGEST_DELAY_SECONDS = 3600


def send_due(hub: "Hub", at_most: int | None = None) -> int:
    """Lets incidents follow findings and time, then sends what is due, or so much of it; how many messages went."""
    while follow_findings(hub):
        pass
    wake(hub)
    sent = tried = 0
    while tried != at_most and (went := send_next(hub)) is not None:
        tried += 1
        sent += went
    return sent


def send_next(hub: "Hub") -> bool | None:
    """Sends what is due longest; whether it went, None where nothing is due.

    1. The claim is committed: what a sender that dies had claimed is sent by another when it runs out.
    2. The server takes the message, or does not.
    3. That is written down, in one commit with what it means for the channel. After a crash between 2 and 3 the
       message is sent again, under the same id.
    """
    claim = _claim(hub)
    if claim is None:
        return None
    severity = max((Severity(each.severity) for each in claim.rows), key=lambda each: each.rank)
    if rests_until := claim.contact.rests_until(hub.clock(), severity):
        with hub.exchange.writing() as connection:
            hub.outbox.put_off(connection, claim, rests_until)
        return False
    failure = hub.notifier.send(claim.kind, claim.address, _message(hub, claim))
    if failure is None:
        _sent(hub, claim)
    else:
        _failed(hub, claim, failure)
    return failure is None


@repeated
def _claim(hub: "Hub") -> "Claim | None":
    with hub.exchange.writing() as connection:
        return hub.outbox.claim(connection, hub.clock(), LEASE)


def _message(hub: "Hub", claim: "Claim") -> "Message":
    if claim.digest_at is not None:
        words = digest(claim.rows, claim.contact.language)
        return hub.Message(claim.id, words.title, words.text, {"kind": "digest"})
    (row,) = claim.rows
    words = Letter(row.title, row.text)
    facts = {"kind": row.kind, "incident": str(row.incident), "rule": row.rule, "severity": row.severity}
    return hub.Message(claim.id, words.title, words.text, facts)


@repeated
def _sent(hub: "Hub", claim: "Claim") -> None:
    with hub.exchange.writing() as connection:
        was_dead = hub.outbox.sent(connection, claim, hub.clock())
        if was_dead and not hub.outbox.dead(connection, claim.kind):
            recovered(hub, connection, CHANNEL_DEAD, _of_channel(claim), hub.clock())


@repeated
def _failed(hub: "Hub", claim: "Claim", failure: "Failure") -> None:
    """The channel rests, for twice as long each time; one that failed too often is dead, of which others are told."""
    now = hub.clock()
    with hub.exchange.writing() as connection:
        retry_at = now + delay_after(hub.outbox.failures_of(connection, claim.channel) + 1)
        hub.log.warning("notice not sent", channel=claim.kind, to=claim.contact.name, failure=failure.text)
        outcome = (failure.text, failure.refused, now, retry_at, hub.settings.notice_tries)
        if not hub.outbox.failed(connection, claim, *outcome):
            return
        people = ", ".join(sorted({name for name, _ in hub.outbox.dead(connection, claim.kind)}))
        params = {"channel": claim.kind, "people": people, "failure": failure.text[:300]}
        breached(hub, connection, [Breach(CHANNEL_DEAD, _of_channel(claim), Severity.ERROR, now, params)])


def delay_after(failures: int) -> timedelta:
    doublings = min(failures - 1, LONGEST_DELAY_SECONDS.bit_length())
    return timedelta(seconds=min(FIRST_DELAY_SECONDS << doublings, LONGEST_DELAY_SECONDS))


def _of_channel(claim: "Claim") -> Subject:
    """All channels of a kind: where the mail server is away, that is one incident and not hundreds."""
    return Subject(None, key=claim.kind)
