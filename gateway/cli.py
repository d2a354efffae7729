"""The command line: `obmen …`. What only one command wants (the gateway, the demo, the client) it imports itself."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from connectors import formats
from gateway import __version__, referencing_orders, worker
from gateway.children import RESTART_SECONDS
from gateway.cli_access import audit, site_access
from gateway.cli_airflow import airflow
from gateway.cli_commerceml import (
    CATALOG,
    From,
    OfCode,
    OfDialect,
    OfParty,
    OfType,
    On,
    Segment,
    StockOf,
    Whose,
    take_in_catalog,
    write_out_catalog,
)
from gateway.cli_contact import contact
from gateway.cli_crosswalk import crosswalk
from gateway.cli_erp import erp, token, webhook
from gateway.cli_hub import date_of, opened
from gateway.cli_import import import_history
from gateway.cli_incident import incident, mute, notice
from gateway.cli_lineage import lineage
from gateway.cli_order import order
from gateway.cli_packets import packet
from gateway.cli_reconcile import reconcile
from gateway.cli_regulation import regulation
from gateway.cli_scorecard import scorecard
from gateway.config import load_settings
from gateway.domain.errors import Misuse, ObmenError
from gateway.domain.feed import Register
from gateway.domain.party import LANGUAGES
from gateway.loading import load_all
from gateway.log import configure
from gateway.mapping import catch_up
from gateway.notifying import send_due
from gateway.ordering_advancing import advance_all
from gateway.ordering_mailing import mail_next
from gateway.pruning import prune
from gateway.reconciling import reconcile_all
from gateway.referencing import load_reference
from gateway.referencing_catalog import ARTICLE, Choice
from gateway.referencing_erp import COLUMNS, REQUIRED, load_erp
from gateway.regulating import check
from gateway.scoring import refresh
from gateway.sealing import seal_when_due
from gateway.wiring import upgrade_store

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The exchange hub.")
db, party, site, person, reference = (typer.Typer(no_args_is_help=True) for _ in range(5))
app.command("import")(import_history)
app.command("airflow")(airflow)
app.add_typer(db, name="db", help="The store's schema.")
app.add_typer(party, name="party", help="Distributors, branches and chains.")
app.add_typer(site, name="site", help="Sending logins.")
site.add_typer(site_access)
app.add_typer(audit, name="audit", help="The journal of every request, and its seals.")
app.add_typer(person, name="person", help="Operations staff, who log in to the pages.")
app.add_typer(packet, name="packet", help="Packets: what became of them, and those that wait for a person.")
packet.add_typer(lineage)
app.add_typer(regulation, name="regulation", help="What is agreed with distributors, and what is late or missing.")
app.add_typer(crosswalk, name="crosswalk", help="What the distributors' codes stand for.")
app.add_typer(reference, name="reference", help="The manufacturer's products, outlets and warehouses.")
app.add_typer(order, name="order", help="Orders both ways: where they are and why, what is agreed about them.")
app.add_typer(scorecard, name="scorecard", help="How well the distributors keep to what is agreed.")
app.add_typer(erp, name="erp", help="The ERP's own web service.")
app.add_typer(token, name="token", help="Who may call the REST interface.")
app.add_typer(webhook, name="webhook", help="Where the hub calls out about what happens.")
app.add_typer(reconcile, name="reconcile", help="Whether what was sent adds up.")
app.add_typer(contact, name="contact", help="Who is told of incidents, how and when.")
app.add_typer(incident, name="incident", help="What is wrong, since when, and who is at it.")
app.add_typer(mute, name="mute", help="What nobody is told of for a time.")
app.add_typer(notice, name="notice", help="Notices to people.")

REGISTERS = {"products": Register.PRODUCT, "outlets": Register.OUTLET, "warehouses": Register.WAREHOUSE}
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, help="Asked for where it is not given.")]


def main() -> None:
    """Runs the command; what a person got wrong ends in one line and status 2."""
    try:
        app()
    except ObmenError as error:
        typer.echo(f"obmen: {error}", err=True)
        raise SystemExit(2) from None


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if show:
        typer.echo(__version__)
        raise typer.Exit


@db.command("upgrade")
def upgrade() -> None:
    """Bring both schemas of the store to the newest revision."""
    settings = load_settings()
    upgrade_store(settings)
    typer.echo("the store is at the newest revision")


@party.command("add")
def add_party(code: str, name: str = "", language: str = "ru") -> None:
    """Add a party: a distributor, a branch office or a chain."""
    if language not in LANGUAGES:
        raise Misuse(f"language is one of {', '.join(LANGUAGES)}")
    with opened() as hub, hub.exchange.writing() as connection:
        hub.parties.add_party(connection, code, name or code, language)
    typer.echo(f"party {code} is added")


@site.command("add")
def add_site(
    party_code: Annotated[str, typer.Argument(metavar="PARTY")],
    site_code: Annotated[str, typer.Argument(metavar="SITE")],
    login: Annotated[str, typer.Option(help="What 1C logs in with; without a colon.")],
    password: Password,
    organization: Annotated[
        list[str] | None, typer.Option(help="INN of a legal entity it sends for; none: any.")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="IANA name; default: the setting.")] = "",
) -> None:
    """Add a site of a party, with its login."""
    if not login or ":" in login:
        raise Misuse("a login can't be empty or contain a colon: HTTP Basic has no place for it")
    zone = load_settings(**({"time_zone": time_zone} if time_zone else {})).time_zone
    with opened() as hub, hub.exchange.writing() as connection:
        secret = hub.access.hash(password)
        organizations = tuple(organization or ())
        hub.parties.add_site(connection, party_code, site_code, login, secret, zone, organizations)
    typer.echo(f"site {site_code} of {party_code} may log in as {login}")


@person.command("add")
def add_person(name: str, password: Password) -> None:
    """Add somebody who may log in to the pages."""
    with opened() as hub, hub.exchange.writing() as connection:
        hub.parties.add_person(connection, name, hub.access.hash(password))
    typer.echo(f"{name} may log in to the pages")


@reference.command("load")
def load_reference_file(
    kind: str, file: Path, code: OfCode = ARTICLE, price_type: OfType = "", party: OfParty = "", first: From = ""
) -> None:
    """Load products, outlets or warehouses from a CSV file, and map what waited; or what the ERP and orders go by.

    A `catalog` is CommerceML (XML or zip): products, units and prices at once.
    """
    kinds = (*REGISTERS, *COLUMNS, *referencing_orders.COLUMNS, CATALOG)
    if kind not in kinds:
        raise Misuse(f"kind is one of {', '.join(kinds)}")
    if kind == CATALOG:
        take_in_catalog(file, Choice(code, price_type, party, date_of(first)))
        return
    with opened() as hub:
        if columns := referencing_orders.COLUMNS.get(kind):
            records = hub.formats.read_records(file, list(columns), referencing_orders.REQUIRED[kind])
            typer.echo(f"{kind}: {referencing_orders.load_for_orders(hub, kind, records)} loaded")
            return
        if kind in COLUMNS:
            records = hub.formats.read_records(file, list(COLUMNS[kind]), REQUIRED[kind])
            typer.echo(f"{kind}: {load_erp(hub, kind, records)} loaded")
            return
        records = hub.formats.read_records(file, hub.reference.columns(REGISTERS[kind]))
        count, mapped = load_reference(hub, REGISTERS[kind], records)
    typer.echo(f"{kind}: {count} loaded, {mapped} rows of facts mapped")


@reference.command("write")
def write_reference_file(
    file: Path,
    day: On = "",
    party: Whose = "",
    stock_of: StockOf = "",
    dialect: OfDialect = 2,
    segment: Segment = 5000,
) -> None:
    """Write the catalogue as CommerceML, a zip: products with units and bar codes, offers with prices and stock."""
    write_out_catalog(file, day, party, stock_of, dialect, segment)


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="0 for a free one; default: the setting.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen at; default: the setting.")] = None,
) -> None:
    """Run gateway, pages and worker until SIGTERM."""
    from gateway import server

    given = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    settings = load_settings(**given)
    configure(settings)
    server.serve(settings)


@app.command()
def work(
    once: Annotated[bool, typer.Option("--once", help="Do everything that is due, then end.")] = False,
    lanes: Annotated[
        int | None, typer.Option(help="Packets loaded beside each other, each lane a process; default: the setting.")
    ] = None,
) -> None:
    """Load and reconcile accepted packets until SIGTERM."""
    settings = load_settings(**({"lanes": lanes} if lanes is not None else {}))
    if not settings.lanes:
        raise Misuse("OBMEN_LANES is 0: name some with --lanes")
    with opened() as hub:
        if once:
            typer.echo(f"{worker.run_once(settings) if settings.lanes > 1 else load_all(hub)} packets taken")
            catch_up(hub)
            advance_all(hub)
            reconcile_all(hub)
            check(hub)
            refresh(hub)
            send_due(hub)
            mail_next(hub)
            seal_when_due(hub)
            return
        stop = worker.Stop().on_signals()
        with worker.beside(settings):
            while not stop.wait(RESTART_SECONDS):
                pass


@app.command("prune")
def prune_all() -> None:
    """Drop contents of old packets and unfinished transfers, and walk the audit journal; status 1 where it was touched.

    The embedded worker and Airflow do so by themselves every day.
    """
    with opened() as hub:
        pruned = prune(hub)
    typer.echo(f"{pruned.payloads} contents and {pruned.transfers} unfinished transfers are gone")
    if pruned.audit.breach:
        typer.echo(f"BREACH of the audit journal: {pruned.audit.breach}")
        raise typer.Exit(1)


@app.command()
def send(
    file: Path,
    url: Annotated[str, typer.Option(help="The service, as http://hub:8080/ws/exchange")],
    login: Annotated[str, typer.Option()],
    feed: Annotated[str, typer.Option()],
    password: Annotated[str, typer.Option(envvar="OBMEN_CLIENT_PASSWORD", prompt=True, hide_input=True)],
    packet_id: Annotated[str, typer.Option(help="Default: the packet's own id.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, keep nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is loaded.")] = False,
) -> None:
    """Send a packet as a distributor's system does; ends with status 1 where it is not taken."""
    from connectors.client import ClientError, ExchangeClient, as_dict

    content = _content(file)
    try:
        client = ExchangeClient(url, login, password)
    except (ClientError, OSError) as error:
        raise Misuse(f"no exchange service at {url}: {error}") from error
    try:
        answer = client.send(feed, packet_id or _own_id(content), content, dry_run)
        taken = answer.status in ("accepted", "dry-run-ok")
        if wait and taken and not dry_run:
            answer = client.wait(answer.packetId, seconds=600)
    except (ClientError, OSError) as error:
        raise Misuse(str(error)) from error
    typer.echo(json.dumps(as_dict(answer), ensure_ascii=False, indent=2, default=str))
    raise typer.Exit(0 if taken else 1)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exchange one day, then end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    port: Annotated[int, typer.Option(help="0 for a free one.")] = 0,
) -> None:
    """Show a live exchange: a store of its own, real SOAP, simulated distributors, the pages."""
    from gateway.demo import running as demo_at_work

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with demo_at_work(port) as world:
        figures = world.first_day()
        typer.echo(json.dumps(figures, ensure_ascii=False, indent=2) if as_json else world.told(figures))
        while not once:
            time.sleep(5)
            world.another_packet()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misuse(f"{file}: {error.strerror}") from error


def _own_id(content: bytes) -> str:
    found = formats.own_words(content, 1 << 30).get("id")
    if not found:
        raise Misuse("can't read the packet's own id: give --packet-id")
    return found


if __name__ == "__main__":
    main()
