"""`obmen reference load catalog`: the manufacturer's catalogue from CommerceML, as 1C exports it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli_hub import opened
from gateway.referencing_catalog import Choice, load_catalog, told

CATALOG = "catalog"
OfCode = Annotated[str, typer.Option("--code", help="Of a catalog: what our code is: article, id, or a requisite.")]
OfType = Annotated[str, typer.Option("--price-type", help="Of a catalog: the type of prices, where there are several.")]
OfParty = Annotated[str, typer.Option("--party", help="Of a catalog: whose prices these are; none: all.")]
From = Annotated[str, typer.Option("--from", help="Of a catalog: first day of its prices; default: the file's own.")]


def take_in_catalog(file: Path, choice: Choice) -> None:
    with opened() as hub:
        taken = load_catalog(hub, file, choice, getpass.getuser())
        if taken.left:
            typer.echo(told(hub, taken.left), err=True)
    figures = (f"{taken.products} products", f"{taken.units} with units", f"{taken.prices} prices")
    typer.echo(f"catalog: {', '.join(figures)} loaded, {taken.mapped} rows of facts mapped")
    if taken.deleted or taken.rests:
        typer.echo(f"left alone: {taken.deleted} deleted products, {taken.rests} rests")
