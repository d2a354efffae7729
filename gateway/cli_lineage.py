"""`obmen packet show`: a packet, what it changed, and one of its rows followed into the facts."""

from typing import Annotated, Any

import typer

from gateway.cli_hub import Of, opened, packet_of
from gateway.lineage import Told, Traced, told, traced

lineage = typer.Typer(no_args_is_help=True)
_SHOWN = (
    *("packet_id", "party_code", "site_code", "feed", "organization", "mode", "first_date", "last_date", "created"),
    *("received_at", "state", "documents", "rows", "rows_loaded", "rows_unmapped", "rows_quarantined", "tries"),
    *("failure", "sha256"),
)
_SIDE = ("number", "date", "rows", "quantity", "amount")


@lineage.command("show")
def show(
    packet_id: str,
    row: Annotated[int | None, typer.Option(min=1, help="Follow this row into the facts.")] = None,
    login: Of = "",
) -> None:
    """Show a packet and what it changed or, held, would change; with --row, where that row is now, and its bytes."""
    with opened() as hub:
        key, _ = packet_of(hub, packet_id, login)
        for line in _packet(told(hub, key)) if row is None else _row(traced(hub, key, row)):
            typer.echo(line)


def _packet(shown: Told) -> list[str]:
    lines = [f"{name}\t{value}" for name in _SHOWN if (value := getattr(shown.details, name)) is not None]
    lines += [f"asks\t{each}" for each in shown.asked]
    lines += map(_foreseen if shown.changes.foreseen else _change, shown.changes.found)
    return [*lines, "…"] if shown.changes.more else lines


def _row(shown: Traced) -> list[str]:
    lines = [shown.content.decode()]
    if shown.fact is not None:
        lines += [f"{name}\t{value}" for name, value in shown.fact._mapping.items() if value is not None]
    elif shown.reason:
        lines.append(f"in quarantine\t{shown.reason}")
    else:
        lines.append("nothing of it stands in the facts")
    if shown.document is not None:
        gone = "deleted" if shown.document.deleted else "standing"
        lines.append(f"document\t{shown.document.number}\t{gone}\tbrought by packet {shown.document.packet}")
    return [*lines, *map(_change, shown.changes)]


def _change(found: Any) -> str:
    return f"{found.change}\t{found.at:%Y-%m-%d %H:%M}Z\tpacket {found.old_packet} → {found.packet}\t{_became(found)}"


def _foreseen(found: Any) -> str:
    return f"would be {found.change}\tbrought by packet {found.old_packet}\t{_became(found)}"


def _became(found: Any) -> str:
    before, after = _side(found, "old"), _side(found, "new")
    return f"{before} → {after}" if found.new_number is not None else before


def _side(found: Any, side: str) -> str:
    values = ((name, getattr(found, f"{side}_{name}")) for name in _SIDE)
    return ", ".join(f"{name} {value}" for name, value in values if value is not None)
