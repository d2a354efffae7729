"""Balances, by pandas: opening level + what changed it = closing level, from each snapshot to the next.

Frames hold whole millionths and ordinals of days, both int64: sums are exact. What is no whole millionth stands beside.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from gateway.domain.reconciliation import millionths

NUMBERS = ("warehouse", "item", "outlet", "on", "value", "since", "day")


def frame(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Rows of the store as a frame: dates as ordinals, figures as millionths, an absent key as 0.

    `rest` is what a `value` lacks that is no whole millionth, as 10 litres of a keg of 30.
    """
    found = pd.DataFrame([[_plain(name, each) for name, each in zip(columns, row, strict=True)] for row in rows])
    found = found if len(found.columns) else pd.DataFrame({name: [] for name in range(len(columns))})
    found.columns = pd.Index(columns)
    if "value" in found:
        exact = found["value"]
        found["value"] = exact.map(round)
        found["rest"] = (exact - found["value"]).astype("float64")
    return found.astype({name: "int64" if name in NUMBERS else "object" for name in columns})


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.toordinal()
    if name == "value":
        return millionths(value or Decimal(0))
    if name == "currency":
        return value or "RUB"
    return value or 0 if name in NUMBERS else value


def balances(
    levels: pd.DataFrame, changes: pd.DataFrame, spans: pd.DataFrame, by: list[str], item: list[str]
) -> pd.DataFrame:
    """`opening`, `expected` and `actual` of every item in every span, with `since` and `day`.

    `rest` is what the gap lacks that is no whole millionth: rounded last, or nothing would ever balance in thirds.

    `levels` and `changes` hold `by`, `item`, `on` and `value`; `spans` hold `by`, `since` and `day`. What changes on
    the day of a snapshot counts before it: a snapshot is the level at the end of its day.
    """
    opening = levels.merge(spans, left_on=[*by, "on"], right_on=[*by, "since"])
    closing = levels.merge(spans, left_on=[*by, "on"], right_on=[*by, "day"])
    within = _within(changes, spans, by)
    parts = [
        opening.assign(opening=opening["value"], expected=opening["value"], actual=0, rest=-opening["rest"]),
        within.assign(opening=0, actual=0, rest=-within["rest"]).rename(columns={"value": "expected"}),
        closing.assign(opening=0, expected=0, actual=closing["value"]),
    ]
    figures, keys = ["opening", "expected", "actual", "rest"], [*by, *item, "since", "day"]
    together = pd.concat([part[[*keys, *figures]] for part in parts], ignore_index=True)
    return together.groupby(keys, as_index=False, sort=True)[figures].sum()


def _within(changes: pd.DataFrame, spans: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Each change with the span that it falls into; those between no two snapshots are left out."""
    if changes.empty or spans.empty:
        return changes.head(0).assign(since=0, day=0)
    found = pd.merge_asof(
        changes.sort_values("on"),
        spans.sort_values("day"),
        left_on="on",
        right_on="day",
        by=by,
        direction="forward",
    )
    found = found[found["since"] < found["on"]]
    return found.astype({"since": "int64", "day": "int64"})


def placed(changes: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Changes of documents that name no warehouse go to the only one that has snapshots around their day, if it is."""
    unplaced = changes[changes["warehouse"] == 0]
    if unplaced.empty or spans.empty:
        return changes
    around = unplaced.drop(columns="warehouse").reset_index(names="change").merge(spans, on="organization")
    around = around[(around["since"] < around["on"]) & (around["on"] <= around["day"])]
    only = around.groupby("change")["warehouse"].agg(["nunique", "first"])
    only = only.loc[only["nunique"] == 1, "first"]
    found = changes.copy()
    found.loc[only.index, "warehouse"] = only
    return found


def compared(expected: pd.DataFrame, actual: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Two sums over the same keys side by side; what one of them lacks is 0 there."""
    parts = [
        expected.assign(actual=0).rename(columns={"value": "expected"}),
        actual.assign(expected=0).rename(columns={"value": "actual"}),
    ]
    together = pd.concat([part[[*keys, "expected", "actual"]] for part in parts], ignore_index=True)
    return together.groupby(keys, as_index=False, sort=True)[["expected", "actual"]].sum()
