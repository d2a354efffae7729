"""Changes of the crosswalk: mappings laid over what is known, each with its change, so that it can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from connectors.database.codes import AT_ONCE
from connectors.database.crosswalk import change, change_rows, live, mapping, unit
from connectors.database.engine import new_key
from connectors.database.facts import REGISTERS, distributor_code
from gateway.domain.crosswalk import BEGIN, END, Mapping, Source, Wish, laid_over
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register

AUTOMATIC = ("reference", "accept")
"""Changes that would be made again by themselves: undone, they leave word that the code stands for nothing."""
Laid = dict[int, list[Mapping]]
"""Timelines by the key of their code."""


def begin_change(connection: Connection, kind: str, by: str, now: datetime) -> int:
    return new_key(connection.execute(insert(change), {"kind": kind, "made_by": by, "made_at": now}))


def forget_change(connection: Connection, key: int) -> None:
    """It changed nothing."""
    connection.execute(change.delete().where(change.c.key == key))


def last_change(connection: Connection) -> int:
    return connection.scalar(select(func.max(change.c.key))) or 0


def differences(connection: Connection, wishes: Sequence[Wish], by: str, now: datetime) -> tuple[Laid, list[int]]:
    """The timelines that are not yet as is wished, and the keys of the mappings that these end.

    Codes that no packet has brought yet are added. Raises Misuse that names the place of the first wish for a record
    that we don't have.
    """
    wanted = _wanted(connection, wishes, by, now)
    known: dict[int, dict[int, Mapping]] = defaultdict(dict)
    for some in _some(list(wanted)):
        for row in connection.execute(select(mapping).where(mapping.c.code.in_(some), live)):
            known[row.code][row.key] = _mapping(row)
    laid: Laid = {}
    ended: list[int] = []
    for code, new in wanted.items():
        timeline = list(known[code].values())
        for each in new:
            timeline = laid_over(timeline, each)
        laid[code] = [each for each in timeline if each not in known[code].values()]
        ended += [key for key, each in known[code].items() if each not in timeline]
    return {code: timeline for code, timeline in laid.items() if timeline}, ended


def lay(connection: Connection, change_key: int, laid: Laid, ended: Sequence[int]) -> None:
    """Ends mappings, begins others, and repeats the last of each code beside it."""
    for some in _some(ended):
        connection.execute(update(mapping).where(mapping.c.key.in_(some)).values(ended=change_key))
    rows = [_row(code, each, change_key) for code, timeline in laid.items() for each in timeline]
    if rows:
        connection.execute(insert(mapping), rows)


def settle(connection: Connection, change_key: int, now: datetime) -> None:
    """The codes that a change touched say again what they are mapped to, for the loads to come."""
    touched = select(mapping.c.code).where(or_(mapping.c.begun == change_key, mapping.c.ended == change_key))
    of_code = (mapping.c.code == distributor_code.c.key, live, mapping.c.target.is_not(None))
    last = select(mapping.c.target).where(*of_code).order_by(mapping.c.valid_from.desc()).limit(1).scalar_subquery()
    mine = update(distributor_code).where(distributor_code.c.key.in_(touched))
    connection.execute(mine.values(target=last, mapped_at=now))


def undo(connection: Connection, key: int, by: str, now: datetime) -> int:
    """Takes a change back by a new one; its key. Raises Misuse where it can't be, with the reason."""
    found = connection.execute(select(change).where(change.c.key == key)).one_or_none()
    if found is None:
        raise Misuse(f"there is no change {key}")
    if found.undone_by or found.kind == "undo":
        raise Misuse(f"change {key} {f'is undone by {found.undone_by}' if found.undone_by else 'is an undoing itself'}")
    if later := _later(connection, key):
        raise Misuse(f"change {later} came later and touches the same: undo that first")
    back = begin_change(connection, "undo", by, now)
    for table in (mapping, unit):
        connection.execute(update(table).where(table.c.begun == key, table.c.ended.is_(None)).values(ended=back))
        connection.execute(update(table).where(table.c.ended == key).values(ended=None))
    if found.kind in AUTOMATIC:
        _leave_word(connection, back, by, now)
    connection.execute(update(change).where(change.c.key == key).values(undone_by=back))
    return back


def parties_of(connection: Connection, change_key: int) -> list[int]:
    """Whose codes a change touched."""
    source = mapping.join(distributor_code, distributor_code.c.key == mapping.c.code)
    touched = or_(mapping.c.begun == change_key, mapping.c.ended == change_key)
    return list(connection.scalars(select(distributor_code.c.party).select_from(source).where(touched).distinct()))


def changes(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The latest changes, with how many facts each re-attributed, by feed."""
    statement = select(change).order_by(change.c.key.desc()).limit(limit)
    found = {row.key: dict(row._mapping) | {"rows": {}} for row in connection.execute(statement)}
    for row in connection.execute(select(change_rows).where(change_rows.c.change.in_(list(found)))):
        found[row.change]["rows"][row.feed] = row.rows
    return list(found.values())


def listed(connection: Connection, party: int | None, only_open: bool = False) -> Iterator[dict[str, Any]]:
    """Live mappings, and codes without any, as flat records; only the latter with `only_open`."""
    code = distributor_code.c
    for register, ours in REGISTERS.items():
        source = distributor_code.outerjoin(mapping, and_(mapping.c.code == code.key, live))
        source = source.outerjoin(ours, ours.c.key == mapping.c.target)
        columns = (code.party, code.register, code.code, ours.c.code.label("our_code"), ours.c.name.label("our_name"))
        details = [mapping.c[name] for name in ("valid_from", "valid_to", "source", "score", "made_by", "made_at")]
        statement = select(*columns, *details).select_from(source).where(code.register == register)
        if party is not None:
            statement = statement.where(code.party == party)
        if only_open:
            statement = statement.where(code.target.is_(None))
        for row in connection.execute(statement.order_by(code.party, code.code, mapping.c.valid_from)):
            yield dict(row._mapping)


def code_keys(connection: Connection, party: int, register: Register, codes: Iterable[str]) -> dict[str, int]:
    """Keys of a party's codes; those that no packet has brought yet are added."""
    wanted = dict.fromkeys(codes)
    found = _code_keys(connection, party, register)
    new = [{"party": party, "register": register, "code": each} for each in wanted if each not in found]
    if new:
        connection.execute(insert(distributor_code), new)
        found = _code_keys(connection, party, register)
    return {code: found[code] for code in wanted}


def our_keys(connection: Connection, register: Register) -> dict[str, int]:
    ours = REGISTERS[register]
    return {row.code: row.key for row in connection.execute(select(ours.c.code, ours.c.key))}


def _code_keys(connection: Connection, party: int, register: Register) -> dict[str, int]:
    return {row.code: row.key for row in connection.execute(_CODES, {"party": party, "register": register})}


_CODES = select(distributor_code.c.code, distributor_code.c.key).where(
    distributor_code.c.party == bindparam("party"), distributor_code.c.register == bindparam("register")
)


def _wanted(connection: Connection, wishes: Sequence[Wish], by: str, now: datetime) -> dict[int, list[Mapping]]:
    """What is wished for each code, in the order of the wishes."""
    groups: dict[tuple[int, Register], list[Wish]] = defaultdict(list)
    for wish in wishes:
        groups[wish.party, wish.register].append(wish)
    ours = {register: our_keys(connection, register) for _, register in groups}
    wanted: dict[int, list[Mapping]] = defaultdict(list)
    for (party, register), group in groups.items():
        for wish in group:
            if wish.ours is not None and wish.ours not in ours[register]:
                raise Misuse(f"{wish.place or wish.code}: there is no {register} {wish.ours} of ours")
        keys = code_keys(connection, party, register, (wish.code for wish in group))
        for wish in group:
            target = None if wish.ours is None else ours[register][wish.ours]
            made = Mapping(target, wish.first, wish.last, wish.source, wish.score, by, now)
            wanted[keys[wish.code]].append(made)
    return wanted


def _later(connection: Connection, key: int) -> int | None:
    """A change that ended what this one began, or began something for the same codes."""
    for table in (mapping, unit):
        followed = connection.scalar(
            select(func.max(table.c.ended)).where(table.c.begun == key, table.c.ended.is_not(None))
        )
        other = table.alias("other")
        mine = exists().where(or_(other.c.begun == key, other.c.ended == key), _same_owner(table, other))
        begun = select(func.max(table.c.begun)).where(table.c.begun > key, table.c.ended.is_(None), mine)
        if later := followed or connection.scalar(begun):
            return int(later)
    return None


def _same_owner(table: Table, other: FromClause) -> ColumnElement[bool]:
    if table is mapping:
        return table.c.code == other.c.code
    of_sku = and_(table.c.code.is_(None), other.c.code.is_(None), table.c.sku == other.c.sku)
    return or_(table.c.code == other.c.code, of_sku)


def _leave_word(connection: Connection, back: int, by: str, now: datetime) -> None:
    ended = select(mapping.c.code).where(mapping.c.ended == back).distinct()
    known = select(mapping.c.code).where(live)
    codes = connection.scalars(ended.where(mapping.c.code.not_in(known))).all()
    nothing = Mapping(None, BEGIN, END, Source.PERSON, None, by, now)
    if codes:
        connection.execute(insert(mapping), [_row(code, nothing, back) for code in codes])


def _row(code: int, each: Mapping, change_key: int) -> dict[str, Any]:
    return {
        "code": code,
        "target": each.target,
        "valid_from": each.first,
        "valid_to": each.last,
        "source": each.source,
        "score": each.score,
        "made_by": each.made_by,
        "made_at": each.made_at,
        "begun": change_key,
    }


def _mapping(row: Any) -> Mapping:
    period = (row.valid_from, row.valid_to)
    return Mapping(row.target, *period, Source(row.source), row.score, row.made_by, row.made_at)


def _some(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many at once as a statement takes."""
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]
