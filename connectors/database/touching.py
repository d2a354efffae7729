"""Which days of a site changed since they were last reconciled, and the sender's sums of each packet.

Both are written in the transaction that changes the facts: reconciliation can neither miss a change nor see it early.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, delete, func, insert, literal, or_, select

from connectors.database.crosswalk import unit
from connectors.database.facts import FACTS, coverage, distributor_code, sku
from connectors.database.journal import Journalled
from connectors.database.parameters import THE, WINDOW, given
from connectors.database.prepared import Prepared, Values, insertion
from connectors.database.reconciliation_tables import sent, touched
from connectors.database.scopes import Window
from connectors.database.staging import STAGINGS
from connectors.database.types import Key
from gateway.domain.feed import Dating, Feed, Mode, Register

_TOUCHED, _SENT = insertion(touched), insertion(sent)
AT_ONCE = 1000
"""How many keys are named in one statement; MS SQL takes 2100 parameters."""


@dataclass(frozen=True)
class Touch:
    """Days of a site that changed; of all of the party's sites where `site` is None."""

    key: int
    party: int
    site: int | None
    first: date
    last: date


def note_packet(connection: Connection, feed: Feed, packet: Journalled, party: int, windows: Sequence[Window]) -> None:
    """Notes all days that a staged packet is about to change: of its windows, its documents, and those they replace.

    Must run when stale documents are marked and nothing is withdrawn yet.
    """
    if feed.dating is Dating.NONE:
        return
    values = given(packet)
    spans = [tuple(each.rows(connection, values)[0]) for each in _spans(feed)]
    spans += [(each.first, each.last) for each in windows]
    days = [day for span in spans for day in span if day is not None]
    if not days:
        return
    days += _before(connection, feed, packet, min(days), windows)
    whole = {"party": party, "site": packet.site, "first_date": min(days), "last_date": max(days)}
    _TOUCHED.run(connection, whole)
    names = {"packet": packet.key, "feed": feed.name, "organization": packet.organization}
    none = dict.fromkeys(("quantity", "amount"))
    _SENT.run(connection, whole | names | none | _sums(connection, feed, values))


@cache
def _spans(feed: Feed) -> tuple[Prepared, Prepared]:
    """The first and last day of what comes, and of what it replaces."""
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    mine = (staged.c.claim == THE.claim, ~staged.c.stale)
    come = select(func.min(staged.c.date).label("first"), func.max(staged.c.date).label("last")).where(*mine)
    stood = select(func.min(facts.c.date).label("first"), func.max(facts.c.date).label("last"))
    replaced = stood.select_from(facts.join(staged, staged.c.key == facts.c.key)).where(*mine)
    return Prepared(come), Prepared(replaced)


def _before(
    connection: Connection, feed: Feed, packet: Journalled, first: date, windows: Sequence[Window]
) -> list[date]:
    """How far back the news reaches.

    A snapshot of a warehouse tells that it was in use since the one before. A site that merges has told everything up
    to its last document, and with its first window it no longer does.
    """
    if feed.warehouse_field is not None:
        before = _last_in_warehouse(feed)
        found = [before.value(connection, given(packet, each)) for each in windows]
        return [day for day in found if day]
    earliest, latest = _ends(feed)
    if Mode(packet.mode) is Mode.MERGE:
        last = latest.value(connection, given(packet))
        return [last] if last and last < first else []
    if _WINDOWED.first(connection, given(packet)) is not None:
        return []
    since = earliest.value(connection, given(packet))
    return [since] if since else []


def _in_scope(facts: Table) -> tuple[ColumnElement[bool], ...]:
    return facts.c.site == THE.site, facts.c.organization == THE.organization


@cache
def _last_in_warehouse(feed: Feed) -> Prepared:
    """The last day before a window that its warehouse was told of."""
    facts, field = FACTS[feed.name].document, feed.warehouse_field
    assert field is not None
    before = (facts.c[field.column] == WINDOW.warehouse, facts.c.date < WINDOW.first, ~facts.c.deleted)
    return Prepared(select(func.max(facts.c.date).label("last")).where(*_in_scope(facts), *before))


@cache
def _ends(feed: Feed) -> tuple[Prepared, Prepared]:
    """The earliest and the last day of a scope."""
    facts = FACTS[feed.name].document
    ends = (each(facts.c.date).label("day") for each in (func.min, func.max))
    earliest, latest = (Prepared(select(each).where(*_in_scope(facts))) for each in ends)
    return earliest, latest


_WINDOWED = Prepared(
    select(coverage.c.packet)
    .where(coverage.c.site == THE.site, coverage.c.feed == THE.feed, coverage.c.organization == THE.organization)
    .limit(1)
)


def _sums(connection: Connection, feed: Feed, values: Values) -> dict[str, Any]:
    """The sender's own sums, of documents that no newer packet has spoken of."""
    counted, whole, joined = _summing(feed)
    documents = counted.rows(connection, values)[0]
    added = whole if documents.alive == documents.documents else joined
    return {"documents": documents.alive, **added.rows(connection, values)[0]._asdict()}


@cache
def _summing(feed: Feed) -> tuple[Prepared, Prepared, Prepared]:
    """Documents; then sums where all are alive, as a rule: a million rows are not joined for nothing; and where not."""
    document, row = STAGINGS[feed.name].document, STAGINGS[feed.name].row
    mine, alive = document.c.claim == THE.claim, (~document.c.stale, ~document.c.deleted)
    living = func.count(case((and_(*alive), 1))).label("alive")
    counted = Prepared(select(func.count().label("documents"), living).where(mine))
    numbers = document if row is None else row
    sums = select(func.count().label("rows"), *(func.sum(numbers.c[name]).label(name) for name in feed.totals))
    if row is None:
        own = Prepared(sums.select_from(document).where(mine, *alive))
        return counted, own, own
    its = (document.c.claim == row.c.claim) & (document.c.ordinal == row.c.document)
    joined = sums.select_from(row.join(document, its)).where(mine, *alive)
    return counted, Prepared(sums.where(row.c.claim == THE.claim)), Prepared(joined)


def note_attributed(connection: Connection, feed: Feed, row: Table, changing: ColumnElement[bool]) -> None:
    """Notes the days of fact rows that are about to get another SKU: those of `row` for which `changing` holds."""
    document = FACTS[feed.name].document
    span = (func.min(document.c.date), func.max(document.c.date))
    source = row.join(document, document.c.key == row.c.document)
    found = select(document.c.party, document.c.site, *span).select_from(source)
    found = found.where(changing, document.c.date.is_not(None)).group_by(document.c.party, document.c.site)
    connection.execute(insert(touched).from_select(["party", "site", "first_date", "last_date"], found))


def note_days(connection: Connection, party: int, first: date, last: date) -> None:
    """Notes days of all of a party's sites."""
    connection.execute(insert(touched).values(party=party, site=None, first_date=first, last_date=last))


def note_party(connection: Connection, party: int) -> None:
    """Notes all days that any packet of the party ever spoke of, for each of its sites."""
    span = (func.min(sent.c.first_date), func.max(sent.c.last_date))
    found = select(literal(party, Key), sent.c.site, *span).where(sent.c.party == party).group_by(sent.c.site)
    connection.execute(insert(touched).from_select(["party", "site", "first_date", "last_date"], found))


def note_units(connection: Connection, change: int) -> None:
    """Notes all days of the parties that a change of units concerns: of the unit's code, or of any code of its SKU."""
    changed = or_(unit.c.begun == change, unit.c.ended == change)
    code = distributor_code.c
    concerned = or_(code.key == unit.c.code, and_(code.target == unit.c.sku, code.register == Register.PRODUCT))
    found = select(code.party).select_from(unit.join(distributor_code, concerned)).where(changed).distinct()
    for party in connection.scalars(found).all():
        note_party(connection, party)


def note_skus(connection: Connection, codes: Sequence[str]) -> None:
    """Notes all days of the parties with a code for one of these SKUs, whose own unit is another now."""
    code = distributor_code.c
    found = select(code.party).join(sku, and_(sku.c.key == code.target, code.register == Register.PRODUCT)).distinct()
    parties: set[int] = set()
    for start in range(0, len(codes), AT_ONCE):
        parties.update(connection.scalars(found.where(sku.c.code.in_(codes[start : start + AT_ONCE]))))
    for party in sorted(parties):
        note_party(connection, party)


def parties_touched(connection: Connection) -> list[int]:
    """Whoever has something to reconcile."""
    return list(connection.scalars(select(touched.c.party).distinct().order_by(touched.c.party)))


def touches(connection: Connection, party: int) -> list[Touch]:
    found = connection.execute(select(touched).where(touched.c.party == party).order_by(touched.c.key))
    return [Touch(*tuple(each)) for each in found]


def settle(connection: Connection, done: Sequence[Touch]) -> bool:
    """Takes the touches off; False where another run has been here, whose results are newer than ours."""
    keys = [each.key for each in done]
    gone = 0
    for start in range(0, len(keys), AT_ONCE):
        gone += connection.execute(delete(touched).where(touched.c.key.in_(keys[start : start + AT_ONCE]))).rowcount
    return gone == len(keys)
