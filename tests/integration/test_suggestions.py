"""What unmapped codes may stand for: suggested, accepted by a person or by a threshold, never again once rejected."""

from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.referencing import load_reference
from gateway.suggesting import accept, accept_above, reject, suggest
from gateway.suggesting import waiting as waiting_of
from tests.integration.exchange import Site, site_in
from tests.integration.mapped import days, mapped, products
from tests.packets import element, line, packet, shipment, shipments

NAMES = {"A-1": "Вода минеральная «Ключ» 0,5 л", "A-2": "Вода минеральная «Ключ» 1,5 л", "A-3": "Квас хлебный 2 л"}
SHIPPED = shipments("s-1", shipment("РН-1", line(1, product="X-1"), line(2, product="X-2"), line(3, product="X-3")))
THEIRS = packet(
    "products",
    element("product", code="X-1", name="КЛЮЧ вода минеральная 1.50 л"),
    element("product", code="X-2", name="Квас", manufacturerCode="a3"),
    element("product", code="X-3", name="Лимонад"),
)


def ready(volga: Site) -> None:
    for code, name in NAMES.items():
        products(volga, code, name=name)
    volga.load(THEIRS, SHIPPED)


def waiting(volga: Site) -> list[tuple[Any, ...]]:
    with volga.hub.warehouse.reading() as connection:
        found = waiting_of(volga.hub, connection, volga.sender.party)
    return [(each["code"], each["our_code"], each["score"], each["why"]) for each in found]


def test_names_and_the_manufacturers_code_suggest_the_best_first(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        ready(volga)
        assert suggest(volga.hub) == (2, None)
        assert waiting(volga) == [("X-1", "A-2", 100, "name"), ("X-2", "A-3", 100, "maker")]


def test_accepting_maps_with_its_source_and_score_and_attributes_the_facts(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        ready(volga)
        suggest(volga.hub)
        changed = accept(volga.hub, volga.sender.party, "X-1", None, "ann")
        assert changed
        assert changed.rows == {"shipments": 1, "products": 1}
        with volga.hub.warehouse.reading() as connection:
            (found,) = [each for each in volga.hub.mappings.listed(connection, None) if each["code"] == "X-1"]
        assert (found["our_code"], found["source"], found["score"], found["made_by"]) == ("A-2", "name", 100, "ann")
        assert [each[0] for each in waiting(volga)] == ["X-2"]


def test_what_was_rejected_is_not_suggested_again(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        ready(volga)
        suggest(volga.hub)
        reject(volga.hub, volga.sender.party, "X-1", "A-2", "ann")
        assert suggest(volga.hub, volga.sender.party)[0] == 1
        with pytest.raises(Misuse, match="nothing is suggested for X-1"):
            accept(volga.hub, volga.sender.party, "X-1", None, "ann")
        with pytest.raises(Misuse, match="A-1 is not suggested for X-2"):
            accept(volga.hub, volga.sender.party, "X-2", "A-1", "ann")


def test_a_threshold_accepts_by_itself_what_is_alike_enough_and_no_other(tmp_path: Path) -> None:
    with site_in(tmp_path, accept_score=95) as volga:
        ready(volga)
        changed = suggest(volga.hub)[1]
        assert changed
        assert changed.rows["shipments"] == 2
        assert waiting(volga) == []


def test_two_that_are_equally_alike_wait_for_a_person(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A-1", "A-2", name="Вода 1 л")
        volga.load(packet("products", element("product", code="X-1", name="вода, 1 л")))
        suggest(volga.hub)
        assert [each[1:3] for each in waiting(volga)] == [("A-1", 100), ("A-2", 100)]
        assert accept_above(volga.hub, 90, "ann") is None


def test_what_a_person_has_decided_on_is_not_suggested_for(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        ready(volga)
        mapped(volga, "X-1", None)
        suggest(volga.hub)
        assert [each[0] for each in waiting(volga)] == ["X-2"]


def test_an_acceptance_that_was_cut_off_is_mapped_and_no_longer_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_in(tmp_path) as volga:
        ready(volga)
        suggest(volga.hub)
        monkeypatch.setattr(volga.hub.suggestions, "decide", cut_off)
        with pytest.raises(Misuse, match="cut off"):
            accept(volga.hub, volga.sender.party, "X-1", None, "ann")
        assert days(volga.hub)["РН-1", 1] == "A-2"
        assert [each[0] for each in waiting(volga)] == ["X-2"]


def cut_off(*_: object) -> None:
    raise Misuse("cut off")


SHOPS = [
    {"code": "O-1", "name": "Ромашка", "address": "Самара, ул. Ленина, д. 5", "inn": "6315000001", "kpp": "631501001"},
    {"code": "O-2", "name": "Лютик", "address": "Самара, Мира, 7", "fsrar_id": "030000000002"},
]


def outlets(volga: Site) -> None:
    volga.load(
        packet(
            "outlets",
            element("outlet", code="T-1", name="Ромашка", address="443001, Самара, Ленина 5"),
            element("outlet", code="T-2", name="Цветы", legalAddress="Москва", fsrarId="030000000002"),
            element("outlet", code="T-3", name="Пион", inn="6315000001", kpp="631501001"),
        )
    )


def test_outlets_are_suggested_by_name_and_address_taxpayer_and_fsrar_id_and_warehouses_by_name(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for shop in SHOPS:
            load_reference(volga.hub, Register.OUTLET, [shop])
        load_reference(volga.hub, Register.WAREHOUSE, [{"code": "W-1", "name": "Основной склад"}])
        outlets(volga)
        sold = [shipment(f"РН-{n}", outlet=f"T-{n}", warehouse="основной склад") for n in (1, 2, 3)]
        volga.load(shipments("s-1", *sold))
        assert suggest(volga.hub)[0] == 4
        found = [("T-1", "O-1", 100, "name"), ("T-2", "O-2", 100, "fsrar"), ("T-3", "O-1", 100, "inn")]
        assert waiting(volga) == [*found, ("основной склад", "W-1", 90, "name")]
        party = volga.sender.party
        with pytest.raises(Misuse, match="nothing is suggested for T-2"):
            accept(volga.hub, party, "T-2", None, "ann")
        changed = accept(volga.hub, party, "T-2", None, "ann", Register.OUTLET)
        assert changed
        assert changed.rows == {"shipments": 1, "outlets": 1}
        reject(volga.hub, party, "T-3", "O-1", "ann", Register.OUTLET)
        above = accept_above(volga.hub, 91, "ann")
        assert above
        assert above.rows == {"shipments": 1, "outlets": 1}
        assert waiting(volga) == [("основной склад", "W-1", 90, "name")]
        assert suggest(volga.hub)[0] == 1
