"""`obmen order …`: where orders are and why, releases, policies, fill rates, recommendations, files."""

import getpass
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli_hub import date_of, opened, party_key, sender_of
from gateway.domain.credit import Action, OrderPolicy, Shortage, plain
from gateway.domain.errors import Misuse
from gateway.domain.order import Kind, State, is_figure
from gateway.ordering import cancel, history_of
from gateway.ordering_filling import FIRST, LAST, Fill, fill_rate, fill_rates
from gateway.ordering_loading import ID, load_file
from gateway.ordering_mailing import by_mail
from gateway.ordering_pulling import offer_again
from gateway.ordering_recommending import recommend
from gateway.ordering_releasing import COMMERCEML, COMMERCEML_3, XLSX, answered, export, handed_over, release
from gateway.wiring import Hub

order = typer.Typer(no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The order's id or number, or #KEY as `list` shows it.")]
Party = Annotated[str, typer.Option(help="Code of the party; none: all.")]
From = Annotated[str, typer.Option("--from", help="First date of orders, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="Last date of orders, YYYY-MM-DD.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most.")]
Form = Annotated[str, typer.Option("--format", help="xlsx or commerceml.")]
Dialect = Annotated[int, typer.Option(min=2, max=3, help="Of CommerceML: 2 (2.10) or 3 (3.1).")]
Reason = Annotated[str, typer.Option(prompt=True, help="Stands in the order's history.")]


@order.command("list")
def list_orders(
    kind: Annotated[str, typer.Option(help="transfer or purchase; none: both.")] = "",
    state: Annotated[str, typer.Option(help="As held, offered, shipped; none: any.")] = "",
    party: Party = "",
    first: From = "",
    last: To = "",
    limit: Limit = 50,
) -> None:
    """List orders, the last changed first: key, kind, id, number, date, whose, revision, state."""
    wanted = {"kind": _one_of(Kind, kind), "states": (_one_of(State, state),) if state else ()}
    with opened() as hub:
        key = party_key(hub, party)
        days = {"first": date_of(first), "last": date_of(last)}
        with hub.exchange.reading() as connection:
            found = hub.order_reading.listed(connection, **wanted, **days, party_key=key, limit=limit)
    for each in found:
        whose = "/".join(name for name in (each.party, each.site) if name)
        typer.echo(
            f"#{each.key}\t{each.kind}\t{each.id}\t{each.number}\t{each.date}\t{whose}\t{each.revision}\t{each.state}"
        )


@order.command("show")
def show(order_id: Id) -> None:
    """Show where an order is and why: its state, problems, lines in both codes, and every step."""
    with opened() as hub:
        key = _key(hub, order_id)
        with hub.exchange.reading() as connection:
            found = hub.order_reading.order(connection, key)
        steps = history_of(hub, key)
        language = hub.settings.language
        wordings = [(hub.problems.wording(problem, language), problem.row) for problem, _ in found.problems]
    _head(found)
    for words, row in wordings:
        typer.echo(f"{'' if row is None else f'{row}: '}{words.message} {words.remedy}")
    for line in found.lines:
        typer.echo(_line(line))
    for step in steps:
        told = [str(step.revision), step.state, step.made_by, step.packet or "", step.note or ""]
        typer.echo("\t".join([f"{step.at:%Y-%m-%d %H:%M:%S}Z", *told, *(["refused"] if step.refused else [])]))


@order.command("release")
def release_order(order_id: Id, reason: Reason) -> None:
    """Let an order go on that is held for what its outlet owes."""
    with opened() as hub:
        release(hub, _key(hub, order_id), getpass.getuser(), reason)
    typer.echo(f"order {order_id} goes on")


@order.command("cancel")
def cancel_order(order_id: Id, reason: Reason) -> None:
    """Call a transfer order off; who has it already is offered the cancellation."""
    with opened() as hub:
        taken = cancel(hub, order_id, getpass.getuser(), reason)
        if taken.problem:
            raise Misuse(hub.problems.wording(taken.problem, hub.settings.language).message)
    typer.echo(f"order {order_id} is {'cancelled' if taken.state is State.CANCELLED else 'to be called off'}")


@order.command("policy")
def policy(
    party: Annotated[str, typer.Argument(metavar="PARTY")],
    outlet: Annotated[str, typer.Option(help="The manufacturer's code; none: all outlets.")] = "",
    credit: Annotated[str, typer.Option(help="What a breach leads to: block, warn, ignore.")] = "",
    overdue_amount: Annotated[str, typer.Option(help="Money that may be overdue; - for any.")] = "",
    overdue_days: Annotated[str, typer.Option(help="Days that money may be overdue; - for any.")] = "",
    credit_limit: Annotated[str, typer.Option(help="Open debt, this order included; - for any.")] = "",
    stale_days: Annotated[str, typer.Option(help="How old receivables may be; - for any age.")] = "",
    stale: Annotated[str, typer.Option(help="What older ones lead to: block, warn, ignore.")] = "",
    stock: Annotated[str, typer.Option(help="Too little in stock: warn, cut, ignore.")] = "",
    partial: Annotated[bool | None, typer.Option(help="Leave out lines that can't be translated.")] = None,
) -> None:
    """Agree about a party's orders, or an outlet's; what is not named stays as it is."""
    with opened() as hub:
        key = party_key(hub, party)
        assert key
        with hub.exchange.writing() as connection:
            known = hub.serving.policies(connection, [key])
            was = known.get((key, outlet), known.get((key, ""), OrderPolicy()))
            agreed = OrderPolicy(
                credit=_one_of(Action, credit) or was.credit,
                overdue_amount=_limit(overdue_amount, was.overdue_amount),
                overdue_days=_days(overdue_days, was.overdue_days),
                credit_limit=_limit(credit_limit, was.credit_limit),
                stale_days=_days(stale_days, was.stale_days),
                stale=_one_of(Action, stale) or was.stale,
                stock=_one_of(Shortage, stock) or was.stock,
                partial=was.partial if partial is None else partial,
            )
            hub.serving.agree(connection, key, outlet, agreed, hub.clock())
    typer.echo(", ".join(f"{name} {value}" for name, value in vars(agreed).items() if value is not None))


@order.command("fill-rate")
def show_fill_rate(
    party: Party = "",
    first: From = "",
    last: To = "",
    by: Annotated[str, typer.Option(help="party, order or line.")] = "party",
) -> None:
    """Show how much of what was ordered was shipped, in percent."""
    keys = {"party": ("party",), "order": ("party", "order"), "line": ("party", "order", "sku")}
    if by not in keys:
        raise Misuse("by is one of party, order, line")
    with opened() as hub:
        found = fill_rates(hub, party_key(hub, party), date_of(first) or FIRST, date_of(last) or LAST)
    groups: dict[tuple[str, ...], list[Fill]] = defaultdict(list)
    for each in found:
        groups[tuple(getattr(each, name) for name in keys[by])].append(each)
    for names, fills in groups.items():
        figures = [plain(fills[0].ordered), plain(fills[0].shipped)] if by == "line" else []
        rate = fill_rate(fills)
        typer.echo("\t".join([*names, *figures, "" if rate is None else f"{rate:.1f} %"]))


@order.command("recommend")
def show_recommended(
    party: str, outlet: Annotated[str, typer.Option(help="The manufacturer's code; none: all outlets.")] = ""
) -> None:
    """Recommend what a party's outlets should order, and say why: outlet, SKU, quantity, reason."""
    with opened() as hub:
        key = party_key(hub, party)
        assert key
        for each in recommend(hub, key, outlet):
            typer.echo(f"{each.outlet}\t{each.sku}\t{each.quantity}\t{each.explained(hub.settings.language)}")


@order.command("export")
def export_orders(
    login: str,
    file: Path,
    form: Form = XLSX,
    dialect: Dialect = 2,
) -> None:
    """Write the orders that wait for a site into a file; the same again until `obmen order handed-over`."""
    with opened() as hub:
        batch, rows = export(hub, sender_of(hub, login), file, _form(form, dialect))
    typer.echo(f"{file}: {rows} lines of batch {batch}" if batch else "no orders wait")


@order.command("handed-over")
def hand_over(login: str, batch: str) -> None:
    """The distributor has got the batch that was written into a file; the next export gives further orders."""
    with opened() as hub:
        count = handed_over(hub, sender_of(hub, login), batch, getpass.getuser())
    typer.echo(f"{count} orders are handed over")


@order.command("ack")
def acknowledge_order(
    order_id: Id,
    accepted: Annotated[bool | None, typer.Option("--accepted/--rejected", help="None: a status will tell.")] = None,
    reason: Annotated[str, typer.Option(help="The distributor's.")] = "",
    number: Annotated[str, typer.Option(help="Of his document.")] = "",
) -> None:
    """Say what the distributor answered to an order that he got by e-mail or as a file."""
    with opened() as hub:
        answered(hub, _key(hub, order_id), getpass.getuser(), accepted, reason or None, number or None)
    typer.echo(f"order {order_id} is {'acknowledged' if accepted is None else 'accepted' if accepted else 'rejected'}")


@order.command("offer-again")
def offer_orders_again(login: str, batch: str) -> None:
    """Offer the orders of a batch again that nothing was said of: its file or letter was lost."""
    with opened() as hub:
        count = offer_again(hub, sender_of(hub, login), batch)
    typer.echo(f"{count} orders are offered again")


@order.command("mail")
def mail_orders(
    login: Annotated[str, typer.Argument(help="The site's; none: list the sites that get e-mail.")] = "",
    address: Annotated[str, typer.Argument(help="Where its orders go from now on; - for nowhere: it pulls.")] = "",
    form: Form = XLSX,
    dialect: Dialect = 2,
) -> None:
    """Send a site's orders by e-mail, as a workbook or CommerceML, as soon as they are translated."""
    with opened() as hub:
        if not login:
            with hub.exchange.reading() as connection:
                found = hub.order_mails.listed(connection)
            for each in found:
                failing = f"failed {each.failures} times: {each.failure}" if each.failures else ""
                typer.echo(f"{each.party}/{each.code}\t{each.address}\t{each.form}\t{failing}".rstrip())
            return
        by_mail(hub, sender_of(hub, login), "" if address == "-" else _address(hub, address), _form(form, dialect))
    typer.echo(f"{login}: its orders {'are pulled' if address == '-' else f'go to {address}'}")


@order.command("load")
def load_orders(
    login: Annotated[str, typer.Argument(help="The site's whose orders these are.")],
    file: Annotated[Path, typer.Argument(help="CommerceML (.xml, .zip) or a table (.xlsx, .csv and others).")],
    organization: Annotated[str, typer.Option(help="INN of the site's entity; default: its only one.")] = "",
    code: Annotated[str, typer.Option(help="In CommerceML, what his code of a product is: id or article.")] = ID,
) -> None:
    """Take in a distributor's purchase orders from a file, as if his 1C had sent them; again, nothing is doubled."""
    with opened() as hub:
        outcome = load_file(hub, sender_of(hub, login), file, organization, code)
    for each in outcome.wrong:
        typer.echo(each, err=True)
    typer.echo(f"{file}: {outcome.orders} orders, {outcome.rows} lines: {outcome.status} ({outcome.packet_id})")
    if not outcome.taken:
        raise typer.Exit(1)


def _key(hub: Hub, order_id: str) -> int:
    with hub.exchange.reading() as connection:
        if order_id.startswith("#") and order_id[1:].isdecimal():
            keys = [head.key] if (head := hub.orders.by_key(connection, int(order_id[1:]))) else []
        else:
            keys = hub.order_reading.keys_of_id(connection, order_id)
    if len(keys) != 1:
        known = f"orders {', '.join(f'#{key}' for key in keys)} are called so" if keys else "there is no order"
        raise Misuse(f"{known} {order_id}" if not keys else f"{known}: name one of them")
    return keys[0]


def _head(found: Any) -> None:
    whose = "/".join(name for name in (found.party, found.site) if name) or "nobody yet"
    typer.echo(
        f"{found.kind} order {found.id} ({found.number}) of {found.date}, revision {found.revision}: {found.state}"
    )
    words = {"whose": whose, "organization": found.organization, "outlet": found.outlet}
    words |= {"their outlet": found.their_outlet, "wanted": found.wanted, "packet": found.packet, "batch": found.batch}
    words |= {"released": found.released_by and f"{found.released_by}: {found.released_reason}"}
    words |= {"reason": found.reason, "document": found.document_number or found.document_id}
    typer.echo(", ".join(f"{name} {value}" for name, value in words.items() if value))


def _line(line: Any) -> str:
    came = f"{line.n}\t{line.product}\t{plain(line.quantity)} {line.unit or ''}".rstrip()
    if line.their_product is None:
        return f"{came}\t→"
    goes = f"{line.their_product}\t{plain(line.their_quantity)} {line.their_unit or ''}".rstrip()
    rest = f" + {plain(line.remainder)} {line.our_unit or ''}".rstrip() if line.remainder else ""
    answers = "".join(f"\t{state} {plain(quantity)}" for state, quantity in line.answers)
    return f"{came}\t→\t{goes}{rest}{answers}"


def _form(form: str, dialect: int) -> str:
    if form not in (XLSX, COMMERCEML):
        raise Misuse("format is xlsx or commerceml")
    return COMMERCEML_3 if form == COMMERCEML and dialect == 3 else form


def _address(hub: Hub, address: str) -> str:
    if not address:
        raise Misuse("name the address, or - for none")
    if wrong := hub.notifier.refusal("email", address):
        raise Misuse(f"{address} {wrong}")
    return address


def _one_of(kind: Any, text: str) -> Any:
    if text and text not in tuple(kind):
        raise Misuse(f"{text} is none of {', '.join(kind)}")
    return kind(text) if text else None


def _limit(text: str, was: Decimal | None) -> Decimal | None:
    if text in ("", "-"):
        return was if not text else None
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise Misuse(f"{text} is not a number") from error
    if not is_figure(found) or found < 0:
        raise Misuse(f"{text} is not a number with at most six decimals")
    return found


def _days(text: str, was: int | None) -> int | None:
    if text in ("", "-"):
        return was if not text else None
    if not text.isdecimal() or len(text) > 5:
        raise Misuse(f"{text} is not a number of days")
    return int(text)
