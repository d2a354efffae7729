"""Staging to facts, set-based, in one transaction: who is newer wins, scope by scope and document by document.

The rules are the contract's ("Scope", "Order", "Identity of a document"). A document is replaced whole: its old rows
go, its new ones come, so that loading is the same for a first sending and for a correction.
"""

from sqlalchemy import Connection, FromClause, and_, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from connectors.database import scopes
from connectors.database.codes import learn_codes
from connectors.database.facts import FACTS, distributor_code, extension, fence, loaded, quarantine
from connectors.database.journal import Journalled
from connectors.database.staging import STAGINGS
from connectors.database.staging import code as staged_code
from connectors.database.staging import extension as staged_extension
from gateway.domain.errors import Overtaken
from gateway.domain.feed import Feed, Field, Mode
from gateway.domain.receipt import Loaded


def load_of(connection: Connection, packet: int) -> Loaded | None:
    """What loading the packet did, if it was loaded."""
    found = connection.execute(select(loaded).where(loaded.c.packet == packet)).one_or_none()
    if found is None:
        return None
    return Loaded(found.rows_loaded, found.rows_unmapped, found.rows_quarantined, bool(found.superseded))


def merge(connection: Connection, feed: Feed, packet: Journalled, party: int, token: int) -> Loaded:
    """Merges a staged packet, unless another claimant just has. Raises Overtaken where a higher token has been here."""
    _pass_fence(connection, packet.key, token)
    if done := load_of(connection, packet.key):
        return done
    learn_codes(connection, packet.key, party)
    scopes.find_facts(connection, feed, packet)
    scopes.mark_stale(connection, feed, packet)
    spoken = scopes.windows(connection, feed, packet)
    superseded = scopes.is_superseded(connection, feed, packet, spoken)
    scopes.withdraw(connection, feed, packet, spoken)
    _insert_documents(connection, feed, packet, party)
    scopes.find_facts(connection, feed, packet)
    rows = _insert_rows(connection, feed, packet)
    _insert_extensions(connection, feed, packet)
    quarantined = _quarantine(connection, feed, packet)
    if Mode(packet.mode) is not Mode.MERGE:
        scopes.remember(connection, feed, packet, spoken)
    done = Loaded(rows, unmapped_rows(connection, feed, packet.key), quarantined, superseded)
    _write_down(connection, packet.key, done)
    return done


def unmapped_rows(connection: Connection, feed: Feed, packet: int) -> int:
    """How many of the packet's rows in the facts have no SKU."""
    document, row = FACTS[feed.name].document, FACTS[feed.name].row
    statement = select(func.count()).select_from(row.join(document, document.c.key == row.c.document))
    return int(connection.scalar(statement.where(document.c.packet == packet, row.c.sku.is_(None))) or 0)


def unmapped_codes(connection: Connection, feed: Feed, packet: int) -> list[tuple[str, int]]:
    """The packet's product codes that have no SKU, each with its rows in the facts; the most frequent first."""
    document, row = FACTS[feed.name].document, FACTS[feed.name].row
    rows = func.count().label("rows")
    source = row.join(document, document.c.key == row.c.document)
    source = source.join(distributor_code, distributor_code.c.key == row.c.product)
    statement = select(distributor_code.c.code, rows).select_from(source)
    statement = statement.where(document.c.packet == packet, row.c.sku.is_(None)).group_by(distributor_code.c.code)
    found = connection.execute(statement.order_by(rows.desc(), distributor_code.c.code))
    return [(each.code, each.rows) for each in found]


def _pass_fence(connection: Connection, packet: int, token: int) -> None:
    raised = connection.execute(
        update(fence).where(fence.c.packet == packet, fence.c.token <= token).values(token=token)
    )
    if raised.rowcount:
        return
    try:
        connection.execute(insert(fence).values(packet=packet, token=token))
    except IntegrityError as error:
        raise Overtaken(f"packet {packet}: token {token} is out of date") from error


def _insert_documents(connection: Connection, feed: Feed, packet: Journalled, party: int) -> None:
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    values = {
        "party": literal(party),
        "site": literal(packet.site),
        "organization": literal(packet.organization, facts.c.organization.type),
        "packet": literal(packet.key),
        "created": literal(packet.created, facts.c.created.type),
        **{name: staged.c[name] for name in ("identity", "number", "date", "sign", "deleted")},
    }
    source: FromClause = staged
    for field in feed.own_document_fields:
        if field.register:
            code = staged_code.alias(f"code_of_{field.column}")
            source = source.outerjoin(
                code, and_(code.c.packet == staged.c.packet, code.c.ordinal == staged.c[field.column])
            )
            values |= {field.column: code.c.key, field.register.target: code.c.target}
        else:
            values[field.column] = staged.c[field.column]
    chosen = select(*values.values()).select_from(source).where(staged.c.packet == packet.key, ~staged.c.stale)
    connection.execute(insert(facts).from_select(list(values), chosen.order_by(staged.c.ordinal)))


def _insert_rows(connection: Connection, feed: Feed, packet: Journalled) -> int:
    """In the order of documents and lines, so that the clustered key only grows."""
    staged, facts = STAGINGS[feed.name], FACTS[feed.name].row
    row, document = staged.row, staged.document
    values = {"document": document.c.key, "n": row.c.n, "row": row.c.row}
    for field in feed.own_row_fields:
        if field.register:
            values |= {field.column: staged_code.c.key, field.register.target: staged_code.c.target}
        else:
            values[field.column] = _turned(field, row, document)
    source = row.join(document, and_(document.c.packet == row.c.packet, document.c.ordinal == row.c.document))
    source = source.join(
        staged_code, and_(staged_code.c.packet == row.c.packet, staged_code.c.ordinal == row.c.product), isouter=True
    )
    usable = (row.c.packet == packet.key, row.c.quarantine.is_(None), ~document.c.stale, ~document.c.deleted)
    chosen = select(*values.values()).select_from(source).where(*usable)
    return int(connection.execute(insert(facts).from_select(list(values), chosen)).rowcount)


def _turned(field: Field, row, document):  # type: ignore[no-untyped-def]
    """A signed number with its document's direction."""
    return row.c[field.column] * document.c.sign if field.signed else row.c[field.column]


def _insert_extensions(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Marks and attributes of what was loaded; `n` 0 is the document itself."""
    staged = STAGINGS[feed.name]
    document, row, below = staged.document, staged.row, staged_extension
    usable = and_(~document.c.stale, ~document.c.deleted)
    of_document = and_(document.c.packet == below.c.packet, document.c.ordinal == below.c.document, usable)
    of_row = and_(
        row.c.packet == below.c.packet,
        row.c.document == below.c.document,
        row.c.position == below.c.position,
        row.c.quarantine.is_(None),
    )
    columns = ["feed", "document", "n", "number", "name", "value"]
    tail = (below.c.number, below.c.name, below.c.value)
    name = literal(feed.name, extension.c.feed.type)
    whole = select(name, document.c.key, literal(0), *tail).select_from(below.join(document, of_document))
    lines = select(name, document.c.key, row.c.n, *tail).select_from(
        below.join(document, of_document).join(row, of_row)
    )
    mine = below.c.packet == packet.key
    connection.execute(insert(extension).from_select(columns, whole.where(mine, below.c.position == -1)))
    connection.execute(insert(extension).from_select(columns, lines.where(mine)))


def _quarantine(connection: Connection, feed: Feed, packet: Journalled) -> int:
    """Keeps the rows that can't be used, with the reason."""
    staged = STAGINGS[feed.name]
    row, document = staged.row, staged.document
    source = row.join(document, and_(document.c.packet == row.c.packet, document.c.ordinal == row.c.document))
    chosen = select(row.c.packet, row.c.row, document.c.number, row.c.n, row.c.quarantine).select_from(source)
    chosen = chosen.where(row.c.packet == packet.key, row.c.quarantine.is_not(None))
    chosen = chosen.where(~document.c.stale, ~document.c.deleted)
    columns = ["packet", "row", "document", "n", "reason"]
    return int(connection.execute(insert(quarantine).from_select(columns, chosen)).rowcount)


def _write_down(connection: Connection, packet: int, done: Loaded) -> None:
    """Fails on a second load of the same packet: the key is a constraint."""
    values = {
        "packet": packet,
        "rows_loaded": done.rows_loaded,
        "rows_unmapped": done.rows_unmapped,
        "rows_quarantined": done.rows_quarantined,
        "superseded": done.superseded,
    }
    connection.execute(insert(loaded).values(values))
