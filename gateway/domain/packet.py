"""A packet's identity, header, window and totals, and the rules between them."""

import dataclasses
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.domain.feed import Feed, Mode
from gateway.domain.problem import Problem

ABSENT_DATE = date(1, 1, 1)
"""1C's empty date: the field is absent (contract, Tolerated)."""

DOCUMENTS_AT_MOST = 1 << 26
"""Of one packet. The largest one has room for fewer."""


def first_document_key(packet: int) -> int:
    """A document's key in the facts is this plus its place in the packet that brought it.

    Nothing has to be asked or reserved for it, and a fact's key tells its packet.
    """
    return packet * DOCUMENTS_AT_MOST


CLAIMS_AT_MOST = 1 << 20
"""Of one packet: claims are counted by their tokens."""


def claim_key(packet: int, token: int) -> int:
    """What a claim brings to staging stands under this key: nobody merges the rows of a claimant he has overtaken."""
    return packet * CLAIMS_AT_MOST + token


@dataclass(frozen=True)
class Stated:
    """What a packet says of itself, as far as it can be read: for people who look at a refused attempt."""

    organization: str | None = None
    created: datetime | None = None
    first_date: date | None = None
    last_date: date | None = None
    mode: str | None = None
    software: str | None = None
    module: str | None = None


@dataclass(frozen=True)
class Header:
    """The attributes of `<packet>`; `created` is aware, in UTC."""

    id: str
    feed: str
    organization: str
    created: datetime
    first_date: date | None
    last_date: date | None
    mode: Mode
    software: str | None = None
    module: str | None = None

    def as_of(self, zone: ZoneInfo) -> date:
        """The day that a snapshot without dates of its own stands for: its last date, else the day of its making."""
        return self.last_date or self.created.astimezone(zone).date()

    @property
    def stated(self) -> Stated:
        return Stated(**{each.name: getattr(self, each.name) for each in dataclasses.fields(Stated)})


@dataclass(frozen=True)
class Totals:
    """Counts and signed sums of a packet; None where the sender's control does not say."""

    documents: int | None = None
    rows: int | None = None
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Survey:
    """What one reading of a packet's content found. `sha256` is over the canonical content (contract, Packets).

    `header` is None where the content could not be read that far; `first_date` and `last_date` are the documents' own,
    `products` the rows of each product code, `identities` and `numbers` those of the documents.
    """

    sha256: str
    size: int
    header: Header | None = None
    control: Totals | None = None
    found: Totals = Totals()
    first_date: date | None = None
    last_date: date | None = None
    problems: tuple[Problem, ...] = ()
    products: Mapping[str, int] = dataclasses.field(default_factory=dict)
    identities: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


def normal_code(code: str) -> str:
    """The one spelling under which codes compare: trimmed, Unicode NFC; case matters (architecture, Decisions)."""
    return unicodedata.normalize("NFC", code.strip())


def in_utc(text: str, zone: ZoneInfo) -> datetime:
    """An `xs:dateTime` as an aware UTC instant; without an offset it is the site's zone.

    Raises ValueError where the calendar or the hub's range (years 1 to 9999) does not hold it.
    """
    moment = datetime.fromisoformat(text.strip())
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def header_problems(header: Header, feed: Feed, packet_id: str, organizations: frozenset[str]) -> list[Problem]:
    """Where the packet's own word contradicts the call, the login or itself. No organisations listed: any will do."""
    found = []
    if header.id != packet_id:
        found.append(Problem("PACKET_ID_DIFFERS", field="id", value=header.id, params={"called": packet_id}))
    if organizations and header.organization not in organizations:
        found.append(Problem("ORGANIZATION_FOREIGN", field="organization", value=header.organization))
    if header.mode is Mode.REPLACE and not (header.first_date and header.last_date):
        found.append(Problem("WINDOW_MISSING", field="from"))
    if header.first_date and header.last_date and header.first_date > header.last_date:
        value = f"{header.first_date} – {header.last_date}"
        found.append(Problem("WINDOW_REVERSED", field="from", value=value))
    return found


def control_problems(control: Totals | None, found: Totals) -> list[Problem]:
    """The sender's control totals against what the packet holds; each difference names both figures."""
    if control is None:
        return [Problem("CONTROL_MISSING", field="control")]
    differences = []
    for name in ("documents", "rows", "quantity", "amount"):
        said, held = getattr(control, name), getattr(found, name)
        if said is not None and said != (held or 0):
            params = {"said": _plain(said), "held": _plain(held or 0)}
            differences.append(Problem("CONTROL_DIFFERS", field=f"control/{name}", value=_plain(said), params=params))
    return differences


def _plain(number: Decimal | int) -> str:
    """A number without exponent or trailing zeros, as a sender would write it."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
