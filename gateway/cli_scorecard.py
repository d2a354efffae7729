"""`obmen scorecard …`: how well the distributors keep to what is agreed, month by month; and the letter about it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli_hub import opened, party_key
from gateway.domain.errors import Misuse
from gateway.domain.scorecard import month_of, score
from gateway.scoring import ALL, count, refresh, zone
from gateway.scoring_told import letter, tell
from gateway.wiring import Hub

scorecard = typer.Typer(no_args_is_help=True)
Party = Annotated[str, typer.Option(help="Code of the party; none: all.")]
OptionalMonth = Annotated[str, typer.Argument(metavar="[MONTH]", help="As 2026-11; none: this one.")]
Month = Annotated[str, typer.Argument(metavar="MONTH", help="As 2026-11.")]


@scorecard.command("show")
def show(month: OptionalMonth = "", party: Party = "") -> None:
    """Show a month: party, feed (* for all), slots, timeliness, completeness, quality, reaction, rating, grade.

    With --party every feed of it, with what was counted and how the rating is worked out.
    """
    with opened() as hub:
        refresh(hub)
        key = party_key(hub, party)
        for each in _listed(hub, _month(hub, month), key, None if key else ALL):
            parts = (each.timeliness, each.completeness, each.quality, each.reaction, each.rating)
            figures = [_plain(value) for value in parts]
            typer.echo("\t".join([each.party_code, each.feed, str(each.slots), *figures, each.grade]))
            if key:
                _explain(hub, each)


@scorecard.command("refresh")
def refresh_all(month: OptionalMonth = "", party: Party = "") -> None:
    """Count what changed since it was last counted; with a month or a party these again, whatever changed."""
    with opened() as hub:
        if not month and not party:
            typer.echo(f"{refresh(hub)} scorecards counted")
            return
        with hub.exchange.reading() as connection:
            everybody = list(hub.parties.party_keys(connection).values())
        key = party_key(hub, party)
        chosen = [key] if key else everybody
        count(hub, _month(hub, month), chosen)
        typer.echo(f"{len(chosen)} scorecards counted")


@scorecard.command("letter")
def write_letter(
    party: Annotated[str, typer.Argument(metavar="PARTY")],
    month: Month,
    output: Annotated[Path, typer.Option(help="The file to write, .docx.")],
    template: Annotated[Path | None, typer.Option(help="A .docx of your own; default: the hub's.")] = None,
) -> None:
    """Write the letter to a distributor with the month's figures and breaches, in his language."""
    with opened() as hub:
        refresh(hub)
        key = party_key(hub, party)
        if key is None:
            raise Misuse("name a party")
        letter(hub, key, _month(hub, month), output, template)
    typer.echo(f"{output} is written")


@scorecard.command("tell")
def tell_parties(month: Month, party: Party = "") -> None:
    """Tell the distributors' 1C the month's rating, by GetNotices; the same figures are told once."""
    with opened() as hub:
        refresh(hub)
        typer.echo(f"{tell(hub, _month(hub, month), party_key(hub, party))} sites are told")


def _listed(hub: Hub, month: date, party: int | None, feed: str | None) -> Any:
    with hub.warehouse.reading() as connection:
        return hub.scorecards.listed(connection, month, party, feed)


def _explain(hub: Hub, row: Any) -> None:
    tally = hub.scorecards.tally_of(row)
    told = " ".join(f"{name}={value}" for name, value in vars(tally).items() if value)
    typer.echo(f"\t{told}")
    if formula := score(tally).formula:
        typer.echo(f"\t{formula}")


def _month(hub: Hub, text: str) -> date:
    if not text:
        return month_of(hub.clock().astimezone(zone(hub)).date())
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Misuse(f"{text} is no month as 2026-11") from error


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.1f}"
