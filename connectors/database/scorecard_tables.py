"""Scorecards in schema `warehouse`, where analysts read them; in `exchange`, which of them changed."""

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table

from connectors.database.facts import WAREHOUSE
from connectors.database.tables import EXCHANGE, metadata
from connectors.database.types import Code, Exact, Instant, Key, Name

_WIDE = ("minutes_late", "rows_loaded", "rows_unmapped", "rows_quarantined", "minutes_open")
_COUNTS = (
    *("slots", "met", "in_time", "bad", "excused", "minutes_late", "packets", "rejected"),
    *("rows_loaded", "rows_unmapped", "rows_quarantined", "incidents", "reacted", "ended", "minutes_open"),
)

score_mark = Table(
    "score_mark",
    metadata,
    Column("key", Key, primary_key=True),
    Column("party", Key, nullable=False),
    Column("month", Date, nullable=False),
    schema=EXCHANGE,
    comment="scorecards that changed: written with the change, deleted when it is counted",
)

scorecard = Table(
    "scorecard",
    metadata,
    Column("party", Key, primary_key=True, autoincrement=False),
    Column("month", Date, primary_key=True, comment="its first day"),
    Column("feed", Code(), primary_key=True, comment="* for all together"),
    Column("party_code", Code(), nullable=False),
    Column("party_name", Name(200), nullable=False),
    *(Column(name, BigInteger if name in _WIDE else Integer, nullable=False) for name in _COUNTS),
    *(Column(name, Exact, comment="percent") for name in ("timeliness", "completeness", "quality", "reaction")),
    Column("rating", Exact),
    Column("grade", String(1), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("look_at", Instant, index=True, comment="when time itself changes it"),
    schema=WAREHOUSE,
)
