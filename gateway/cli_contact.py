"""`obmen contact …`: who is told of incidents, how and when."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli_hub import By, opened
from gateway.contact_book import load_book
from gateway.domain.contact import Channel
from gateway.domain.errors import Misuse

contact = typer.Typer(no_args_is_help=True)


@contact.command("load")
def load(file: Path, by: By) -> None:
    """Put a contact book in force: a YAML file, as docs/incidents.md tells. The one before stays in the history."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{file}: {error}") from error
    with opened() as hub:
        typer.echo(f"{load_book(hub, text, by)} people in the contact book")


@contact.command("show")
def show(version: Annotated[int | None, typer.Option(help="Its number; default: the one in force.")] = None) -> None:
    """Print the contact book as it was loaded."""
    with opened() as hub, hub.exchange.reading() as connection:
        versions = hub.contacts.versions(connection)
        found = [each for each in versions if version in (None, each.key)]
        if not found:
            raise Misuse("no contact book was loaded yet" if version is None else f"there is no version {version}")
        typer.echo(found[0].text, nl=False)


@contact.command("history")
def history() -> None:
    """List the versions, the newest first: number, when, by whom."""
    with opened() as hub, hub.exchange.reading() as connection:
        for each in hub.contacts.versions(connection):
            typer.echo(f"{each.key}\t{each.at:%Y-%m-%d %H:%M}Z\t{each.who}")


@contact.command("list")
def list_contacts() -> None:
    """List people: name, roles, kind and address of each channel, and whether it works."""
    with opened() as hub, hub.exchange.reading() as connection:
        for each in hub.contacts.everybody(connection):
            roles = ", ".join(sorted(each.roles))
            for channel in each.channels or (None,):
                shown = (channel.kind, _shown(channel), "dead" if channel.dead else "") if channel else ("", "", "")
                typer.echo("\t".join((each.name, roles, *shown)))


def _shown(channel: Channel) -> str:
    """Addresses of the web may hold secrets: no more than their host is shown."""
    parts = urlsplit(channel.address)
    return f"{parts.scheme}://{parts.hostname}/…" if channel.kind in ("webhook", "other") else channel.address
