"""Baseline: the least that spyne and SQLite can do with a small packet. One durable INSERT, then the same answer.

The same request and the same Acceptance as ours, behind the same HTTP server; no login, no reading of the packet.
Runs in a child: `python -m bench.bare_service FILE`.
"""

import sqlite3
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from bench.serving import quiet_spyne, serve, wsgi_in_threads
from gateway.soap import compat as compat  # before any import of spyne

# isort: split
from spyne import Application, Service, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

from gateway.soap.front_door import NAMESPACE
from gateway.soap.records import Acceptance, OptionalFlag, RequiredBytes, RequiredText

_SHA256 = "0" * 64


def service(file: str) -> Any:
    """The service class, which keeps packets in the SQLite file."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE packet (id TEXT, feed TEXT, received_at TEXT, content BLOB)")
    one_at_a_time = threading.Lock()

    class Bare(Service):  # type: ignore[misc]
        @rpc(RequiredText, RequiredText, RequiredBytes, OptionalFlag, OptionalFlag, _returns=Acceptance)
        def SendPacket(ctx, feed, packetId, content, dryRun, confirm):  # type: ignore[no-untyped-def]
            now = datetime.now(UTC)
            row = (packetId, feed, now.isoformat(), b"".join(content))
            with one_at_a_time:
                connection.execute("INSERT INTO packet VALUES (?, ?, ?, ?)", row)
            counts = {"documents": 10, "rows": 100, "problemsTotal": 0}
            return Acceptance(
                packetId=packetId, feed=feed, status="accepted", receivedAt=now, sha256=_SHA256, problems=[], **counts
            )

    return Bare


def main(file: str) -> None:
    quiet_spyne()
    protocol = Soap11(validator="soft", huge_tree=True)
    application = Application([service(file)], NAMESPACE, in_protocol=protocol, out_protocol=Soap11())
    serve(wsgi_in_threads(WsgiApplication(application, max_content_length=1 << 25)))


if __name__ == "__main__":
    main(*sys.argv[1:])
