"""Staging to facts, set-based, in one transaction: who is newer wins, scope by scope and document by document.

The rules are the contract's ("Scope", "Order", "Identity of a document"). A document is replaced whole: its old rows
go, its new ones come, so that loading is the same for a first sending and for a correction.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from connectors.database import history, locks, scopes, senders, touching
from connectors.database.attribution import correct_dated
from connectors.database.codes import learn_codes
from connectors.database.crosswalk import keep_still
from connectors.database.facts import FACTS, distributor_code, extension, fence, loaded, quarantine
from connectors.database.journal import Journalled
from connectors.database.parameters import BESIDE, CLAIM, THE, given, given_beside
from connectors.database.prepared import Prepared, insertion
from connectors.database.staging import STAGINGS
from connectors.database.staging import code as staged_code
from connectors.database.staging import extension as staged_extension
from gateway.domain.errors import Overtaken
from gateway.domain.feed import Feed, Mode
from gateway.domain.packet import claim_key, first_document_key
from gateway.domain.party import Sender
from gateway.domain.receipt import Loaded

Unmapped = list[tuple[str, int]]
"""Product codes that have no SKU, each with its rows; the most frequent first."""
_LOADED = Prepared(select(loaded).where(loaded.c.packet == bindparam("packet", type_=loaded.c.packet.type)))
_WRITTEN = insertion(loaded)
_PASSED = Prepared(
    update(fence)
    .where(*(fence.c[name] == getattr(THE, name) for name in ("site", "feed", "organization")))
    .where(fence.c.token <= CLAIM.token)
    .values(token=CLAIM.token)
)


def load_of(connection: Connection, packet: int) -> Loaded | None:
    """What loading the packet did, if it was loaded."""
    found = _LOADED.first(connection, {"packet": packet})
    if found is None:
        return None
    return Loaded(found.rows_loaded, found.rows_unmapped, found.rows_quarantined, bool(found.superseded))


def merge(
    connection: Connection, feed: Feed, packet: Journalled, sender: Sender, token: int, now: datetime
) -> tuple[Loaded, Unmapped]:
    """Merges a staged packet, unless another claimant just has. Raises Overtaken where a higher token has been here."""
    packet, party = replace(packet, claim=claim_key(packet.key, token)), sender.party
    locks.take_turn(connection, locks.of_party(party), seconds=locks.LOAD_SECONDS)
    pass_fence(connection, packet, token)
    if done := load_of(connection, packet.key):
        return done, unmapped_codes(connection, feed, packet.key)
    keep_still(connection)
    values = given(packet, party=party, now=now)
    learn_codes(connection, values)
    senders.introduce(connection, sender)
    scopes.find_facts(connection, feed, packet)
    scopes.mark_stale(connection, feed, packet)
    spoken = scopes.windows(connection, feed, packet)
    superseded = scopes.is_superseded(connection, feed, packet, spoken)
    history.note(connection, feed, packet, spoken, now)
    touching.note_packet(connection, feed, packet, party, spoken)
    scopes.withdraw(connection, feed, packet, spoken)
    _documents(feed).run(connection, values)
    if feed.row:
        rows, quarantined = (each(feed).run(connection, values) for each in (_rows, _quarantined))
    else:
        rows, quarantined = int(_alive(feed).value(connection, values) or 0), 0
    correct_dated(connection, feed, packet)
    for statement in _extensions(feed):
        statement.run(connection, values)
    if Mode(packet.mode) is not Mode.MERGE:
        scopes.remember(connection, feed, packet, spoken)
    unmapped = unmapped_codes(connection, feed, packet.key)
    done = Loaded(rows, sum(rows for _, rows in unmapped), quarantined, superseded)
    _write_down(connection, packet.key, done)
    return done, unmapped


def unmapped_codes(connection: Connection, feed: Feed, packet: int) -> Unmapped:
    """The packet's product codes that have no SKU, each with its rows in the facts; the most frequent first."""
    if FACTS[feed.name].row is None or not feed.has_products:
        return []
    found = _unmapped(feed).rows(
        connection, given_beside(first_key=first_document_key(packet), last_key=first_document_key(packet + 1) - 1)
    )
    return [(each.code, each.rows) for each in found]


@cache
def _unmapped(feed: Feed) -> Prepared:
    row, rows = FACTS[feed.name].row, func.count().label("rows")
    assert row is not None
    counted = select(row.c.product, rows).where(row.c.document.between(BESIDE.first_key, BESIDE.last_key))
    by_code = counted.where(row.c.sku.is_(None)).group_by(row.c.product).subquery()
    named = select(distributor_code.c.code, by_code.c.rows).join(by_code, by_code.c.product == distributor_code.c.key)
    return Prepared(named.order_by(by_code.c.rows.desc(), distributor_code.c.code))


def pass_fence(connection: Connection, packet: Journalled, token: int) -> None:
    """Notes the token of a claim. Raises Overtaken where a higher one of the scope has been here."""
    if _PASSED.run(connection, given(packet) | given_beside(token=token)):
        return
    scope = {"site": packet.site, "feed": packet.feed, "organization": packet.organization}
    try:
        connection.execute(insert(fence).values(token=token, **scope))
    except IntegrityError as error:
        raise Overtaken(f"packet {packet.key}: token {token} is out of date") from error


@cache
def _documents(feed: Feed) -> Prepared:
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    values: dict[str, ColumnElement[Any]] = {
        "key": BESIDE.first_key + staged.c.ordinal,
        "party": BESIDE.party,
        "site": THE.site,
        "organization": THE.organization,
        "packet": THE.key,
        "created": THE.created,
        **{name: staged.c[name] for name in ("identity", "number", "date", "sign", "deleted", "fingerprint")},
    }
    source: FromClause = staged
    for field in feed.own_document_fields:
        if field.register:
            code = staged_code.alias(f"code_of_{field.column}")
            source = source.outerjoin(
                code, and_(code.c.claim == staged.c.claim, code.c.ordinal == staged.c[field.column])
            )
            values |= {field.column: code.c.key, field.target: code.c.target}
        else:
            values[field.column] = staged.c[field.column]
    chosen = select(*values.values()).select_from(source).where(staged.c.claim == THE.claim, ~staged.c.stale)
    return Prepared(insert(facts).from_select(list(values), chosen.order_by(staged.c.ordinal)))


@cache
def _alive(feed: Feed) -> Prepared:
    """How many documents came that are not deleted."""
    staged = STAGINGS[feed.name].document
    return Prepared(select(func.count()).where(staged.c.claim == THE.claim, ~staged.c.stale, ~staged.c.deleted))


@cache
def _rows(feed: Feed) -> Prepared:
    """In the order of documents and lines, so that the clustered key only grows."""
    row, facts = STAGINGS[feed.name].row, FACTS[feed.name].row
    assert row is not None
    assert facts is not None
    values: dict[str, ColumnElement[Any]] = {
        "document": BESIDE.first_key + row.c.document,
        "n": row.c.n,
        "row": row.c.row,
    }
    for field in feed.own_row_fields:
        if field.register:
            values |= {field.column: staged_code.c.key, field.target: staged_code.c.target}
        else:
            values[field.column] = row.c[field.column]
    source: FromClause = row
    if feed.has_products:
        code = and_(staged_code.c.claim == row.c.claim, staged_code.c.ordinal == row.c.product)
        source = source.join(staged_code, code, isouter=True)
    usable = (row.c.claim == THE.claim, row.c.quarantine.is_(None), row.c.document.not_in(_left_out(feed)))
    chosen = select(*values.values()).select_from(source).where(*usable)
    return Prepared(insert(facts).from_select(list(values), chosen))


def _left_out(feed: Feed) -> Select[Any]:
    """The places of documents that bring no rows."""
    document = STAGINGS[feed.name].document
    return select(document.c.ordinal).where(document.c.claim == THE.claim, or_(document.c.stale, document.c.deleted))


@cache
def _extensions(feed: Feed) -> list[Prepared]:
    """Marks and attributes of what was loaded; `n` 0 is the document itself."""
    row, below = STAGINGS[feed.name].row, staged_extension
    mine = (below.c.claim == THE.claim, below.c.document.not_in(_left_out(feed)))
    columns = ["feed", "document", "n", "number", "name", "value"]
    first = (literal(feed.name, extension.c.feed.type), BESIDE.first_key + below.c.document)
    tail = (below.c.number, below.c.name, below.c.value)
    whole = select(*first, literal(0), *tail).where(*mine, below.c.position == -1)
    found = [Prepared(insert(extension).from_select(columns, whole))]
    if row is None:
        return found
    its_row = and_(
        row.c.claim == below.c.claim,
        row.c.document == below.c.document,
        row.c.position == below.c.position,
        row.c.quarantine.is_(None),
    )
    lines = select(*first, row.c.n, *tail).select_from(below.join(row, its_row)).where(*mine)
    return [*found, Prepared(insert(extension).from_select(columns, lines))]


@cache
def _quarantined(feed: Feed) -> Prepared:
    """Keeps the rows that can't be used, with the reason."""
    row, document = STAGINGS[feed.name].row, STAGINGS[feed.name].document
    assert row is not None
    source = row.join(document, and_(document.c.claim == row.c.claim, document.c.ordinal == row.c.document))
    chosen = select(THE.key, row.c.row, document.c.number, row.c.n, row.c.quarantine).select_from(source)
    chosen = chosen.where(row.c.claim == THE.claim, row.c.quarantine.is_not(None))
    chosen = chosen.where(~document.c.stale, ~document.c.deleted)
    return Prepared(insert(quarantine).from_select(["packet", "row", "document", "n", "reason"], chosen))


def _write_down(connection: Connection, packet: int, done: Loaded) -> None:
    """Fails on a second load of the same packet: the key is a constraint."""
    _WRITTEN.run(connection, {"packet": packet, **vars(done)})
