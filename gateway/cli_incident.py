"""`obmen incident …`, `obmen mute …` and `obmen notice …`: what is wrong, who is at it, and who is told."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.cli_hub import By, opened, party_key, sender_of
from gateway.domain.errors import Misuse
from gateway.domain.incident import Mute
from gateway.domain.problem import Problem
from gateway.incidents import acknowledge, assign, close, comment, mute_incident, unmute
from gateway.incidents import mute as begin_mute
from gateway.notifying import send_due
from gateway.wiring import Hub

incident = typer.Typer(no_args_is_help=True)
mute = typer.Typer(no_args_is_help=True)
notice = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Of the incident, as `list` shows it.")]
Until = Annotated[str, typer.Option(help="As `2026-12-01 09:00` in the hub's time zone, or `8h`, `3d` from now.")]
Reason = Annotated[str, typer.Option(prompt=True, help="For those who read it later.")]


@incident.command("list")
def list_incidents(
    party: Annotated[str, typer.Option(help="Code of the party; none: all.")] = "",
    rule: Annotated[str, typer.Option(help="Code of the problem; none: all.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
) -> None:
    """List incidents: number, severity, state, since when, whose, feed/warehouse, rule, repeats, assignee, title."""
    with opened() as hub:
        wanted = hub.incidents.Wanted(not everything, party_key(hub, party), rule or None)
        with hub.exchange.reading() as connection:
            found = hub.incidents.listed(connection, wanted, limit)
        for each in found:
            whose = "/".join(name for name in (each.party_code, each.site_code) if name)
            feed = "/".join(name for name in (each.feed, each.warehouse) if name)
            what = (whose, feed or each.subject, each.rule, str(each.repeats), each.assignee or "")
            title = hub.problems.definitions[each.rule].wording[hub.settings.language].title
            state = f"{each.state}, muted" if each.muted_until else each.state
            typer.echo("\t".join((str(each.key), each.severity, state, _when(hub, each.opened_at), *what, title)))


@incident.command("show")
def show(number: Number) -> None:
    """Show an incident: what is wrong and what to do, its history, and who was told when."""
    with opened() as hub, hub.exchange.reading() as connection:
        found = hub.incidents.shown(connection, number)
        if found is None:
            raise Misuse(f"there is no incident {number}")
        words = hub.problems.wording(Problem(found.rule, params=hub.incidents.params(found)), hub.settings.language)
        whose = "/".join(name for name in (found.party_code, found.site_code, found.feed, found.warehouse) if name)
        typer.echo(f"{found.severity}\t{found.state}\t{found.rule}\t{whose or found.subject}\n{words.title}")
        typer.echo(f"{words.message}\n{words.remedy}")
        if found.assignee:
            typer.echo(f"assigned to {found.assignee}{f', due {_when(hub, found.due_at)}' if found.due_at else ''}")
        for step in hub.incidents.steps(connection, number):
            typer.echo("\t".join((_when(hub, step.at), step.kind, step.who or "", step.comment or "")).rstrip())
        for told in hub.outbox.of_incident(connection, number):
            sent = _when(hub, told.sent_at) if told.sent_at else told.state
            typer.echo("\t".join((sent, told.kind, told.contact, told.channel_kind, told.failure or "")).rstrip())


@incident.command("acknowledge")
def acknowledge_incident(number: Number, by: By, text: Annotated[str, typer.Option("--comment")] = "") -> None:
    """Say that you are at it: it is not escalated any more."""
    with opened() as hub:
        acknowledge(hub, number, by, text or None)
    typer.echo(f"incident {number} is acknowledged")


@incident.command("assign")
def assign_incident(
    number: Number, name: Annotated[str, typer.Argument(help="Of the contact book.")], by: By, due: Until = ""
) -> None:
    """Make it somebody's task, who is told; past the due date all are reminded once."""
    with opened() as hub:
        assign(hub, number, by, name, _moment(hub, due) if due else None)
    typer.echo(f"incident {number} is assigned to {name}")


@incident.command("comment")
def comment_incident(number: Number, text: str, by: By) -> None:
    """Leave a word in its history."""
    with opened() as hub:
        comment(hub, number, by, text)
    typer.echo(f"incident {number} has your comment")


@incident.command("mute")
def mute_one(number: Number, until: Until, reason: Reason, by: By) -> None:
    """Tell nobody of its rule and subject for a time; what stands at the end is told then."""
    with opened() as hub:
        key = mute_incident(hub, number, _moment(hub, until), by, reason)
    typer.echo(f"mute {key} begins")


@incident.command("close")
def close_incident(number: Number, reason: Reason, by: By) -> None:
    """End it, whatever the rule says; the next breach opens a new one."""
    with opened() as hub:
        close(hub, number, by, reason)
    typer.echo(f"incident {number} is closed")


@mute.command("add")
def add_mute(
    until: Until,
    reason: Reason,
    by: By,
    party: Annotated[str, typer.Option(help="Code of the party.")] = "",
    login: Annotated[str, typer.Option(help="The site's login.")] = "",
    feed: Annotated[str, typer.Option()] = "",
    rule: Annotated[str, typer.Option(help="Code of the problem.")] = "",
) -> None:
    """Tell nobody for a time of incidents of a party, site, feed or rule, or of all that are named together."""
    if not (party or login or feed or rule):
        raise Misuse("name a party, a login, a feed or a rule")
    with opened() as hub:
        site = sender_of(hub, login).site if login else None
        new = Mute(hub.clock(), _moment(hub, until), rule or None, party_key(hub, party), site, feed or None)
        typer.echo(f"mute {begin_mute(hub, new, by, reason)} begins")


@mute.command("list")
def list_mutes() -> None:
    """List the mutes that are not over: number, until when, what, by whom, why."""
    with opened() as hub, hub.exchange.reading() as connection:
        for each in hub.incidents.mutes_listed(connection, hub.clock()):
            what = (each.party_code, each.site_code, each.feed, each.rule, each.identity and "one incident")
            named = " ".join(name for name in what if name)
            typer.echo("\t".join((str(each.key), _when(hub, each.until), named, each.who, each.reason)))


@mute.command("end")
def end_mute(number: Annotated[int, typer.Argument(help="Of the mute.")], by: By) -> None:
    """End a mute now."""
    with opened() as hub:
        unmute(hub, number, by)
    typer.echo(f"mute {number} is over")


@notice.command("send")
def send() -> None:
    """Let incidents follow findings and time, and send all notices that are due; the worker does so by itself."""
    with opened() as hub:
        typer.echo(f"{send_due(hub)} messages sent")
        with hub.exchange.reading() as connection:
            waiting, overdue = hub.outbox.depth(connection, hub.clock())
    typer.echo(f"{waiting} notices wait, {overdue} of them for a channel that fails")


def _when(hub: Hub, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(hub.settings.time_zone)):%Y-%m-%d %H:%M}"


def _moment(hub: Hub, text: str) -> datetime:
    """Raises Misuse where it is none, or in the past."""
    now = hub.clock()
    try:
        if text[-1:] in ("h", "d"):
            found = now + timedelta(**{"hours" if text[-1] == "h" else "days": float(text[:-1])})
        else:
            found = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(hub.settings.time_zone)).astimezone(now.tzinfo)
    except (ValueError, OverflowError) as error:
        raise Misuse(f"{text} is no moment like 2026-12-01 09:00, 8h or 3d") from error
    if found <= now:
        raise Misuse(f"{text} is over already")
    return found
