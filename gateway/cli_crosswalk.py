"""`obmen crosswalk …`: what the distributors' codes stand for, who said so, and how it is corrected."""

import getpass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli_hub import opened
from gateway.domain.crosswalk import BEGIN, END, NOTHING, UnitWish, Wish
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.domain.packet import normal_code
from gateway.mapping import Changed, map_codes
from gateway.mapping import undo as take_back
from gateway.mapping_book import export_book, import_book
from gateway.suggesting import accept as accept_one
from gateway.suggesting import accept_above, waiting
from gateway.suggesting import reject as reject_one
from gateway.suggesting import suggest as compare
from gateway.wiring import Hub

crosswalk = typer.Typer(no_args_is_help=True)
Party = Annotated[str, typer.Argument(metavar="PARTY")]
OfParty = Annotated[str, typer.Option("--party", help="Of this party only.")]
OfRegister = Annotated[Register, typer.Option("--register", help="What the code is of.")]
From = Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD; default: since ever.")]
To = Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD; default: for ever.")]
By = Annotated[str, typer.Option("--by", help="Who decides; default: the user of this machine.")]


@crosswalk.command("list")
def list_mappings(
    party: OfParty = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only codes without a mapping.")] = False,
) -> None:
    """Show codes, what they stand for, from when to when, and who said so."""
    with opened() as hub, hub.warehouse.reading() as connection:
        codes = _party_codes(hub)
        for each in hub.mappings.listed(connection, _party(hub, party), only_open):
            period = f"{_day(each['valid_from'], BEGIN)}..{_day(each['valid_to'], END)}"
            said = (
                each["our_code"] or NOTHING,
                each["our_name"] or "",
                period,
                each["source"] or "",
                each["made_by"] or "",
            )
            typer.echo("\t".join((codes[each["party"]], each["register"], each["code"], *said)).rstrip())


@crosswalk.command("map")
def map_code(
    party: Party,
    code: str,
    our_code: str,
    register: OfRegister = Register.PRODUCT,
    first: From = "",
    last: To = "",
    by: By = "",
) -> None:
    """Let a distributor's code stand for a record of ours; its facts follow at once."""
    _map("map", party, code, normal_code(our_code), register, first, last, by)


@crosswalk.command("unmap")
def unmap_code(
    party: Party, code: str, register: OfRegister = Register.PRODUCT, first: From = "", last: To = "", by: By = ""
) -> None:
    """Let a code stand for nothing; it is not mapped by itself again."""
    _map("unmap", party, code, None, register, first, last, by)


@crosswalk.command("unit")
def set_unit(
    unit: Annotated[str, typer.Argument(help="As it stands in packets: кор")],
    factor: Annotated[
        str, typer.Argument(help="How many of the SKU's units it is: 12, 1/30, 0.5; none takes it away.")
    ],
    party: Annotated[str, typer.Option(help="With --code: of this party's code.")] = "",
    code: Annotated[str, typer.Option(help="The party's product code.")] = "",
    sku: Annotated[str, typer.Option(help="Our code: of this SKU, whoever sends it.")] = "",
    first: From = "",
    last: To = "",
    by: By = "",
) -> None:
    """Say how many of the SKU's units a unit is, for a code or for a SKU."""
    if bool(party) != bool(code) or bool(party) == bool(sku):
        raise Misuse("name --party and --code, or --sku")
    begin, end = _period(first, last)
    with opened() as hub:
        its = {"party": _party(hub, party), "code": normal_code(code)} if party else {"sku": normal_code(sku)}
        wish = UnitWish(unit, _factor(factor), **its, first=begin, last=end)
        _tell(map_codes(hub, "unit", _who(by), [], [wish]))


@crosswalk.command("suggest")
def suggest(party: OfParty = "") -> None:
    """Compare unmapped codes with our products, outlets and warehouses, and show what they may stand for."""
    with opened() as hub:
        key = _party(hub, party)
        _, accepted = compare(hub, key)
        if accepted:
            _tell(accepted)
        codes = _party_codes(hub)
        with hub.warehouse.reading() as connection:
            for each in waiting(hub, connection, key):
                names = [each[name] for name in ("register", "code", "our_code", "our_name", "score", "why")]
                typer.echo("\t".join((codes[each["party"]], *map(str, names))))


@crosswalk.command("accept")
def accept(
    party: Annotated[str, typer.Argument(metavar="[PARTY]")] = "",
    code: Annotated[str, typer.Argument()] = "",
    our_code: Annotated[str, typer.Argument(help="Default: the best.")] = "",
    above: Annotated[int | None, typer.Option(min=1, max=100, help="Every clear best of this score or more.")] = None,
    register: OfRegister = Register.PRODUCT,
    by: By = "",
) -> None:
    """Accept what is suggested for a code, or all that is alike enough."""
    if (above is None) != bool(code):
        raise Misuse("name a party and a code, or --above a score")
    with opened() as hub:
        if above is not None:
            _tell(accept_above(hub, above, _who(by), _party(hub, party)))
        else:
            its = (_known(hub, party), normal_code(code), normal_code(our_code) or None)
            _tell(accept_one(hub, *its, _who(by), register))


@crosswalk.command("reject")
def reject(
    party: Party,
    code: str,
    our_code: Annotated[str, typer.Argument(help="Default: the best.")] = "",
    register: OfRegister = Register.PRODUCT,
    by: By = "",
) -> None:
    """Never suggest this for the code again."""
    with opened() as hub:
        its = (_known(hub, party), normal_code(code), normal_code(our_code) or None)
        reject_one(hub, *its, _who(by), register)
    typer.echo(f"{our_code or 'the best'} is not suggested for {code} again")


@crosswalk.command("changes")
def list_changes(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """Show the latest changes, with how many facts each re-attributed."""
    with opened() as hub, hub.warehouse.reading() as connection:
        for each in hub.mappings.changes(connection, limit):
            undone = f"undone by {each['undone_by']}" if each["undone_by"] else ""
            said = (str(each["key"]), f"{each['made_at']:%Y-%m-%d %H:%M}Z", each["kind"], each["made_by"])
            typer.echo("\t".join((*said, _rows(each["rows"]), undone)).rstrip())


@crosswalk.command("undo")
def undo(change: int, by: By = "") -> None:
    """Take a change back: mappings, units and facts are again as before it."""
    with opened() as hub:
        _tell(take_back(hub, change, _who(by)))


@crosswalk.command("export")
def export_file(
    file: Path,
    party: OfParty = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only unmapped codes.")] = False,
) -> None:
    """Write mappings, unmapped codes and units as an Excel workbook."""
    with opened() as hub:
        typer.echo(f"{file}: {export_book(hub, file, _party(hub, party), only_open)} mappings")


@crosswalk.command("import")
def import_file(file: Path, by: By = "") -> None:
    """Take in a workbook as `export` writes it; the same again changes nothing."""
    with opened() as hub:
        _tell(import_book(hub, file, _who(by)))


@crosswalk.command("translate")
def translate(
    party: Party,
    code: str,
    quantity: str,
    unit: Annotated[str, typer.Option(help="As it stands in packets.")] = "",
    on: Annotated[str, typer.Option(help="The day, YYYY-MM-DD; default: today.")] = "",
) -> None:
    """Show what a line of a distributor's document means to us on a day, and what it is back again."""
    with opened() as hub:
        key, day = _known(hub, party), _date(on, hub.clock().date())
        with hub.warehouse.reading() as connection:
            known = hub.units.crosswalk_of(connection, key, day)
            skus = {sku: ours for ours, sku in hub.mappings.our_keys(connection, Register.PRODUCT).items()}
    ours = known.to_ours(normal_code(code), _factor(quantity) or Fraction(0), unit or None, day)
    if ours is None or ours.quantity is None:
        raise Misuse(f"{code} is unmapped on {day}" if ours is None else f"{unit} is unknown for {code}")
    own = known.items[ours.sku].unit or ""
    typer.echo(f"{skus[ours.sku]}\t{ours.quantity} {own}".rstrip())
    if back := known.to_theirs(ours.sku, ours.quantity, day):
        typer.echo(f"{back.code}\t{back.quantity} {back.unit or ''}\tremainder {back.remainder} {own}".rstrip())


def _map(
    kind: str, party: str, code: str, ours: str | None, register: Register, first: str, last: str, by: str
) -> None:
    begin, end = _period(first, last)
    with opened() as hub:
        wish = Wish(_known(hub, party), register, normal_code(code), ours, begin, end)
        _tell(map_codes(hub, kind, _who(by), [wish]))


def _period(first: str, last: str) -> tuple[date, date]:
    begin, end = _date(first, BEGIN), _date(last, END)
    if begin > end:
        raise Misuse(f"{last} is before {first}")
    return begin, end


def _tell(changed: Changed | None) -> None:
    if changed is None:
        typer.echo("nothing to change")
    else:
        typer.echo(f"change {changed.key}: {_rows(changed.rows)}")


def _rows(rows: dict[str, int]) -> str:
    return ", ".join(f"{feed} {count}" for feed, count in rows.items()) or "no facts touched"


def _party_codes(hub: Hub) -> dict[int, str]:
    with hub.exchange.reading() as connection:
        found: dict[int, str] = hub.parties.party_codes(connection)
    return found


def _party(hub: Hub, code: str) -> int | None:
    return _known(hub, code) if code else None


def _known(hub: Hub, code: str) -> int:
    with hub.exchange.reading() as connection:
        key: int | None = hub.parties.find_party(connection, code)
    if key is None:
        raise Misuse(f"there is no party {code}")
    return key


def _factor(text: str) -> Fraction | None:
    try:
        number = None if text == "none" else Fraction(text.replace(",", "."))
    except (ValueError, ZeroDivisionError) as error:
        raise Misuse(f"{text} is no number like 12, 1/30 or 0.5") from error
    if number is not None and number <= 0:
        raise Misuse(f"{text} is not above 0")
    return number


def _date(text: str, absent: date) -> date:
    try:
        return date.fromisoformat(text) if text else absent
    except ValueError as error:
        raise Misuse(f"{text} is not a date like 2026-11-30") from error


def _day(day: Any, absent: date) -> str:
    return "" if day in (None, absent) else str(day)


def _who(by: str) -> str:
    return by or getpass.getuser()
