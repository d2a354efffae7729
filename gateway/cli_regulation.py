"""`obmen regulation …`: what is agreed with the distributors, and the slots that come of it."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.cli_hub import By, date_of, opened, party_key, sender_of
from gateway.domain.clause import ANY
from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Severity
from gateway.domain.terms import Value
from gateway.regulating import check
from gateway.regulating_clauses import book_of
from gateway.regulating_file import agreed
from gateway.regulating_rules import Agreed, Excuse, agree, change, excuse, take_back
from gateway.regulating_trial import tried
from gateway.wiring import Hub

regulation = typer.Typer(no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="The site's login.")]
Words = Annotated[list[str], typer.Argument(metavar="NAME=VALUE...")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


@regulation.command("load")
def load(file: File, by: By) -> None:
    """Agree what a file says; what it does not name stays as it is."""
    with opened() as hub:
        typer.echo(f"{agree(hub, _read(hub, file), by)} clauses changed")


@regulation.command("try")
def try_out(file: File, days: Annotated[int, typer.Option(min=1, max=730)] = 90) -> None:
    """Tell which incidents a file would have opened in the last days, and change nothing."""
    with opened() as hub:
        found = tried(hub, _read(hub, file), days)
    for (rule, site), times in sorted(found.items(), key=lambda each: (-each[1], each[0])):
        typer.echo(f"{times}\t{rule}\t{site}")
    typer.echo(f"would have opened {found.total()} incidents in {days} days")


@regulation.command("show")
def show(login: Login, feed: str, at: Annotated[str, typer.Option(help="Day, as 2026-11-30.")] = "") -> None:
    """Tell what is agreed with a site for a feed, from today or another day on."""
    _known(feed)
    with opened() as hub:
        sender = sender_of(hub, login)
        day = date_of(at) or hub.clock().astimezone(ZoneInfo(sender.time_zone)).date()
        with hub.exchange.reading() as connection:
            (located,) = hub.clauses.located(connection, sender.site)
            found = book_of(hub, connection).periods(located, day).get(feed, {})
    if not found:
        typer.echo("the site is closed" if located.closed_at else "nothing is agreed")
    for warehouse, spans in found.items():
        for span in spans if not warehouse or spans != found[""] else ():
            head = f"from {span.first or day}" + (f" to {span.last}" if span.last else "")
            typer.echo(f"{head}, warehouse {warehouse}" if warehouse else head)
            for name, value in sorted(span.body.items()):
                typer.echo(f"  {name}: {_told(value)}")


@regulation.command("history")
def history(limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50) -> None:
    """Tell who agreed what when, the newest first."""
    with opened() as hub, hub.exchange.reading() as connection:
        for each in hub.clauses.history(connection, limit):
            about = " ".join(filter(None, (each.level, each.name, each.feed, each.warehouse)))
            days = f"{each.first_date or ''}–{each.last_date or ''}" if each.first_date or each.last_date else ""
            ended = f"until {each.ended_at:%Y-%m-%d %H:%M}Z, {each.ended_by}" if each.ended_at else ""
            made = f"{each.made_at:%Y-%m-%d %H:%M}Z"
            typer.echo("\t".join((made, each.made_by, about, days, each.body, ended)))


@regulation.command("check")
def check_now() -> None:
    """Judge all that is due by now, once."""
    with opened() as hub:
        done = check(hub)
    typer.echo(f"{done.packets} packets judged, {done.slots} slots looked at")


@regulation.command("set")
def set_words(
    login: Login, feed: str, words: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...")], by: By
) -> None:
    """Agree some rules with a site for a feed, as `grace='45 min'`; `none` takes one back. The others stay."""
    _known(feed)
    pairs = [each.partition("=") for each in words]
    if strange := [name for name, sign, _ in pairs if not sign]:
        raise Misuse(f"{strange[0]}: write NAME=VALUE, as grace='45 min'")
    with opened() as hub:
        change(hub, sender_of(hub, login).site, feed, {name.strip(): value.strip() for name, _, value in pairs}, by)
    typer.echo(f"{feed} of {login}: {', '.join(words)}")


@regulation.command("severity")
def set_severity(
    party: str,
    code: str,
    severity: Annotated[str, typer.Argument(help="error, warning, or usual")],
) -> None:
    """Let a problem of a packet count more or less for a party."""
    if severity not in (*Severity, "usual"):
        raise Misuse("severity is error, warning or usual")
    with opened() as hub:
        definition = hub.problems.definitions.get(code)
        if definition is None or definition.fixed:
            raise Misuse(f"{code} is no problem whose severity can be set")
        key = party_key(hub, party)
        with hub.exchange.writing() as connection:
            hub.regulations.weigh(connection, key, code, None if severity == "usual" else severity)
    typer.echo(f"{code} counts as {severity} for {party}")


@regulation.command("excuse")
def excuse_days(
    party: str,
    first: Annotated[str, typer.Argument(help="Day, as 2026-11-30.")],
    last: Annotated[str, typer.Argument(help="Day, included.")],
    reason: Annotated[str, typer.Option(prompt=True)],
    by: By,
    login: Annotated[str, typer.Option(help="Of one site alone.")] = "",
    feed: Annotated[str, typer.Option(help="Of one feed alone.")] = ANY,
) -> None:
    """Ask a party for nothing of these days, as when it is on holiday."""
    if feed != ANY:
        _known(feed)
    with opened() as hub:
        key, sender = party_key(hub, party), sender_of(hub, login) if login else None
        days = (date_of(first), date_of(last))
        if key is None or days[0] is None or days[1] is None or days[0] > days[1]:
            raise Misuse("name a party, the first day and the last, in this order")
        if sender and sender.party != key:
            raise Misuse(f"{login} is no login of {party}")
        given = Excuse(key, sender.site if sender else None, feed, days[0], days[1], reason)
        typer.echo(f"excuse {excuse(hub, given, by)}")


@regulation.command("excuses")
def list_excuses() -> None:
    """List what is excused."""
    with opened() as hub, hub.exchange.reading() as connection:
        names = hub.parties.names(connection)
        for each in hub.slots.excuses(connection):
            place = (names[each.party, each.site], each.feed, f"{each.first_date}–{each.last_date}")
            typer.echo("\t".join((str(each.key), *place, each.reason, each.made_by)))


@regulation.command("unexcuse")
def unexcuse(number: int, by: By) -> None:
    """Take an excuse back: its days are asked for again."""
    with opened() as hub:
        take_back(hub, number, by)
    typer.echo(f"excuse {number} is taken back")


def _read(hub: Hub, file: Path) -> Agreed:
    try:
        return agreed(hub.formats.read_yaml(file.read_text(encoding="utf-8")))
    except (Misuse, OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{file}: {error}") from error


def _known(feed: str) -> None:
    if feed not in FEEDS:
        raise Misuse(f"feed is one of {', '.join(FEEDS)}")


def _told(value: Value) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} → {_told(each)}" for name, each in value.items())
    return value if isinstance(value, str) else ", ".join(value)
