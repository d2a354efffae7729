"""What every command needs: the opened hub, and a site by its login."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

import typer

from gateway.config import load_settings
from gateway.domain.errors import Misuse
from gateway.domain.party import Sender
from gateway.log import configure
from gateway.wiring import Hub, open_hub

Of = Annotated[str, typer.Option("--login", help="The site's login, where several sites have the id.")]
By = Annotated[str, typer.Option(default_factory=getpass.getuser, show_default="you", help="Who says so.")]


@contextmanager
def opened() -> Iterator[Hub]:
    settings = load_settings()
    configure(settings)
    hub = open_hub(settings)
    try:
        yield hub
    finally:
        hub.close()


def party_key(hub: Hub, code: str) -> int | None:
    """The party with the code; None where no code is given. Raises Misuse where there is none."""
    if not code:
        return None
    with hub.exchange.reading() as connection:
        found = hub.parties.find_party(connection, code)
    if found is None:
        raise Misuse(f"there is no party {code}")
    return int(found)


def date_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Misuse(f"{text} is not a date like 2026-11-30") from error


def sender_of(hub: Hub, login: str) -> Sender:
    """The site that a login stands for. Raises Misuse where there is none."""
    with hub.exchange.reading() as connection:
        found = hub.parties.find_login(connection, login)
    if found is None:
        raise Misuse(f"there is no login {login}")
    return found.sender


def packet_of(hub: Hub, packet_id: str, login: str) -> tuple[int, Sender]:
    """Key and sender of a packet. Raises Misuse where there is none, or several sites have the id."""
    with hub.exchange.reading() as connection:
        found = hub.failures.packets_of_id(connection, packet_id)
    if login:
        its_site = sender_of(hub, login).site
        found = [each for each in found if each[1] == its_site]
    if not found:
        raise Misuse(f"there is no packet {packet_id}")
    if len(found) > 1:
        raise Misuse(f"sites {', '.join(code for _, _, code in found)} have a packet {packet_id}: name the --login")
    with hub.exchange.reading() as connection:
        return found[0][0], hub.parties.sender(connection, found[0][1])
