"""Findings of reconciliation as incidents follow them: of whom they may have changed, and which stand.

Findings and incidents lie in two stores without a common commit: a mark is written with the findings, and deleted
when the incidents have followed. Following again changes nothing.
"""

import json
from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from connectors.database.reconciliation_tables import finding, judged
from gateway.domain.incident import Subject

Standing = dict[tuple[str, Subject], tuple[date, dict[str, str]]]
"""Code and subject → day and params of the newest finding."""


def note(connection: Connection, party: int) -> None:
    connection.execute(insert(judged).values(party=party))


def next_judged(connection: Connection) -> tuple[int, list[int]] | None:
    """The party that was judged longest ago, and its marks."""
    party = connection.scalar(select(judged.c.party).order_by(judged.c.key).limit(1))
    if party is None:
        return None
    return party, list(connection.scalars(select(judged.c.key).where(judged.c.party == party)))


def forget(connection: Connection, marks: Collection[int]) -> None:
    for mark in marks:
        connection.execute(delete(judged).where(judged.c.key == mark))


def standing(connection: Connection, party: int, since: date) -> Standing:
    """What is found of a party, from a day on."""
    mine = (finding.c.party == party, finding.c.day >= since)
    found: Standing = {}
    for each in connection.execute(select(finding).where(*mine).order_by(finding.c.day, finding.c.key)):
        found[each.code, Subject(party, each.site, each.feed or None)] = (each.day, json.loads(each.params))
    return found
