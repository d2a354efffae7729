"""Slots, and the loaded packets that they have not been held against yet."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from connectors.database import scorecards
from connectors.database.engine import new_key
from connectors.database.facts import coverage
from connectors.database.regulation_tables import excuse, slot, unjudged
from connectors.database.tables import attempt, packet, problem, site, work
from gateway.domain.clause import ANY
from gateway.domain.delivery import LOOK_BACK, Coverage, Delivery, Slot, SlotState
from gateway.domain.feed import Mode
from gateway.domain.quality import WEEKS
from gateway.domain.receipt import State

_LOADED = (State.LOADED, State.LOADED_WITH_PROBLEMS)
"""Of those superseded, some were never loaded; what came after them covers the same."""
_UNMET = (SlotState.LATE, SlotState.MISSING)
_CHANGED = update(slot).where(slot.c.key == bindparam("of"))
_OF_KEY = select(slot).where(slot.c.key == bindparam("of"))
_KIND = (slot.c.site == bindparam("site"), slot.c.feed == bindparam("feed"), slot.c.warehouse == bindparam("warehouse"))
_OVERDUE = select(slot).where(
    *_KIND, slot.c.expected_at >= bindparam("since"), slot.c.met_at.is_(None), slot.c.state.in_(_UNMET)
)
_SENT_ON = select(packet.c.rows, packet.c.documents, packet.c.first_date, packet.c.last_date).where(
    packet.c.site == bindparam("site"),
    packet.c.feed == bindparam("feed"),
    packet.c.received_at.between(bindparam("since"), bindparam("upto")),  # what the index is walked by
    or_(
        *(
            and_(packet.c.received_at >= bindparam(f"begin_{week}"), packet.c.received_at < bindparam(f"end_{week}"))
            for week in range(WEEKS)
        )
    ),
    packet.c.state.in_(_LOADED),
    packet.c.mode != Mode.MERGE.value,
    packet.c.historic.is_(None),
)
_JUDGED = delete(unjudged).where(unjudged.c.packet == bindparam("of"))
_BETTER = (
    slot.c.met_at.is_(None),
    slot.c.bad,
    slot.c.met_at > bindparam("received_at"),
    slot.c.packet == bindparam("packet"),
)
_OPEN = (
    slot.c.site == bindparam("site"),
    slot.c.feed == bindparam("feed"),
    slot.c.opens_at <= bindparam("received_at"),
)
_COVERED = select(slot).where(
    *_OPEN,
    slot.c.warehouse == bindparam("warehouse"),
    slot.c.day.between(bindparam("first"), bindparam("last")),
    or_(*_BETTER),
)
NEVER_CONTROLLED = "CONTROL_MISSING"


def to_look_at(connection: Connection, upto: datetime, limit: int) -> list[tuple[datetime, int]]:
    """(instant, slot) of the slots that time changes, in the order of these instants."""
    due = select(slot.c.look_at, slot.c.key).where(slot.c.look_at <= upto).order_by(slot.c.look_at, slot.c.key)
    return [(row.look_at, row.key) for row in connection.execute(due.limit(limit))]


def slot_of(connection: Connection, key: int) -> Slot:
    return _slot(connection.execute(_OF_KEY, {"of": key}).one())


def put(connection: Connection, changed: Slot) -> Slot:
    """Adds the slot, or changes it where it has a key."""
    values = {name: value for name, value in vars(changed).items() if name != "key"}
    if changed.state is not SlotState.EXPECTED:
        scorecards.note(connection, changed.party, changed.day)
    if changed.key:
        connection.execute(_CHANGED, values | {"of": changed.key})
        return changed
    return Slot(**values, key=new_key(connection.execute(insert(slot), values)))


def newest(connection: Connection, site_key: int, feed: str, warehouse: str) -> Slot | None:
    """The last slot of its kind."""
    kind = _kind(site_key, feed, warehouse)
    found = connection.execute(select(slot).where(*kind).order_by(slot.c.expected_at.desc()).limit(1)).one_or_none()
    return _slot(found) if found else None


def withdraw(connection: Connection, site_key: int, feed: str, warehouse: str, due_after: datetime) -> None:
    """Nothing is asked for any more that was to come after an instant."""
    connection.execute(delete(slot).where(*_kind(site_key, feed, warehouse), slot.c.due_at > due_after))


def kinds(connection: Connection, site_key: int, feed: str) -> list[str]:
    """The warehouses of a feed's slots."""
    mine = (slot.c.site == site_key, slot.c.feed == feed)
    return list(connection.scalars(select(slot.c.warehouse).where(*mine).distinct()))


def covered_by(connection: Connection, given: Delivery, told: Iterable[Coverage]) -> list[Slot]:
    """Slots that a packet may meet, or meet better than another did; the oldest first."""
    its = {"site": given.site, "feed": given.feed, "received_at": given.received_at, "packet": given.packet}
    found = (row for each in told for row in connection.execute(_COVERED, its | vars(each)))
    return sorted(map(_slot, found), key=lambda each: (each.expected_at, each.key))


def overdue(connection: Connection, like: Slot) -> list[Slot]:
    """Slots of the same kind that are late or missing, as far back as they count."""
    kind = {"site": like.site, "feed": like.feed, "warehouse": like.warehouse}
    return [_slot(row) for row in connection.execute(_OVERDUE, kind | {"since": like.expected_at - LOOK_BACK})]


def of_days(connection: Connection, site_key: int, feed: str, first: date, last: date) -> list[Slot]:
    """Slots of a site and a feed (or any) that tell of the days."""
    mine = [slot.c.site == site_key, slot.c.day.between(first, last), *([slot.c.feed == feed] if feed != ANY else [])]
    return [
        _slot(row) for row in connection.execute(select(slot).where(*mine).order_by(slot.c.expected_at, slot.c.key))
    ]


def next_due(connection: Connection, site_key: int, now: datetime) -> dict[str, datetime]:
    """When each feed is due next, of what has not come yet."""
    waits = (slot.c.site == site_key, slot.c.due_at >= now, slot.c.state == SlotState.EXPECTED)
    columns = (slot.c.feed, func.min(slot.c.due_at).label("due"))
    return {row.feed: row.due for row in connection.execute(select(*columns).where(*waits).group_by(slot.c.feed))}


def unjudged_packets(connection: Connection, upto: datetime, limit: int) -> list[Delivery]:
    """What was loaded by then and not judged yet, in the order of loading."""
    columns = (unjudged.c.accepted_at, unjudged.c.loaded_at, unjudged.c.again)
    source = packet.join(unjudged, unjudged.c.packet == packet.c.key).join(site, site.c.key == packet.c.site)
    order = (unjudged.c.loaded_at, unjudged.c.packet)
    mine = _deliveries(*columns).select_from(source).where(unjudged.c.loaded_at <= upto)
    found = connection.execute(mine.order_by(*order).limit(limit))
    return [_delivery(row) for row in found]


def judged(connection: Connection, key: int) -> bool:
    """Takes the packet off the list; False where somebody else has."""
    return connection.execute(_JUDGED, {"of": key}).rowcount == 1


def judge_again(connection: Connection, site_key: int, feed: str, since: datetime) -> None:
    """Packets of a feed that are loaded and were received since are judged by the slots as they are now."""
    there = exists().where(unjudged.c.packet == packet.c.key)
    columns = (packet.c.key, packet.c.site, packet.c.feed, attempt.c.received_at, packet.c.changed_at)
    again = select(*columns, literal(1, unjudged.c.again.type)).join(attempt, attempt.c.key == packet.c.attempt)
    mine = (packet.c.site == site_key, packet.c.feed == feed, packet.c.received_at >= since)
    chosen = again.where(*mine, packet.c.state.in_(_LOADED), ~there)
    connection.execute(insert(unjudged).from_select([column.name for column in unjudged.columns], chosen))


def pending(connection: Connection, site_key: int, feed: str, accepted_by: datetime) -> tuple[bool, datetime | None]:
    """Whether a packet accepted in time is still to be loaded; and when the last one was that is still to be judged."""
    mine = (work.c.site == site_key, work.c.feed == feed, ~work.c.failed, attempt.c.received_at <= accepted_by)
    source = work.join(packet, packet.c.key == work.c.packet).join(attempt, attempt.c.key == packet.c.attempt)
    loading = connection.execute(select(work.c.packet).select_from(source).where(*mine).limit(1)).first()
    told = (unjudged.c.site == site_key, unjudged.c.feed == feed, unjudged.c.accepted_at <= accepted_by)
    return loading is not None, connection.scalar(select(func.max(unjudged.c.loaded_at)).where(*told))


def received(connection: Connection, site_key: int, since: datetime, upto: datetime) -> list[Delivery]:
    """All loaded packets of a site that were received in between."""
    columns = (attempt.c.received_at.label("accepted_at"), packet.c.changed_at.label("loaded_at"))
    statement = _deliveries(*columns, literal(0, unjudged.c.again.type).label("again"))
    source = packet.join(site, site.c.key == packet.c.site).join(attempt, attempt.c.key == packet.c.attempt)
    mine = (packet.c.site == site_key, packet.c.received_at.between(since, upto), packet.c.state.in_(_LOADED))
    return [_delivery(row) for row in connection.execute(statement.select_from(source).where(*mine))]


def sent_on(
    connection: Connection, site_key: int, feed: str, days: Sequence[tuple[datetime, datetime]]
) -> list[tuple[int, date | None, date | None]]:
    """Size, first and last day of a feed's loaded packets that tell all of their days.

    They were received on one of the days that are given: as many as `WEEKS`.
    """
    given: dict[str, Any] = {"site": site_key, "feed": feed, "since": min(days)[0], "upto": max(days)[1]}
    for week, (begin, end) in enumerate(days):
        given |= {f"begin_{week}": begin, f"end_{week}": end}
    return [(row.rows or row.documents, row.first_date, row.last_date) for row in connection.execute(_SENT_ON, given)]


def stock_coverage(connection: Connection, packets: Sequence[int]) -> dict[int, tuple[Coverage, ...]]:
    """The warehouses that packets of stock have listed, each with its days; read from the warehouse."""
    found: dict[int, tuple[Coverage, ...]] = {}
    for key in packets:
        rows = connection.execute(select(coverage).where(coverage.c.packet == key))
        found[key] = tuple(Coverage(row.first_date, row.last_date, row.warehouse) for row in rows)
    return found


def excuse_for(connection: Connection, given: Slot) -> int | None:
    """The excuse that a slot has, if any."""
    days = (excuse.c.first_date <= given.day, excuse.c.last_date >= given.day, excuse.c.ended_at.is_(None))
    whose = (excuse.c.party == given.party, or_(excuse.c.site.is_(None), excuse.c.site == given.site))
    mine = select(func.min(excuse.c.key)).where(*whose, *days, excuse.c.feed.in_((ANY, given.feed)))
    key: int | None = connection.scalar(mine)
    return key


def add_excuse(connection: Connection, values: dict[str, Any]) -> int:
    return new_key(connection.execute(insert(excuse).values(values)))


def end_excuse(connection: Connection, key: int, by: str, now: datetime) -> Row[Any] | None:
    """Takes an excuse back; None where there is none that holds."""
    mine = (excuse.c.key == key, excuse.c.ended_at.is_(None))
    found = connection.execute(select(excuse).where(*mine)).one_or_none()
    connection.execute(update(excuse).where(*mine).values(ended_at=now, ended_by=by))
    return found


def excuses(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(select(excuse).where(excuse.c.ended_at.is_(None)).order_by(excuse.c.key)).all()


def _kind(site_key: int, feed: str, warehouse: str) -> tuple[Any, ...]:
    return slot.c.site == site_key, slot.c.feed == feed, slot.c.warehouse == warehouse


def _deliveries(*columns: Any) -> Select[Any]:
    no_control = (problem.c.attempt == packet.c.attempt, problem.c.code == NEVER_CONTROLLED)
    uncontrolled = select(func.count()).select_from(problem).where(*no_control).correlate(packet).scalar_subquery()
    return select(packet, site.c.party, uncontrolled.label("uncontrolled"), *columns)


_SAME = ("packet_id", "party", "site", "feed", "mode", "created", "received_at", "accepted_at", "loaded_at")
_COUNTS = ("documents", "rows", "rows_loaded", "rows_unmapped", "rows_quarantined")


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: getattr(row, name) for name in (*_SAME, *_COUNTS)}
    days = {"first": row.first_date, "last": row.last_date}
    return Delivery(
        row.key, **values, **days, controlled=not row.uncontrolled, again=bool(row.again), historic=bool(row.historic)
    )


def _slot(row: Row[Any]) -> Slot:
    values = {name: row._mapping[name] for name in Slot.__dataclass_fields__}
    return Slot(**values | {"state": SlotState(row.state), "bad": bool(row.bad), "followed": bool(row.followed)})
