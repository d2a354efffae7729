"""`obmen reconcile …`: runs it, and shows gaps, their documents, trend, findings and tolerances."""

from decimal import Decimal
from typing import Annotated

import typer

from gateway.cli_hub import date_of, opened, party_key
from gateway.domain.errors import Misuse
from gateway.domain.reconciliation import MILLION, Rule, Tolerance, Verdict
from gateway.reconciling import agreed_tolerances, ask_again, reconcile_all
from gateway.reconciling_documents import documents
from gateway.wiring import Hub, Wanted

reconcile = typer.Typer(invoke_without_command=True)
Party = Annotated[str, typer.Option(help="Code of the party; none: all.")]
RuleName = Annotated[str, typer.Option("--rule", help=f"One of {', '.join(Rule)}; none: all.")]
From = Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most.")]


@reconcile.callback()
def run(context: typer.Context, party: Party = "", first: From = "", last: To = "") -> None:
    """Reconcile what changed since the last run; with --from and --to these days again, whatever changed."""
    if context.invoked_subcommand:
        return
    days = date_of(first), date_of(last)
    if (days[0] is None) != (days[1] is None) or (days[0] and days[1] and days[0] > days[1]):
        raise Misuse("give both --from and --to, the first day and the last")
    with opened() as hub:
        key = party_key(hub, party)
        if days[0]:
            with hub.exchange.reading() as connection:
                everybody = list(hub.parties.party_keys(connection).values())
            ask_again(hub, [key] if key else everybody, *days)
        typer.echo(f"{reconcile_all(hub, key)} parties reconciled")


@reconcile.command("gaps")
def gaps(
    party: Party = "",
    rule: RuleName = "",
    first: From = "",
    last: To = "",
    everything: Annotated[bool, typer.Option("--all", help="Lines that agree or are tolerated, too.")] = False,
    limit: Limit = 100,
) -> None:
    """List lines that are out of tolerance: number, day, rule, whose, what, expected, actual, gap, verdict."""
    verdicts = () if everything else (Verdict.DIFFERS, Verdict.MISSING)
    with opened() as hub:
        wanted = _wanted(hub, party, rule, first, last, verdicts)
        names = _names(hub)
        with hub.warehouse.reading() as connection:
            found = hub.reconciliations.lines(connection, wanted, limit)
        for each in found:
            codes = (each.warehouse_code, each.outlet_code, each.document, each.sku_code or each.product_code)
            what = " ".join(code for code in codes if code)
            verdict = f"{each.verdict} ({each.missing})" if each.verdict == Verdict.MISSING else each.verdict
            figures = [_plain(value) for value in (each.expected, each.actual, each.gap)]
            whose = names[each.party, each.site]
            typer.echo("\t".join([str(each.key), str(each.day), each.rule, whose, what, *figures, verdict]))


@reconcile.command("documents")
def show_documents(line: Annotated[int, typer.Argument(help="Its number, as `gaps` shows it.")]) -> None:
    """List the documents behind a line: day, kind, number, what it adds."""
    with opened() as hub:
        found, behind = documents(hub, line)
    if found.opening is not None:
        typer.echo(f"{found.since}\topening\t\t{_plain(found.opening)}")
    for each in behind:
        typer.echo(f"{each.day}\t{each.kind}\t{each.number}\t{'' if each.value is None else _plain(each.value)}")
    typer.echo(f"{found.day}\texpected\t\t{_plain(found.expected)}")
    typer.echo(f"{found.day}\tactual\t\t{_plain(found.actual)}")


@reconcile.command("trend")
def trend(party: str, rule: str, first: From = "", last: To = "") -> None:
    """Show how a rule's gaps go: day, lines, differing, missing, net gap, gap, its change from the day before."""
    with opened() as hub:
        wanted = _wanted(hub, party, rule, first, last, ())
        with hub.warehouse.reading() as connection:
            found = hub.reconciliations.trend(connection, wanted)
    before = None
    for day, lines, differing, missing, net, gap in found:
        change = "" if before is None else f"{gap - before:+f}".rstrip("0").rstrip(".")
        typer.echo("\t".join([str(day), str(lines), str(differing), str(missing), _plain(net), _plain(gap), change]))
        before = gap


@reconcile.command("findings")
def findings(party: Party = "", rule: RuleName = "", first: From = "", last: To = "", limit: Limit = 100) -> None:
    """List findings: day, rule, whose, code, what it says and what to do."""
    with opened() as hub:
        wanted = _wanted(hub, party, rule, first, last, ())
        names = _names(hub)
        with hub.warehouse.reading() as connection:
            found = hub.reconciliations.findings(connection, wanted, limit)
        for day, rule_name, key, problem in found:
            words = hub.problems.wording(problem, hub.settings.language)
            typer.echo("\t".join([str(day), rule_name, names[key], problem.code, words.message, words.remedy]))


@reconcile.command("tolerate")
def tolerate(
    party: str,
    rule: str,
    absolute: Annotated[str, typer.Option(help="Units or roubles that a line may be out.")] = "",
    percent: Annotated[str, typer.Option(help="Percent of what is expected.")] = "",
    days: Annotated[int | None, typer.Option(min=0, max=366, help="How long goods may be on their way.")] = None,
    off: Annotated[bool | None, typer.Option("--off/--on", help="Whether the rule is left aside.")] = None,
) -> None:
    """Agree with a party how much a rule's lines may be out; what is not named stays as it is."""
    chosen = _rule(rule)
    assert chosen
    with opened() as hub:
        key = party_key(hub, party)
        assert key
        with hub.warehouse.writing() as connection:
            was = agreed_tolerances(hub, connection, key)[chosen]
            agreed = Tolerance(
                absolute=_millionths(absolute) if absolute else was.absolute,
                percent=_millionths(percent) if percent else was.percent,
                days=was.days if days is None else days,
                off=was.off if off is None else off,
            )
            hub.reconciliations.tolerate(connection, key, chosen, agreed)
            hub.touching.note_party(connection, key)
    figures = f"{_plain(Decimal(agreed.absolute) / MILLION)}, {_plain(Decimal(agreed.percent) / MILLION)} %"
    typer.echo(f"{chosen} of {party}: {figures}, {agreed.days} days{', left aside' if agreed.off else ''}")


def _wanted(hub: Hub, party: str, rule: str, first: str, last: str, verdicts: tuple[Verdict, ...]) -> Wanted:
    return Wanted(party_key(hub, party), _rule(rule), date_of(first), date_of(last), verdicts)


def _rule(name: str) -> Rule | None:
    if name and name not in tuple(Rule):
        raise Misuse(f"rule is one of {', '.join(Rule)}")
    return Rule(name) if name else None


def _names(hub: Hub) -> dict[tuple[int, int | None], str]:
    """Party and site (or none) → what people call them."""
    with hub.exchange.reading() as connection:
        return hub.parties.names(connection)


def _millionths(text: str) -> int:
    try:
        found = Decimal(text.replace(",", "."))
        if not found.is_finite() or not 0 <= found < 10**9 or found != round(found, 6):
            raise ValueError(text)
    except (ArithmeticError, ValueError) as error:
        raise Misuse(f"{text} is not a number with at most six decimals") from error
    return int(found * MILLION)


def _plain(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
