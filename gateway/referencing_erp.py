"""Use case: takes in what the ERP says from files: primary sales, transfer orders, plans, groups of SKUs."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Misuse
from gateway.domain.packet import normal_code
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

Records = list[dict[str, str]]
Values = list[dict[str, Any]]
LARGEST = Decimal(10) ** 12
COLUMNS = {
    "primary-sales": ("party", "document", "date", "code", "quantity", "amount"),
    "transfer-orders": ("party", "document", "date", "code", "quantity", "amount", "outlet"),
    "plans": ("party", "group", "from", "to", "quantity", "amount"),
    "groups": ("code", "group"),
}
REQUIRED = {
    "primary-sales": COLUMNS["primary-sales"][:5],
    "transfer-orders": COLUMNS["transfer-orders"][:5],
    "plans": COLUMNS["plans"][:4],
    "groups": COLUMNS["groups"],
}
"""Columns that no line may leave empty."""


@repeated
def load_erp(hub: "Hub", kind: str, records: Records) -> int:
    """Adds records or puts them in place of those of the same document (plan, SKU); how many.

    What they change is marked for reconciliation in the same commit. Raises Misuse that names the first wrong line.
    """
    with hub.exchange.reading() as connection:
        parties = hub.parties.party_keys(connection)
    with hub.warehouse.writing() as connection:
        read = _Reading(parties, hub.erp_lines.sku_keys(connection))
        put(hub, connection, kind, read.records(kind, records), parties.values())
    return len(records)


def put(
    hub: "Hub",
    connection: "Connection",
    kind: str,
    values: Values,
    parties: Iterable[int],
    emptied: Sequence[tuple[int, str]] = (),
) -> None:
    """Puts records, read into columns, in a transaction of the caller's on the warehouse.

    `emptied` names documents (party, number) that have no lines any more.
    """
    changed: dict[int, tuple[date, date] | None]
    if not values and not emptied:
        return
    if kind == "groups":
        hub.erp_lines.put_groups(connection, values)
        changed = dict.fromkeys(parties)
    elif kind == "plans":
        hub.erp_lines.put_plans(connection, values)
        changed = dict.fromkeys(each["party"] for each in values)
    else:
        changed = hub.erp_lines.put_lines(connection, kind.removesuffix("s"), values, emptied)
    today = hub.clock().date()
    for party, days in changed.items():
        hub.touching.note_days(connection, party, *(days or (today, today)))


class _Reading:
    """Texts of a file as values; each line is counted as an editor does, the header being the first."""

    def __init__(self, parties: dict[str, int], skus: dict[str, int]) -> None:
        self._parties = parties
        self._skus = skus

    def records(self, kind: str, records: Records) -> Values:
        if kind == "groups":
            return self._last(records, self._group, ("sku",))
        if kind == "plans":
            return self._last(records, self._plan, ("party", "sku_group", "first_date", "last_date"))
        return [self._line(number, record) for number, record in enumerate(records, 2)]

    def _last(
        self, records: Records, read: Callable[[int, dict[str, str]], dict[str, Any]], key: tuple[str, ...]
    ) -> Values:
        """Of several lines with the same key the last counts."""
        found = [read(number, record) for number, record in enumerate(records, 2)]
        return list({tuple(each[name] for name in key): each for each in found}.values())

    def _line(self, number: int, record: dict[str, str]) -> dict[str, Any]:
        return {
            "party": self._key(number, "party", record["party"], self._parties),
            "document": normal_code(record["document"]),
            "date": day_of(number, record["date"]),
            "outlet": normal_code(record.get("outlet", "")) or None,
            "sku": self._key(number, "SKU", record["code"], self._skus),
            "quantity": number_of(number, record["quantity"]) or Decimal(0),
            "amount": number_of(number, record.get("amount", "")),
        }

    def _plan(self, number: int, record: dict[str, str]) -> dict[str, Any]:
        first, last = day_of(number, record["from"]), day_of(number, record["to"])
        if first > last:
            raise Misuse(f"line {number}: from is later than to")
        return {
            "party": self._key(number, "party", record["party"], self._parties),
            "sku_group": normal_code(record["group"]),
            "first_date": first,
            "last_date": last,
            "quantity": number_of(number, record.get("quantity", "")),
            "amount": number_of(number, record.get("amount", "")),
        }

    def _group(self, number: int, record: dict[str, str]) -> dict[str, Any]:
        return {"sku": self._key(number, "SKU", record["code"], self._skus), "code": normal_code(record["group"])}

    def _key(self, number: int, what: str, code: str, known: dict[str, int]) -> int:
        found = known.get(normal_code(code))
        if found is None:
            raise Misuse(f"line {number}: there is no {what} {code}")
        return found


def day_of(number: int, text: str) -> date:
    """Raises Misuse that names the line."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Misuse(f"line {number}: {text} is not a date like 2026-11-30 or 30.11.2026")


def number_of(number: int, text: str) -> Decimal | None:
    """As Excel writes it: with a comma, and blanks between thousands. Raises Misuse that names the line."""
    plain = "".join(text.split()).replace(",", ".")
    if not plain:
        return None
    try:
        found = Decimal(plain)
        exact = found.is_finite() and abs(found) < LARGEST and found == round(found, 6)
    except InvalidOperation:
        exact = False
    if not exact:
        raise Misuse(f"line {number}: {text} is not a number with at most six decimals")
    return found
