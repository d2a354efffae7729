"""Use case: takes in from files who serves an outlet, and the manufacturer's prices."""

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Misuse
from gateway.domain.packet import normal_code
from gateway.referencing_erp import Records, day_of, number_of
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub

COLUMNS = {
    "serves": ("outlet", "party", "site", "organization", "from", "to"),
    "prices": ("code", "price", "from", "party", "currency"),
}
REQUIRED = {"serves": ("outlet", "party", "site"), "prices": ("code", "price", "from")}
EVERYBODY = 0


def load_for_orders(hub: "Hub", kind: str, records: Records) -> int:
    """Adds records or puts them in place of those of the same outlet (SKU and party) and first day; how many.

    Of several of one key the last counts. Raises Misuse that names the first wrong line.
    """
    if kind == "serves":
        _serves(hub, records)
    else:
        _prices(hub, records)
    return len(records)


@repeated
def _serves(hub: "Hub", records: Records) -> None:
    with hub.exchange.writing() as connection:
        sites = hub.serving.sites_by_code(connection)
        found = {}
        for number, record in enumerate(records, 2):
            place = sites.get((normal_code(record["party"]), normal_code(record["site"])))
            if place is None:
                raise Misuse(f"line {number}: {record['party']} has no site {record['site']}")
            row: dict[str, Any] = {
                "outlet": normal_code(record["outlet"]),
                "first_date": _day(number, record.get("from", ""), date.min),
                "last_date": _day(number, record.get("to", ""), date.max),
                "party": place[0],
                "site": place[1],
                "organization": record.get("organization", "").strip() or None,
            }
            if row["first_date"] > row["last_date"]:
                raise Misuse(f"line {number}: from is later than to")
            found[row["outlet"], row["first_date"]] = row
        if found:
            hub.serving.put_serves(connection, list(found.values()), hub.clock())


@repeated
def _prices(hub: "Hub", records: Records) -> None:
    with hub.exchange.reading() as connection:
        parties = hub.parties.party_keys(connection)
    with hub.warehouse.writing() as connection:
        skus = hub.erp_lines.sku_keys(connection)
        found = {}
        for number, record in enumerate(records, 2):
            sku, party = skus.get(normal_code(record["code"])), normal_code(record.get("party", ""))
            if sku is None:
                raise Misuse(f"line {number}: there is no SKU {record['code']}")
            if party and party not in parties:
                raise Misuse(f"line {number}: there is no party {party}")
            price = number_of(number, record["price"])
            if price is None or price < 0:
                raise Misuse(f"line {number}: {record['price']} is no price")
            row = {
                "party": parties[party] if party else EVERYBODY,
                "sku": sku,
                "valid_from": day_of(number, record["from"]),
                "price": price,
                "currency": record.get("currency", "").strip() or "RUB",
            }
            found[row["party"], sku, row["valid_from"]] = row
        if found:
            hub.prices.put(connection, list(found.values()), hub.clock())


def _day(number: int, text: str, absent: date) -> date:
    return day_of(number, text) if text.strip() else absent
