"""The part of the whole flow that is about the crosswalk: every statement of it, at least once."""

from datetime import date
from fractions import Fraction

from gateway.domain.crosswalk import UnitWish
from gateway.domain.feed import Register
from gateway.domain.feeds import SHIPMENTS
from gateway.mapping import map_codes, undo
from gateway.referencing import load_reference
from gateway.suggesting import accept, reject, suggest, waiting
from tests.integration.exchange import Site
from tests.integration.mapped import wished
from tests.packets import element, line, packet, shipment, shipments

HALF_YEAR = (date(2026, 7, 1), date(2026, 12, 31))
DOZEN = Fraction(12)


def run(volga: Site) -> None:
    """Maps by dates, loads, tells units, suggests, accepts, rejects, undoes, and looks at all of it."""
    ours = [{"code": code, "name": name, "unit": "шт"} for code, name in (("A-1", "Сок 1 л"), ("A-2", "Квас 1 л"))]
    load_reference(volga.hub, Register.PRODUCT, ours)
    for wish in (
        wished(volga, "CASE", "A-1"),
        wished(volga, "CASE", "000777", *HALF_YEAR),
        wished(volga, "TT-1", "000777", *HALF_YEAR, Register.OUTLET),
    ):
        assert map_codes(volga.hub, "map", "ann", [wish])
    units = [UnitWish("кор", DOZEN, volga.sender.party, "CASE"), UnitWish("кор", DOZEN, sku="A-1")]
    assert map_codes(volga.hub, "unit", "ann", [], units)
    _load(volga)
    _decide(volga)
    unmapped = map_codes(volga.hub, "unmap", "ann", [wished(volga, "CASE", None)])
    assert unmapped
    undo(volga.hub, unmapped.key, "ann")
    _look(volga)


def _load(volga: Site) -> None:
    lines = [line(n, product=code, unit="кор") for n, code in enumerate(("CASE", "RAW", "SOUR", "000123"), 1)]
    goods = [element("product", code=code, name=name) for code, name in (("RAW", "сок, 1 л"), ("SOUR", "КВАС 1 л"))]
    dated = shipments("cw-1", shipment("CW-1", *lines), mode="merge", created="2026-11-25T00:00:00")
    volga.load(dated, packet("products", *goods).replace(b'id="p-1"', b'id="goods"'))


def _decide(volga: Site) -> None:
    hub, party = volga.hub, volga.sender.party
    suggest(hub, party)
    suggest(hub)
    with hub.warehouse.reading() as connection:
        assert waiting(hub, connection, None)
    assert accept(hub, party, "RAW", None, "ann")
    reject(hub, party, "SOUR", "A-2", "ann")


def _look(volga: Site) -> None:
    hub, party = volga.hub, volga.sender.party
    with hub.warehouse.reading() as connection:
        reference = [each["key"] for each in hub.mappings.changes(connection, 100) if each["kind"] == "reference"]
        assert hub.units.quantities(connection, SHIPMENTS, party, *HALF_YEAR)
        assert hub.units.crosswalk_of(connection, party).to_ours("CASE", DOZEN, "кор", HALF_YEAR[0])
        for wanted in (None, party):
            for only_open in (False, True):
                list(hub.mappings.listed(connection, wanted, only_open))
        assert hub.units.listed_units(connection)
    with hub.exchange.reading() as connection:
        assert hub.parties.party_codes(connection)[party] == "VOLGA"
    undo(hub, reference[0], "ann")
