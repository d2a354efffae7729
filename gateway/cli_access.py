"""`obmen site …`, `obmen audit …`: who may call and from where, and the journal of it all."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from gateway.cli_hub import By, opened, sender_of
from gateway.closing import close, reopen
from gateway.domain.errors import Misuse
from gateway.domain.party import networks
from gateway.sealing import seal, verify

site_access = typer.Typer(no_args_is_help=True)
audit = typer.Typer(no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="The site's login.")]
NETWORKS_LENGTH = 1000
_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@site_access.command("rotate")
def rotate(
    login: Login,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, help="The new one; asked for where it is not given.")
    ],
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=24 * 366, help="How long the old password works beside it.")
    ] = 24,
) -> None:
    """Give a login a new password; the old one works until the overlap ends."""
    with opened() as hub, hub.exchange.writing() as connection:
        until = hub.clock() + timedelta(hours=overlap_hours) if overlap_hours else None
        hub.parties.rotate(connection, login, hub.access.hash(password), until)
    old = f"works until {until:%Y-%m-%d %H:%M}Z" if until else "no longer works"
    typer.echo(f"{login} has a new password; the old one {old}")


@site_access.command("allow")
def allow(
    login: Login,
    network: Annotated[
        list[str] | None, typer.Argument(help="As 192.0.2.0/24 or 192.0.2.7; these replace those before.")
    ] = None,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="Lift the restriction.")] = False,
) -> None:
    """Let a site call from these networks only."""
    if bool(network) == anywhere:
        raise Misuse("name networks, or --anywhere")
    try:
        allowed = networks(" ".join(network or ()))
    except ValueError as error:
        raise Misuse(str(error)) from error
    if len(" ".join(allowed)) > NETWORKS_LENGTH:
        raise Misuse("these are too many networks for one site")
    with opened() as hub:
        sender = sender_of(hub, login)
        with hub.exchange.writing() as connection:
            hub.parties.allow_networks(connection, sender.site, allowed)
    typer.echo(f"{sender.site_code} of {sender.party_code} may call from {', '.join(allowed) or 'anywhere'}")


@site_access.command("close")
def close_site(login: Login, by: By) -> None:
    """End the exchange with a site, as when its distributor leaves: login, slots, incidents. What it sent stays."""
    with opened() as hub:
        ended = close(hub, sender_of(hub, login), by)
    typer.echo(f"{login} may log in no more, nothing is expected of it, {ended} incidents are over")


@site_access.command("reopen")
def reopen_site(login: Login) -> None:
    """Let a closed site exchange again: what is agreed with it holds from now on."""
    with opened() as hub:
        reopen(hub, sender_of(hub, login))
    typer.echo(f"{login} may log in again")


@site_access.command("list")
def list_sites() -> None:
    """List the sites with their logins, and since when they are closed."""
    with opened() as hub, hub.exchange.reading() as connection:
        for each in hub.parties.sites_listed(connection):
            closed = f"closed {each.closed_at:%Y-%m-%d %H:%M}Z, {each.closed_by}" if each.closed_at else ""
            typer.echo("\t".join((f"{each.party_code}/{each.code}", each.login, each.time_zone, closed)))


@audit.command("seal")
def seal_now() -> None:
    """Seal what is stored of the audit journal; the worker does so by itself."""
    with opened() as hub:
        typer.echo(f"{seal(hub)} rows sealed")


@audit.command("verify")
def verify_chain(
    noted: Annotated[
        str, typer.Option(help="A seal that was written down elsewhere, as NUMBER:HASH; it must still be there.")
    ] = "",
) -> None:
    """Walk the chain of seals: ends with status 1 at the first row or segment that is missing or altered."""
    found = _NOTED.fullmatch(noted)
    if noted and not found:
        raise Misuse("--noted is a seal's number and hash, as this command prints them: 17:9f86…")
    with opened() as hub:
        verdict = verify(hub, (int(found[1]), found[2]) if found else None)
    typer.echo(f"{verdict.rows} rows in {verdict.segments} segments are as they were sealed")
    if verdict.last:
        typer.echo(f"last seal {verdict.last.number}:{verdict.last.hash} of {verdict.last.sealed_at:%Y-%m-%d %H:%M}Z")
    typer.echo(f"{verdict.unsealed} rows are not sealed yet")
    if verdict.breach:
        typer.echo(f"BREACH: {verdict.breach}")
        raise typer.Exit(1)
