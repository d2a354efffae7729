"""`obmen token …`, `obmen webhook …`, `obmen erp …`: the manufacturer's ERP, and who may call for it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from gateway import calling
from gateway.cli_hub import opened
from gateway.domain.token import Scope
from gateway.domain.webhook import Event
from gateway.exchanging_erp import erp_of, exchange_with_erp
from gateway.tokens import issue
from gateway.tokens import revoke as revoke_token

token = typer.Typer(no_args_is_help=True)
webhook = typer.Typer(no_args_is_help=True)
erp = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What it is called here.")]
EVENTS = [each for each in Event if each is not Event.TEST]


@token.command("add")
def add_token(
    name: Name,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given several times.")],
    days: Annotated[int, typer.Option(min=0, max=3660, help="How long it works; 0: until it is revoked.")] = 365,
) -> None:
    """Issue a token of the REST interface, and show it: nobody can read it again."""
    with opened() as hub:
        expires = hub.clock() + timedelta(days=days) if days else None
        text = issue(hub, name, scope, expires)
    typer.echo(text)
    until = f"until {expires:%Y-%m-%d %H:%M}Z" if expires else "until it is revoked"
    typer.echo(f"{name} may {', '.join(sorted(set(scope)))} {until}; the token is not shown again", err=True)


@token.command("list")
def list_tokens() -> None:
    """Every token, with its scopes and whether it works."""
    with opened() as hub, hub.exchange.reading() as connection:
        found, now = hub.tokens.listed(connection), hub.clock()
    for each in found:
        typer.echo(f"{each.name}\t{_standing(each.revoked_at, each.expires_at, now)}\t{' '.join(sorted(each.scopes))}")


@token.command("revoke")
def revoke(name: Name) -> None:
    """End a token at once."""
    with opened() as hub:
        revoke_token(hub, name)
    typer.echo(f"{name} is revoked")


@webhook.command("add")
def add_webhook(
    name: Name,
    url: Annotated[str, typer.Argument(help="Called by POST; https, or http within one's own network.")],
    event: Annotated[list[Event] | None, typer.Option(help="What to call about; default: everything.")] = None,
) -> None:
    """Call an address about what happens from now on; show the secret that signs the calls."""
    with opened() as hub:
        secret = calling.subscribe(hub, name, url, {*(event or EVENTS), Event.TEST})
    typer.echo(secret)
    typer.echo(f"{name} is called about {', '.join(event or EVENTS)}; the secret is not shown again", err=True)


@webhook.command("list")
def list_webhooks() -> None:
    """Every webhook, with the number of its calls that wait, and that were given up."""
    with opened() as hub, hub.exchange.reading() as connection:
        found = hub.webhooks.listed(connection)
    for each, waiting, given_up in found:
        standing = "ended" if each.ended_at else "works"
        events = " ".join(sorted(each.events - {Event.TEST}))
        typer.echo(f"{each.name}\t{standing}\t{waiting} waiting\t{given_up} given up\t{events}\t{each.url}")


@webhook.command("end")
def end_webhook(name: Name) -> None:
    """Call there no more."""
    with opened() as hub, hub.exchange.writing() as connection:
        hub.webhooks.end(connection, name, hub.clock())
    typer.echo(f"{name} is not called any more")


@webhook.command("retry")
def retry_webhook(name: Name) -> None:
    """Try calls again that were given up."""
    with opened() as hub, hub.exchange.writing() as connection:
        typer.echo(f"{hub.webhooks.retry(connection, name, hub.clock())} calls are due again")


@webhook.command("test")
def try_webhook(name: Name) -> None:
    """Call it once, saying nothing."""
    with opened() as hub:
        calling.try_out(hub, name)
        typer.echo(f"{calling.call_due(hub)} calls were answered")


@webhook.command("send")
def send_due() -> None:
    """Make the calls that are due; the worker does so by itself."""
    with opened() as hub:
        typer.echo(f"{calling.call_due(hub)} calls were answered")


@erp.command("ping")
def ping_erp() -> None:
    """See whether the ERP's own web service answers."""
    with opened() as hub, erp_of(hub) as client:
        typer.echo(f"the ERP answers, with version {client.ping()} of the contract")


@erp.command("exchange")
def exchange_once() -> None:
    """Exchange with the ERP's own web service once; `obmen up` does so by itself."""
    with opened() as hub:
        found = exchange_with_erp(hub)
    if found is None:
        typer.echo("another run is under way")
        return
    typer.echo(f"{found.read} records read, {found.refused} of them refused")
    typer.echo(f"{found.purchase_orders} purchase orders and {found.statuses} statuses told")


def _standing(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at:
        return f"revoked {revoked_at.astimezone(UTC):%Y-%m-%d}"
    if expires_at is None:
        return "works"
    return f"{'works until' if now < expires_at else 'expired'} {expires_at.astimezone(UTC):%Y-%m-%d}"
