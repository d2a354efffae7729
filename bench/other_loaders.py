"""100,000 stored lines into a database: our loading, against a dlt pipeline and against pandas.

Neither of these validates, translates codes or knows what a packet replaces.
"""

import io
import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd
from lxml import etree

from bench import hubs
from bench.figures import Figure, Floor, Plan, compared, seconds
from bench.loading import Stored
from bench.shipments import NAMESPACE, packet, shipments

LINES = 100_000
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
_LINE, _DOCUMENT = f"{{{NAMESPACE}}}line", f"{{{NAMESPACE}}}shipment"


def run(plan: Plan) -> list[Figure]:
    lines = plan.size(LINES)
    content = packet("other", 1900, shipments(lines, 1900))
    with hubs.hub_in(plan.folder / "hub") as hub:
        stored = Stored(hub)
        stored.loaded(1900, 100)
        dlt = compared(lambda run: stored.loaded(1901 + run, lines), partial(_dlt, plan, content), plan.pairs)
        pandas = compared(lambda run: stored.loaded(1951 + run, lines), partial(_pandas, plan, content), plan.pairs)
    return [
        Figure("times faster than a dlt pipeline", 1 / dlt.ratio, "×", Floor("≥", 20)),
        Figure("times faster than pandas.read_xml + to_sql", 1 / pandas.ratio, "×", Floor("≥", 4)),
        Figure("loading", pandas.ours, "s"),
        Figure("dlt", dlt.theirs, "s"),
        Figure("pandas", pandas.theirs, "s"),
    ]


def _pandas(plan: Plan, content: bytes, run: int) -> float:
    """Lines alone: read_xml would need a second reading and a join for their documents."""

    def load() -> None:
        frame = pd.read_xml(io.BytesIO(content), xpath="//p:line", namespaces={"p": NAMESPACE})
        connection = sqlite3.connect(plan.folder / f"pandas-{run}.db")
        frame.to_sql("line", connection, index=False)
        connection.commit()
        connection.close()

    return seconds(load)


def _dlt(plan: Plan, content: bytes, run: int) -> float:
    """Documents with their lines nested, which dlt makes two tables of, as ours are: its ordinary way."""
    import dlt  # it takes seconds to import, and nobody else needs it

    file = plan.folder / f"dlt-{run}.db"
    destination = dlt.destinations.sqlalchemy(f"sqlite:///{file}")
    pipeline = dlt.pipeline(
        f"bench{run}", pipelines_dir=str(plan.folder / "dlt"), destination=destination, dataset_name="main"
    )
    took = seconds(lambda: pipeline.run(_documents(content), table_name="shipment"))
    with sqlite3.connect(file) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM shipment__lines").fetchone()
    if rows != content.count(b"<line "):
        raise RuntimeError(f"dlt loaded {rows} rows")
    return took


def _documents(content: bytes) -> Iterator[dict[str, Any]]:
    for _, element in etree.iterparse(io.BytesIO(content), tag=_DOCUMENT):
        yield {**element.attrib, "lines": [dict(line.attrib) for line in element.iterchildren(_LINE)]}
        element.clear()
