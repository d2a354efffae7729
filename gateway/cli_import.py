"""`obmen import`: history in bulk, in as many processes as there are processors, with progress and a report."""

import csv
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.children import when_parent_ends
from gateway.cli_hub import opened, sender_of
from gateway.config import Settings
from gateway.domain.errors import Busy, Misuse
from gateway.domain.feeds import FEEDS
from gateway.domain.party import Sender
from gateway.importing import Outcome, Piece, pieces, take_in
from gateway.log import configure
from gateway.wiring import Hub, open_hub

AHEAD = 4
"""Pieces of work that wait for each process: none idles, and a large table is not held in memory as a whole."""
PATIENCE = 10
"""How often a busy store is waited for, before the import ends."""
COLUMNS = ("source", "line", "packet", "code", "document", "row", "field", "value", "message", "remedy")


def import_history(
    login: Annotated[str, typer.Argument(help="The site's login that the history is of.")],
    paths: Annotated[list[Path], typer.Argument(help="Packets (.xml, .gz, .zip), tables (.csv, .xlsx), or folders.")],
    feed: Annotated[str, typer.Option(help="The feed of tables; packets say their own.")] = "",
    organization: Annotated[str, typer.Option(help="INN that tables are of; default: the site's only one.")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    report: Annotated[Path, typer.Option(help="Where problems are written.")] = Path("import-problems.csv"),
) -> None:
    """Take in a site's history; again, it goes on where it stopped. Status 1 where anything was refused."""
    if feed and feed not in FEEDS:
        raise Misuse(f"feed is one of {', '.join(FEEDS)}")
    with opened() as hub:
        sender = sender_of(hub, login)
        inn = _organization(sender, organization)
        work = pieces(hub, sender, paths, FEEDS.get(feed), inn)
        counts = _followed(_outcomes(hub.settings, sender, work, jobs), report)
    told = ", ".join(f"{name} {count}" for name, count in counts.items() if name != "rows")
    typer.echo(f"packets: {told or 'none'}; rows {counts['rows']}")
    if refused := sum(count for name, count in counts.items() if name not in ("accepted", "rows")):
        typer.echo(f"{refused} were refused: see {report}", err=True)
        raise typer.Exit(1)


def _organization(sender: Sender, given: str) -> str:
    if given or len(sender.organizations) == 1:
        return given or next(iter(sender.organizations))
    return ""  # packets say their own


def _outcomes(settings: Settings, sender: Sender, work: Iterable[Piece], jobs: int) -> Iterator[Outcome]:
    """Every packet's outcome, as it comes."""
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_open, initargs=(settings,)) as pool:
        waiting: set[Future[list[Outcome]]] = set()
        for piece in work:
            waiting.add(pool.submit(_taken, sender, piece))
            if len(waiting) >= jobs * AHEAD:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for each in done:
                    yield from each.result()
        for each in waiting:
            yield from each.result()


class _Child:
    """What a process of the import keeps between its pieces."""

    hub: Hub


def _open(settings: Settings) -> None:
    when_parent_ends(lambda: os._exit(1))
    configure(settings)
    _Child.hub = open_hub(settings, made=True)


def _taken(sender: Sender, piece: Piece) -> list[Outcome]:
    """A store that is busy is waited for; a piece that was taken in half is found again."""
    for _ in range(PATIENCE):
        try:
            return take_in(_Child.hub, sender, piece)
        except Busy as error:
            time.sleep(error.retry_after or 1)
    return take_in(_Child.hub, sender, piece)


def _followed(outcomes: Iterator[Outcome], report: Path) -> Counter[str]:
    """Counts outcomes by status, and writes what is wrong into the report."""
    counts: Counter[str] = Counter()
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        report.open("w", newline="", encoding="utf-8-sig") as file,
    ):
        written = csv.writer(file)
        written.writerow(COLUMNS)
        task = progress.add_task("packets", total=None)
        for each in outcomes:
            counts[each.status] += 1
            counts["rows"] += each.rows
            written.writerows(_lines(each))
            progress.advance(task)
    return counts


def _lines(outcome: Outcome) -> Iterator[tuple[object, ...]]:
    for line, each in outcome.problems:
        place = (each.code, each.document, each.row, each.field, each.value)
        yield (outcome.source, line, outcome.packet_id, *place, each.message, each.remedy)
