"""Who serves an outlet, from when on; and what is agreed about orders of a party or an outlet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from connectors.database.order_tables import order_head, order_policy, serves
from connectors.database.tables import party, site
from gateway.domain.credit import Action, OrderPolicy, Shortage
from gateway.domain.order import State


def put_serves(connection: Connection, records: list[dict[str, Any]], now: datetime) -> None:
    """Puts records in place of those of the same outlet and first day; held orders are looked at again."""
    same = (serves.c.outlet == bindparam("its_outlet"), serves.c.first_date == bindparam("its_first"))
    named = [{"its_outlet": each["outlet"], "its_first": each["first_date"]} for each in records]
    connection.execute(delete(serves).where(*same), named)
    connection.execute(insert(serves), records)
    look_again(connection, now)


def look_again(connection: Connection, now: datetime) -> None:
    """Something that held orders wait for may have come."""
    connection.execute(update(order_head).where(order_head.c.state == State.HELD).values(look_at=now))


def sites_by_code(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """Codes of party and site → their keys."""
    source = site.join(party, party.c.key == site.c.party)
    columns = (party.c.code.label("party_code"), site.c.code, site.c.party, site.c.key)
    found = connection.execute(select(*columns).select_from(source))
    return {(row.party_code, row.code): (row.party, row.key) for row in found}


def agree(connection: Connection, party_key: int, outlet: str, policy: OrderPolicy, now: datetime) -> None:
    """What holds for a party's orders, or for those of one outlet; held orders are looked at again."""
    mine = (order_policy.c.party == party_key, order_policy.c.outlet == outlet)
    connection.execute(delete(order_policy).where(*mine))
    connection.execute(insert(order_policy), {"party": party_key, "outlet": outlet, **vars(policy)})
    look_again(connection, now)


def policies(connection: Connection, parties: Sequence[int]) -> dict[tuple[int, str], OrderPolicy]:
    """By party and outlet; an empty outlet stands for all that have none of their own."""
    found = connection.execute(select(order_policy).where(order_policy.c.party.in_(parties)))
    return {(row.party, row.outlet): _policy(row) for row in found}


def _policy(row: Any) -> OrderPolicy:
    values = {name: row._mapping[name] for name in OrderPolicy.__dataclass_fields__}
    kinds = {"credit": Action(row.credit), "stale": Action(row.stale), "stock": Shortage(row.stock)}
    return OrderPolicy(**values | kinds)
