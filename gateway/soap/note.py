"""What the audit journal will say of a request, filled in on the way through."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.audit import Entry

WSDL = "WSDL"
"""Stands for a fetched contract."""
UNKNOWN = "unknown"
"""The operation of a request that did not come so far as to name one."""


@dataclass(slots=True)
class Note:
    """Of one request; its outcome stays `Aborted` where it ended without an answer."""

    at: datetime
    address: str
    operation: str = UNKNOWN
    outcome: str = "Aborted"
    login: str | None = None
    site: int | None = None
    packet_id: str | None = None
    bytes: int = 0

    def entry(self, milliseconds: int) -> Entry:
        """As the journal keeps it. What callers write has no bounds, its columns have."""
        return Entry(
            at=self.at,
            address=clipped(self.address, 64),
            operation=clipped(self.operation, 60),
            outcome=clipped(self.outcome, 60),
            login=None if self.login is None else clipped(self.login, 200),
            site=self.site,
            packet_id=None if self.packet_id is None else clipped(self.packet_id, 100),
            milliseconds=milliseconds,
            bytes=self.bytes,
        )

    def counted(self, operations: frozenset[str]) -> tuple[str, str]:
        """Operation and outcome as figures keep them apart: no word that a caller made up, no error's reference."""
        operation = self.operation if self.operation in (*operations, WSDL) else UNKNOWN
        return operation, self.outcome.partition(" ")[0]


def clipped(text: str, length: int) -> str:
    """At most so many UTF-16 units, which is what MS SQL counts."""
    if len(text) * 2 <= length:
        return text
    return text.encode("utf-16-le", "replace")[: length * 2].decode("utf-16-le", "ignore")
