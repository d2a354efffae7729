"""Use case: takes in history, by the same door as the rest.

A person vouches for it, so it is neither throttled nor held, and documents may be as old as they are. Packets keep
their ids, tables give packets whose ids come from their content: what was imported before is found again, not doubled.
"""

import math
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.errors import Incomplete, Misuse
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.domain.party import Sender
from gateway.domain.receipt import Acceptance, ReportedProblem, Status
from gateway.intake import Submission, submit
from gateway.receipts import problems

if TYPE_CHECKING:
    from gateway.wiring import Hub

FILES_AT_ONCE = 50
"""Packet files of one piece of work."""
PACKETS = (".xml", ".gz", ".zip")
PROBLEMS_TOLD = 1000
PROBLEMS_LOGGED = 20
"""Of one packet."""
BATCHES = 200
"""Each is a task of Airflow's, which costs seconds."""

Told = tuple[tuple[int | None, ReportedProblem], ...]
"""Problems, each after the table's line that it is about."""


@dataclass(frozen=True)
class Piece:
    """Work for one process: files that hold packets, or a packet made of a table with the line of each of its rows."""

    files: tuple[Path, ...] = ()
    table: Path | None = None
    content: bytes = b""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one packet; problems beside the table's line, where it came from one."""

    source: str
    packet_id: str
    status: str
    rows: int
    problems: Told = ()


def pieces(hub: "Hub", sender: Sender, paths: Iterable[Path], feed: Feed | None, organization: str) -> Iterator[Piece]:
    """All that the paths hold, folders through and through. Raises Misuse for what can't be imported."""
    files: list[Path] = []
    for path in _files(paths):
        if path.suffix.lower() in PACKETS:
            files.append(path)
            if len(files) == FILES_AT_ONCE:
                yield Piece(tuple(files))
                files = []
        elif path.suffix.lower() in hub.formats.TABLES:
            if feed is None:
                raise Misuse(f"{path}: name the feed of a table: --feed")
            for packet in hub.formats.table_packets(path, feed, organization, sender.zone):
                yield Piece(table=path, content=packet.content, lines=tuple(packet.lines))
        else:
            raise Misuse(f"{path}: a packet is {', '.join(PACKETS)}, a table {', '.join(hub.formats.TABLES)}")
    if files:
        yield Piece(tuple(files))


def batches(paths: Iterable[Path]) -> list[list[str]]:
    """The files that the paths hold, in parts to be taken in beside each other. Raises Misuse for what is not there."""
    files = [str(each) for each in _files(paths)]
    size = max(1, math.ceil(len(files) / BATCHES))
    return [files[start : start + size] for start in range(0, len(files), size)]


def import_batch(hub: "Hub", login: str, batch: Iterable[str], feed: str, organization: str) -> int:
    """Takes in files of a site; how many packets. Raises Misuse, Busy; Incomplete once what was refused is logged."""
    with hub.exchange.reading() as connection:
        found = hub.parties.find_login(connection, login)
    if found is None:
        raise Misuse(f"there is no login {login}")
    taken = refused = 0
    for piece in pieces(hub, found.sender, map(Path, batch), FEEDS.get(feed), organization):
        for each in take_in(hub, found.sender, piece):
            taken += 1
            if each.status != Status.ACCEPTED:
                refused += 1
                _log_refused(hub, each)
    if refused:
        raise Incomplete(f"{refused} of {taken} packets were refused: see the log above")
    return taken


def _log_refused(hub: "Hub", outcome: Outcome) -> None:
    hub.log.error("refused", packet=outcome.packet_id, status=outcome.status, source=outcome.source)
    for line, each in outcome.problems[:PROBLEMS_LOGGED]:
        place = {"line": line, "document": each.document, "row": each.row, "field": each.field, "value": each.value}
        hub.log.error(each.code, packet=outcome.packet_id, **place, message=each.message, remedy=each.remedy)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
        elif path.exists():
            yield path
        else:
            raise Misuse(f"{path}: there is no such file")


def take_in(hub: "Hub", sender: Sender, piece: Piece) -> list[Outcome]:
    """Submits every packet of a piece. Raises Busy where the store is away; the piece may be given again."""
    if piece.table:
        return [_taken(hub, sender, str(piece.table), piece.content, piece.lines)]
    found = []
    for file in piece.files:
        found += [_taken(hub, sender, source, content) for source, content in _contents(file)]
    return found


def _contents(file: Path) -> Iterator[tuple[str, bytes]]:
    """The packets of a file; a zip may hold many."""
    if file.suffix.lower() == ".zip" and zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > 1:
                yield from ((f"{file}!{each.filename}", archive.read(each)) for each in members)
                return
    yield str(file), file.read_bytes()


def _taken(hub: "Hub", sender: Sender, source: str, content: bytes, lines: tuple[int, ...] = ()) -> Outcome:
    said = hub.formats.own_words(content, hub.settings.packet_bytes)
    # of what can't be read so far intake says why, whatever the feed
    packet_id, feed = said.get("id", source[-100:]), said.get("feed", next(iter(FEEDS)))
    answer = submit(hub, sender, Submission(feed, packet_id, content, historic=True))
    return Outcome(source, packet_id, str(answer.status), answer.rows, _told(hub, sender, answer, lines))


def _told(hub: "Hub", sender: Sender, answer: Acceptance, lines: tuple[int, ...]) -> Told:
    """What is wrong with a packet that did not pass; warnings are kept with the packet."""
    if answer.status in (Status.ACCEPTED, Status.HELD):
        return ()
    found, _ = problems(hub, sender, answer.packet_id, 0, PROBLEMS_TOLD)
    return tuple((lines[each.row - 1] if each.row and each.row <= len(lines) else None, each) for each in found)
