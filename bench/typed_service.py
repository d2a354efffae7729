"""Baseline: what one writes with spyne alone. Typed records as the parameter, `executemany` before the answer.

It answers once its lines stand in SQLite (WAL, synchronous=FULL). It knows no crosswalk, no receipt, no window.
Runs in a child: `python -m bench.typed_service FILE [soft|lxml]`.
"""

import sqlite3
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from bench.serving import quiet_spyne, serve, wsgi_in_threads
from bench.typed_sender import NAMESPACE
from gateway.soap import compat as compat  # before any import of spyne

# isort: split
from spyne import Application, Array, ComplexModel, Date, Decimal, Integer, Service, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

LARGEST = 1 << 30
_TABLE = (
    "CREATE TABLE line (packet TEXT, id TEXT, number TEXT, date TEXT, kind TEXT, outlet TEXT, warehouse TEXT,"
    " n INTEGER, product TEXT, unit TEXT, quantity TEXT, price TEXT, amount TEXT, vat_rate TEXT)"
)
_INSERT = "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Line(ComplexModel):  # type: ignore[misc]
    """As a distributor's line."""

    __namespace__ = NAMESPACE
    n = Integer(min_occurs=1, nillable=False)
    product = Unicode(100, min_occurs=1, nillable=False)
    unit = Unicode(100)
    quantity = Decimal
    price = Decimal
    amount = Decimal(min_occurs=1, nillable=False)
    vatRate = Decimal


class Document(ComplexModel):  # type: ignore[misc]
    __namespace__ = NAMESPACE
    id = Unicode(100, min_occurs=1, nillable=False)
    number = Unicode(100, min_occurs=1, nillable=False)
    date = Date(min_occurs=1, nillable=False)
    kind = Unicode(values=["sale", "return", "correction"])
    outlet = Unicode(100)
    warehouse = Unicode(100)
    lines = Array(Line)


def _rows(packet_id: str, documents: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for each in documents:
        head = (packet_id, each.id, each.number, each.date.isoformat(), each.kind, each.outlet, each.warehouse)
        for line in each.lines:
            numbers = (str(line.quantity), str(line.price), str(line.amount), str(line.vatRate))
            yield (*head, line.n, line.product, line.unit, *numbers)


def service(file: str) -> Any:
    """The service class, which inserts into the SQLite file."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(_TABLE)

    class Typed(Service):  # type: ignore[misc]
        @rpc(Unicode, Array(Document), _returns=Integer)
        def SendShipments(ctx, packetId, shipments):  # type: ignore[no-untyped-def]
            connection.execute("BEGIN")
            stored = connection.executemany(_INSERT, _rows(packetId, shipments)).rowcount
            connection.execute("COMMIT")
            return stored

    return Typed


def main(file: str, validator: str = "soft") -> None:
    quiet_spyne()
    protocol = Soap11(validator=validator, huge_tree=True)
    application = Application([service(file)], NAMESPACE, in_protocol=protocol, out_protocol=Soap11())
    serve(wsgi_in_threads(WsgiApplication(application, max_content_length=LARGEST, block_length=1 << 20)))


if __name__ == "__main__":
    main(*sys.argv[1:])
