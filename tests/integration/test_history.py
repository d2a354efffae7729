"""What became of documents: every change of one that stood, by which packet, with before and after."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.database.facts import FACTS, history
from gateway.domain.errors import Misuse
from gateway.lineage import told, traced
from gateway.loading import load_all
from gateway.releasing import release
from gateway.wiring import Hub
from tests.facts import everything
from tests.integration.exchange import Site, site_in
from tests.packets import element, line, packet, position, shipment, shipments, stock, warehouse


def made(packet_id: str, hour: int, *documents: str, mode: str = "replace", **override: Any) -> bytes:
    window = {"from": None, "to": None} if mode == "merge" else {}
    given = {"created": f"2026-11-20T{hour:02}:00:00", "mode": mode, "empty": True, **window, **override}
    return shipments(packet_id, *documents, **given)


def changes(hub: Hub) -> list[tuple[Any, ...]]:
    """(packet, change, old packet, old (number, rows, quantity, amount), new ones) of all that was written down."""
    with hub.warehouse.reading() as connection:
        found = list(connection.execute(history.select().order_by(history.c.key)))
    sides = [
        tuple(tuple(each._mapping[f"{side}_{name}"] for name in NAMES) for side in ("old", "new")) for each in found
    ]
    return [(each.packet, each.change, each.old_packet, *side) for each, side in zip(found, sides, strict=True)]


NAMES = ("number", "rows", "quantity", "amount")
NOTHING = (None, None, None, None)


def side(number: str, rows: int, quantity: int, amount: int) -> tuple[Any, ...]:
    return number, rows, Decimal(quantity), Decimal(amount)


def test_what_comes_for_the_first_time_and_what_comes_again_unchanged_is_no_change(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A"), shipment("B")), made("2", 11, shipment("A"), shipment("B")))
        assert changes(volga.hub) == []


def test_a_correction_is_written_down_with_before_and_after(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A", line(1), line(2)), shipment("B")))
        volga.load(made("2", 11, shipment("A", line(1, quantity=3, amount=30)), mode="merge"))
        assert changes(volga.hub) == [(2, "changed", 1, side("A", 2, 4, 40), side("A", 1, 3, 30))]


@pytest.mark.parametrize("override", [{"number": "A-2"}, {"date": "2026-11-06"}, {"kind": "correction"}])
def test_a_change_of_the_document_alone_is_a_change(tmp_path: Path, override: dict[str, str]) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A")), made("2", 11, shipment(**{"number": "A", "id": "guid-A", **override})))
        assert [each[:3] for each in changes(volga.hub)] == [(2, "changed", 1)]


@pytest.mark.parametrize(
    "other",
    [
        shipment("A", line(1, product="000777"), line(2)),
        shipment("A", line(1, unit="кор"), line(2)),
        shipment("A", line(1, expiry="2027-03-01"), line(2)),
        shipment("A", line(1, element("mark", "QUJD")), line(2)),
        shipment("A", line(1, quantity=3), line(2, quantity=1)),
        shipment("A", line(1), line(3)),
        shipment("A", line(1), line(2), outlet="TT-2"),
    ],
)
def test_a_change_that_leaves_the_sums_as_they_are_is_a_change(tmp_path: Path, other: str) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A", line(1), line(2)), shipment("B")), made("2", 11, other, shipment("B")))
        assert changes(volga.hub) == [(2, "changed", 1, side("A", 2, 4, 40), side("A", 2, 4, 40))]


def test_positions_that_come_in_another_order_are_no_change(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        both = [position("000123"), position("000777", quantity=7)]
        for packet_id, positions in (("1", both), ("2", both[::-1])):
            volga.load(stock(packet_id, warehouse("MAIN", *positions), created=f"2026-11-20T1{packet_id}:00:00"))
        assert changes(volga.hub) == []


def test_what_was_loaded_before_there_were_fingerprints_is_compared_by_its_sums(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A"), shipment("B")))
        with volga.hub.warehouse.writing() as connection:
            connection.execute(FACTS["shipments"].document.update().values(fingerprint=None))
        volga.load(made("2", 11, shipment("A"), shipment("B", line(1, amount=30))))
        assert changes(volga.hub) == [(2, "changed", 1, side("B", 1, 2, 20), side("B", 1, 2, 30))]


def test_returns_count_negative(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A")), made("2", 11, shipment("A", kind="return")))
        assert changes(volga.hub) == [(2, "changed", 1, side("A", 1, 2, 20), side("A", 1, -2, -20))]


def test_what_is_deleted_withdrawn_and_returns_is_written_down(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A"), shipment("B")))
        volga.load(made("2", 11, shipment("A", deleted="true"), mode="merge"))
        volga.load(made("3", 12, mode="replace", to="2026-11-10"))
        volga.load(made("4", 13, shipment("A"), shipment("B", line(1, quantity=5, amount=50)), mode="merge"))
        gone = [
            (2, "deleted", 1, side("A", 1, 2, 20), side("A", 0, 0, 0)),
            (3, "withdrawn", 1, side("B", 1, 2, 20), NOTHING),
        ]
        back = [
            (4, "returned", 2, side("A", 0, 0, 0), side("A", 1, 2, 20)),
            (4, "returned", 1, side("B", 0, 0, 0), side("B", 1, 5, 50)),
        ]
        assert changes(volga.hub) == gone + back


def test_what_stands_outside_the_scope_or_is_newer_is_not_touched(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A", date="2026-11-20")), made("2", 14, shipment("B"), mode="merge"))
        volga.load(made("3", 12, to="2026-11-10"))
        assert changes(volga.hub) == []


def test_rows_in_quarantine_do_not_count(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A", line(1))), made("2", 11, shipment("A", line(1), line(1))))
        assert changes(volga.hub) == []


def test_stock_is_changed_warehouse_by_warehouse(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for packet_id, quantity in (("1", 5), ("2", 7)):
            both = (warehouse("MAIN", position(quantity=quantity)), warehouse("NORTH", position()))
            volga.load(stock(packet_id, *both, created=f"2026-11-20T1{packet_id}:00:00"))
        assert changes(volga.hub) == [(2, "changed", 1, ("MAIN", 1, Decimal(5), None), ("MAIN", 1, Decimal(7), None))]


def test_of_a_register_any_field_is_a_change(tmp_path: Path) -> None:
    def outlets(packet_id: str, name: str) -> bytes:
        content = packet(
            "outlets", element("outlet", code="TT-1", name=name), created=f"2026-11-20T1{packet_id}:00:00", to=None
        )
        return content.replace(b'id="p-1"', f'id="{packet_id}"'.encode())

    with site_in(tmp_path) as volga:
        volga.load(outlets("1", "Ромашка"), outlets("2", "Ромашка"), outlets("3", "Лютик"))
        assert [each[:3] for each in changes(volga.hub)] == [(3, "changed", 2)]


def history_of_row(volga: Site, key: int, number: int) -> list[tuple[Any, ...]]:
    return [(each.packet, each.change) for each in traced(volga.hub, key, number).changes]


def test_a_row_is_followed_into_the_facts_with_its_bytes(tmp_path: Path) -> None:
    marked = line(2, element("mark", "QUJD"), product="000777")
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A", line(1)), shipment("B", line(1), marked)))
        found = traced(volga.hub, 1, 3)
        assert (found.content.decode(), found.fact.n, found.fact.row, found.document.number) == (marked, 2, 3, "B")
        assert traced(volga.hub, 1, 1).content.decode() == line(1)
        with pytest.raises(Misuse, match="no row 4"):
            traced(volga.hub, 1, 4)


def test_a_row_that_was_replaced_tells_by_which_packet(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A")), made("2", 11, shipment("A", line(1, quantity=9)), mode="merge"))
        found = traced(volga.hub, 1, 1)
        assert (found.fact, found.document.packet, history_of_row(volga, 1, 1)) == (None, 2, [(2, "changed")])
        assert traced(volga.hub, 2, 1).fact.quantity == 9


def test_a_row_in_quarantine_tells_why(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, shipment("A", line(1), line(1))))
        found = traced(volga.hub, 1, 2)
        assert (found.fact, found.reason) == (None, "LINE_REPEATED")


OF_A_CHANGE = ("change", "old_packet", *(f"{side}_{name}" for side in ("old", "new") for name in (*NAMES, "date")))


def changes_told(hub: Hub, packet_id: int) -> list[tuple[Any, ...]]:
    found = told(hub, packet_id).changes.found
    return sorted((tuple(getattr(each, name) for name in OF_A_CHANGE) for each in found), key=str)


MANY = [shipment(f"РН-{number}") for number in range(12)]
NORTH = (warehouse("NORTH", position()), warehouse("NEW", position()))


@pytest.mark.parametrize(
    ("before", "held"),
    [
        (
            [made("1", 10, *MANY), made("2", 11, shipment("РН-5", deleted="true"), mode="merge")],
            made("3", 12, shipment("РН-1", line(1, quantity=9)), shipment("РН-5"), shipment("РН-X")),
        ),
        ([made("1", 10, *MANY), made("2", 13, shipment("РН-5"), mode="merge")], made("3", 12, shipment("РН-5"))),
        (
            [
                stock("1", warehouse("MAIN", position()), NORTH[0], created="2026-11-20T10:00:00"),
                stock("2", warehouse("NORTH", *(position(str(n)) for n in range(12))), created="2026-11-20T11:00:00"),
            ],
            stock("3", *NORTH, created="2026-11-20T12:00:00"),
        ),
        (
            [
                packet("outlets", *(element("outlet", code=f"T-{n}", name="x") for n in range(12)), to=None)
                .replace(b'id="p-1"', b'id="1"')
                .replace(b"merge", b"snapshot")
            ],
            packet("outlets", element("outlet", code="T-1", name="y"), to=None, created="2026-11-21T12:00:00")
            .replace(b'id="p-1"', b'id="3"')
            .replace(b"merge", b"snapshot"),
        ),
    ],
    ids=["shipments", "overtaken", "stock", "register"],
)
def test_what_is_foreseen_of_a_held_packet_is_what_loading_then_does(
    tmp_path: Path, before: list[bytes], held: bytes
) -> None:
    with site_in(tmp_path, shrink_percent=1) as volga:
        volga.load(*before)
        assert volga.send(held).status == "held"
        key = len(before) + 1
        standing, foreseen = everything(volga.hub), changes_told(volga.hub, key)
        assert (everything(volga.hub), list(tmp_path.rglob("staging-*"))) == (standing, [])
        release(volga.hub, volga.sender, "3")
        load_all(volga.hub)
        assert foreseen == changes_told(volga.hub, key) != []


def test_a_held_packet_tells_what_it_would_withdraw_and_a_loaded_one_what_it_changed(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, *(shipment(f"РН-{number}") for number in range(10))))
        volga.send(made("2", 11, shipment("РН-1")))
        shown = told(volga.hub, 2)
        assert (shown.details.state, len(shown.asked), "РН-" in shown.asked[0]) == ("held", 1, True)
        assert shown.changes.foreseen
        assert [(each.change, each.old_number) for each in shown.changes.found] == [
            ("withdrawn", f"РН-{number}") for number in range(10) if number != 1
        ]
        volga.load(made("3", 12, *(shipment(f"РН-{number}") for number in range(9))))
        assert [(each.change, each.old_number) for each in told(volga.hub, 3).changes.found] == [("withdrawn", "РН-9")]
