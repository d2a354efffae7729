"""A prepared statement says the same whether SQLite's driver gets it or SQLAlchemy."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select

from connectors.database.prepared import Prepared, insertion
from connectors.database.tables import attempt, party, work
from tests.hubs import hub_in

pytestmark = pytest.mark.sqlite
NOW = datetime(2026, 11, 20, 1, 2, 3, 4, UTC)
ATTEMPT = dict.fromkeys(each.name for each in attempt.columns) | {
    "site": 1,
    "packet_id": "п-1",
    "feed": "stock",
    "status": "accepted",
    "received_at": NOW,
    "documents": 1,
    "rows": 2,
    "problems_total": 0,
    "acceptance": "{}",
    "first_date": date(2026, 11, 1),
}
ASKED = Prepared(
    select(attempt)
    .where(
        attempt.c.received_at <= bindparam("now"),
        attempt.c.first_date == bindparam("first"),
        attempt.c.status.in_(["accepted", "held"]),
    )
    .limit(5)
)
MARKED = Prepared(select(work.c.failed, work.c.due_at).where(work.c.failed == bindparam("failed")))


def test_what_is_written_and_read_past_sqlalchemy_is_what_it_writes_and_reads(tmp_path: Path) -> None:
    values = {"now": NOW, "first": date(2026, 11, 1), "more": "than it asks for"}
    with hub_in(tmp_path) as hub, hub.exchange.writing() as connection:
        key = insertion(attempt).key(connection, ATTEMPT)
        connection.execute(attempt.insert(), ATTEMPT | {"key": key + 1})
        expected = connection.execute(ASKED.statement, values).all()
        assert [tuple(row) for row in ASKED.rows(connection, values)] == [tuple(row) for row in expected]
        assert [row[1:] for row in expected] == [expected[0][1:]] * 2
        assert ASKED.rows(connection, values)[0].received_at == NOW
        assert ASKED.first(connection, values | {"first": date(2026, 11, 2)}) is None
        assert (ASKED.value(connection, values), MARKED.value(connection, {"failed": True})) == (key, None)


def test_many_are_written_at_once_and_none_is_fine(tmp_path: Path) -> None:
    added = insertion(party)
    named = [{"code": code, "name": "Волга", "language": "ru"} for code in "AB"]
    with hub_in(tmp_path) as hub, hub.exchange.writing() as connection:
        added.many(connection, named)
        added.many(connection, [])
        assert [row.code for row in Prepared(select(party)).rows(connection, {})] == ["A", "B"]
