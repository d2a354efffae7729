"""`obmen packet …`, `obmen regulation …`: packets that wait for a person, and what is agreed with a site."""

from typing import Annotated, Any

import typer

from gateway.cli_hub import Of, date_of, opened, packet_of, party_key, sender_of
from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Severity
from gateway.domain.receipt import State, Status
from gateway.releasing import refuse, release, retry

packet = typer.Typer(no_args_is_help=True)
regulation = typer.Typer(no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="The site's login.")]


@packet.command("held")
def held() -> None:
    """List the packets that wait for a person."""
    with opened() as hub, hub.exchange.reading() as connection:
        for login, packet_id, feed, received_at in hub.journal.held_packets(connection):
            typer.echo(f"{login}\t{packet_id}\t{feed}\t{received_at:%Y-%m-%d %H:%M}Z")


@packet.command("release")
def release_packet(login: Login, packet_id: str) -> None:
    """Let a held packet go on to loading."""
    with opened() as hub:
        release(hub, sender_of(hub, login), packet_id)
    typer.echo(f"packet {packet_id} is released")


@packet.command("refuse")
def refuse_packet(login: Login, packet_id: str, reason: Annotated[str, typer.Option(prompt=True)]) -> None:
    """Never load a held packet; the distributor's 1C gets the reason as a notice."""
    with opened() as hub:
        refuse(hub, sender_of(hub, login), packet_id, reason)
    typer.echo(f"packet {packet_id} is refused")


@packet.command("retry")
def retry_packet(packet_id: str, login: Of = "") -> None:
    """Load a packet again that was parked after its last try."""
    with opened() as hub:
        retry(hub, packet_of(hub, packet_id, login)[1], packet_id)
    typer.echo(f"packet {packet_id} is loaded again")


@packet.command("list")
def list_packets(
    state: Annotated[str, typer.Option(help="As accepted, held, loading, failed, loaded; none: any.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
) -> None:
    """List packets and refused attempts, newest first, with why the loading failed."""
    if state and state not in (*State, *Status):
        raise Misuse(f"state is one of {', '.join(dict.fromkeys((*State, *Status)))}")
    with opened() as hub, hub.exchange.reading() as connection:
        wanted = hub.pages.Wanted(states=(state,) if state else ())
        for line in hub.pages.listed(connection, wanted, limit).lines:
            found = hub.pages.details(connection, line.key)
            shown = (line.party_code, line.site_code, line.packet_id, line.feed, line.state)
            typer.echo("\t".join((*shown, f"{line.received_at:%Y-%m-%d %H:%M}Z", (found and found.failure) or "")))


@regulation.command("set")
def set_regulation(
    login: Login,
    feed: str,
    minimum_interval: Annotated[int | None, typer.Option(min=0, help="Seconds between packets.")] = None,
    history_days: Annotated[int | None, typer.Option(min=0, help="How far back documents may be dated.")] = None,
    closed_through: Annotated[str | None, typer.Option(help="Last date of the closed period, YYYY-MM-DD.")] = None,
    shrink_percent: Annotated[
        int | None, typer.Option(min=0, max=100, help="More withdrawn than this is held.")
    ] = None,
    resend_from: Annotated[str | None, typer.Option(help="Ask to send again from this date.")] = None,
    resend_to: Annotated[str | None, typer.Option(help="Ask to send again up to this date.")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="A mode that is allowed; none: all of the feed.")] = None,
) -> None:
    """Agree rules with a site for a feed; what is not named stays as it is."""
    if feed not in FEEDS:
        raise Misuse(f"feed is one of {', '.join(FEEDS)}")
    given: dict[str, Any] = {
        "minimum_interval": minimum_interval,
        "history_days": history_days,
        "closed_through": date_of(closed_through),
        "shrink_percent": shrink_percent,
        "resend_from": date_of(resend_from),
        "resend_to": date_of(resend_to),
        "modes": _modes(feed, mode),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise Misuse("name at least one rule: obmen regulation set --help")
    with opened() as hub:
        site = sender_of(hub, login).site
        with hub.exchange.writing() as connection:
            hub.regulations.agree(connection, site, feed, changes)
    typer.echo(f"{feed} of {login}: {', '.join(f'{name} {value}' for name, value in changes.items())}")


@regulation.command("severity")
def set_severity(
    party: str,
    code: str,
    severity: Annotated[str, typer.Argument(help="error, warning, or usual")],
) -> None:
    """Let a problem count more or less for a party."""
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


def _modes(feed: str, modes: list[str] | None) -> str | None:
    if not modes:
        return None
    if strange := [mode for mode in modes if mode not in FEEDS[feed].modes]:
        raise Misuse(f"{', '.join(strange)} is no mode of {feed}")
    return " ".join(modes)
