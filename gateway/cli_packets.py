"""`obmen packet …`: packets that wait for a person, and what became of the others."""

from typing import Annotated

import typer

from gateway.cli_hub import Of, opened, packet_of, sender_of
from gateway.domain.errors import Misuse
from gateway.domain.receipt import State, Status
from gateway.releasing import refuse, release, retry

packet = typer.Typer(no_args_is_help=True)
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
