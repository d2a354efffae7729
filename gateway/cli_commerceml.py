"""`obmen reference load catalog` and `write`: the manufacturer's catalogue from and as CommerceML, as 1C has it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli_hub import date_of, opened, party_key, sender_of
from gateway.referencing_catalog import Choice, load_catalog, told
from gateway.referencing_written import Wish, write_catalog

CATALOG = "catalog"
OfCode = Annotated[str, typer.Option("--code", help="Of a catalog: what our code is: article, id, or a requisite.")]
OfType = Annotated[str, typer.Option("--price-type", help="Of a catalog: the type of prices, where there are several.")]
OfParty = Annotated[str, typer.Option("--party", help="Of a catalog: whose prices these are; none: all.")]
From = Annotated[str, typer.Option("--from", help="Of a catalog: first day of its prices; default: the file's own.")]

On = Annotated[str, typer.Option("--on", help="Day of the prices, YYYY-MM-DD; default: today.")]
Whose = Annotated[str, typer.Option("--party", help="Whose prices; none: those for all.")]
StockOf = Annotated[str, typer.Option("--stock-of", help="Login of a site whose stock the offers tell.")]
OfDialect = Annotated[int, typer.Option("--dialect", min=2, max=3, help="2 (2.10) or 3 (3.1).")]
Segment = Annotated[int, typer.Option(min=1, help="Products in a file of the zip.")]


def take_in_catalog(file: Path, choice: Choice) -> None:
    with opened() as hub:
        taken = load_catalog(hub, file, choice, getpass.getuser())
        if taken.left:
            typer.echo(told(hub, taken.left), err=True)
    figures = (f"{taken.products} products", f"{taken.units} with units", f"{taken.prices} prices")
    typer.echo(f"catalog: {', '.join(figures)} loaded, {taken.mapped} rows of facts mapped")
    if taken.deleted or taken.rests:
        typer.echo(
            f"left alone: {taken.deleted} deleted products, {taken.rests} rests in {taken.warehouses} warehouses"
        )


def write_out_catalog(file: Path, day: str, party: str, stock_of: str, dialect: int, segment: int) -> None:
    with opened() as hub:
        day_of = date_of(day) or hub.clock().date()
        whose = party_key(hub, party)
        stock = sender_of(hub, stock_of) if stock_of else None
        done = write_catalog(hub, file, Wish(day_of, dialect, whose, stock, segment))
    for each in done.left:
        typer.echo(f"left out, since it has no exact decimals: {each}", err=True)
    told = (f"{done.products} products", f"{done.prices} prices", f"{done.rests} rests", f"{done.files} files")
    typer.echo(f"{file}: {', '.join(told)}")
