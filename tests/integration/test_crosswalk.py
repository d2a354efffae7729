"""People change the crosswalk: the facts it touches follow by date, receipts after them; all of it can be undone."""

from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from connectors.database.facts import FACTS, outlet
from gateway.domain.crosswalk import BEGIN, mapping_on
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.loading import load_all
from gateway.mapping import Changed, catch_up, undo
from gateway.referencing import load_reference
from gateway.worker import run
from tests.hubs import hub_in
from tests.integration.exchange import Clock, site, site_in
from tests.integration.mapped import days, mapped, products
from tests.packets import element, line, packet, position, shipment, shipments, stock, warehouse

TENTH, NINTH = date(2026, 11, 10), date(2026, 11, 9)
BOTH = shipments(
    "p-1",
    shipment("EARLY", line(1, product="THEIRS"), date="2026-11-05"),
    shipment("LATE", line(1, product="THEIRS"), line(2), date="2026-11-10"),
)


def made(changed: Changed | None) -> Changed:
    assert changed
    return changed


def test_a_mapping_attributes_what_was_loaded_and_says_how_many_rows(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A")
        volga.load(BOTH, stock("s-1", warehouse("MAIN", position("THEIRS"))))
        assert made(mapped(volga, "THEIRS", "A")).rows == {"shipments": 2, "stock": 1}
        assert days(volga.hub) == {("EARLY", 1): "A", ("LATE", 1): "A", ("LATE", 2): None}
        progress = volga.progress("p-1")
        assert (progress.rows_unmapped, volga.problem_codes("p-1").count("CODE_UNKNOWN")) == (1, 1)
        assert (volga.state("s-1"), volga.problem_codes("s-1")) == ("loaded", ["CONTROL_MISSING"])


def test_a_mapping_of_some_dates_attributes_by_the_documents_date(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A", "B")
        volga.load(BOTH)
        assert made(mapped(volga, "THEIRS", "B", first=TENTH)).rows == {"shipments": 1}
        assert made(mapped(volga, "THEIRS", "A", last=NINTH)).rows == {"shipments": 1}
        assert days(volga.hub) == {("EARLY", 1): "A", ("LATE", 1): "B", ("LATE", 2): None}


@pytest.mark.parametrize("mapped_first", [True, False])
def test_loading_and_mapping_end_the_same_in_either_order(tmp_path: Path, mapped_first: bool) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A", "B")
        for step in (1, 2) if mapped_first else (2, 1):
            if step == 1:
                mapped(volga, "THEIRS", "A", last=date(2026, 11, 4))
                mapped(volga, "THEIRS", "B", first=TENTH)
            else:
                volga.load(BOTH)
        assert days(volga.hub) == {("EARLY", 1): None, ("LATE", 1): "B", ("LATE", 2): None}
        assert volga.progress("p-1").rows_unmapped == 2


def test_a_corrected_mapping_moves_the_facts_and_only_those(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, ural = site(hub), site(hub, party="URAL")
        products(volga, "A", "B")
        for each in (volga, ural):
            each.load(BOTH)
            mapped(each, "THEIRS", "A")
        assert made(mapped(volga, "THEIRS", "B", first=TENTH)).rows == {"shipments": 1}
        document, row = FACTS["shipments"].document, FACTS["shipments"].row
        assert row is not None
        with hub.warehouse.reading() as connection:
            source = row.join(document, document.c.key == row.c.document)
            found = connection.execute(select(document.c.party, row.c.sku).select_from(source).where(row.c.n == 1))
            by_party = {(party, key) for party, key in found}
        assert len(by_party) == 3


def test_unmapping_takes_the_sku_away_and_receipts_say_so(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "000123", "THEIRS")
        volga.load(BOTH)
        assert volga.state("p-1") == "loaded"
        assert made(mapped(volga, "THEIRS", None)).rows == {"shipments": 2}
        assert (volga.state("p-1"), volga.progress("p-1").rows_unmapped) == ("loaded-with-problems", 2)


def test_what_a_person_unmapped_is_not_mapped_again_by_itself(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "THEIRS")
        mapped(volga, "THEIRS", None)
        volga.load(BOTH)
        assert products(volga, "THEIRS", "000123") == 1
        assert days(volga.hub) == {("EARLY", 1): None, ("LATE", 1): None, ("LATE", 2): "000123"}


def test_what_is_known_already_changes_nothing(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A")
        assert mapped(volga, "THEIRS", "A")
        assert mapped(volga, "THEIRS", "A") is None
        assert mapped(volga, "THEIRS", "A", first=TENTH) is None


def test_a_record_that_we_do_not_have_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        with pytest.raises(Misuse, match="no product NONE of ours"):
            mapped(volga, "THEIRS", "NONE")
        products(volga, "A")
        assert made(mapped(volga, "THEIRS", "A")).key == 1


def test_undoing_gives_facts_receipts_and_mappings_back(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A", "B")
        volga.load(BOTH)
        first = made(mapped(volga, "THEIRS", "A"))
        before = days(volga.hub), volga.progress("p-1").rows_unmapped
        second = made(mapped(volga, "THEIRS", "B", first=TENTH))
        assert undo(volga.hub, second.key, "bob").rows == {"shipments": 1}
        assert (days(volga.hub), volga.progress("p-1").rows_unmapped) == before
        assert undo(volga.hub, first.key, "bob").rows == {"shipments": 2}
        assert volga.progress("p-1").rows_unmapped == 3
        assert made(mapped(volga, "THEIRS", "B")).rows == {"shipments": 2}


def test_a_change_under_a_later_one_and_an_undone_one_are_not_undone(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A", "B")
        first, second = made(mapped(volga, "THEIRS", "A")), made(mapped(volga, "THEIRS", "B"))
        for key, reason in ((first.key, f"change {second.key} came later"), (77, "no change 77")):
            with pytest.raises(Misuse, match=reason):
                undo(volga.hub, key, "bob")
        back = undo(volga.hub, second.key, "bob")
        for key in (second.key, back.key):
            with pytest.raises(Misuse, match="undo"):
                undo(volga.hub, key, "bob")
        undo(volga.hub, first.key, "bob")


def test_mapping_by_a_reference_is_undone_for_good(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(BOTH)
        assert products(volga, "THEIRS") == 2
        with volga.hub.warehouse.reading() as connection:
            (change,) = volga.hub.mappings.changes(connection, 10)
        assert (change["kind"], change["rows"]) == ("reference", {"shipments": 2})
        assert undo(volga.hub, change["key"], "bob").rows == {"shipments": 2}
        assert products(volga, "OTHER") == 0
        assert set(days(volga.hub).values()) == {None}


def test_the_catalogue_tells_periods_and_what_is_no_longer_mapped(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock) as volga:
        products(volga, "A", "B")
        mapped(volga, "X", "A", last=NINTH)
        mapped(volga, "Y", "B")
        clock.pass_by(60)
        mapped(volga, "Y", None)
        with volga.hub.warehouse.reading() as connection:
            for since, expected in (
                (None, [("X", "A", None, NINTH)]),
                (clock(), [("Y", None, None, None)]),
            ):
                found = volga.hub.catalog.records(connection, "crosswalk", volga.sender.party, since)
                told = [tuple(each[name] for name in ("code", "our_code", "valid_from", "valid_to")) for each in found]
                assert told == expected


def test_outlets_are_mapped_in_documents_of_every_feed(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        load_reference(volga.hub, Register.OUTLET, [{"code": "OUR-1", "name": "Магазин"}])
        other = BOTH.replace(b'id="p-1"', b'id="p-2"')
        volga.load(other, packet("outlets", element("outlet", code="TT-1", name="Магазин")))
        changed = made(mapped(volga, "TT-1", "OUR-1", register=Register.OUTLET))
        assert changed.rows == {"shipments": 2, "outlets": 1}
        document = FACTS["shipments"].document
        statement = select(outlet.c.code).join(document, document.c.our_outlet == outlet.c.key)
        with volga.hub.warehouse.reading() as connection:
            assert list(connection.scalars(statement)) == ["OUR-1", "OUR-1"]
        assert undo(volga.hub, changed.key, "bob").rows == {"shipments": 2, "outlets": 1}


def test_receipts_that_were_cut_off_are_caught_up_with_by_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "A")
        volga.load(BOTH)
        with monkeypatch.context() as cut:
            cut.setattr("gateway.mapping.catch_up", lambda hub: 0)
            mapped(volga, "THEIRS", "A")
        assert volga.progress("p-1").rows_unmapped == 3
        run(volga.hub, Once())  # type: ignore[arg-type]
        assert volga.progress("p-1").rows_unmapped == 1
        assert catch_up(volga.hub) == 0


class Once:
    """A worker's stop that lets it look for work a single time."""

    def __init__(self) -> None:
        self._asked = False

    def is_set(self) -> bool:
        asked, self._asked = self._asked, True
        return asked

    def wait(self, _: float) -> bool:
        return True


def test_a_change_between_a_load_and_its_receipt_is_told_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load has counted before the change and writes after it."""
    with site_in(tmp_path) as volga:
        products(volga, "A")
        record = volga.hub.journal.record_load

        def late(*arguments: object) -> None:
            monkeypatch.undo()
            mapped(volga, "THEIRS", "A")
            record(*arguments)

        monkeypatch.setattr(volga.hub.journal, "record_load", late)
        volga.load(BOTH)
        assert volga.progress("p-1").rows_unmapped == 3
        assert catch_up(volga.hub) == 1
        assert (volga.progress("p-1").rows_unmapped, days(volga.hub)["EARLY", 1]) == (1, "A")


def test_loads_and_changes_beside_each_other_end_with_the_last_mapping(tmp_path: Path) -> None:
    """Whatever the order of their commits, no fact keeps an old mapping and no receipt an old count."""
    with site_in(tmp_path) as volga:
        products(volga, "A", "B", "000123")
        packets = 8
        for number in range(packets):
            lines = [line(n, product="THEIRS") for n in range(1, 20)]
            volga.send(shipments(f"p-{number}", shipment(f"РН-{number}", *lines), mode="merge"))
        loader = Thread(target=load_all, args=(volga.hub,))
        loader.start()
        wishes = ["A", None, "B"]
        while loader.is_alive():
            mapped(volga, "THEIRS", wishes[0], first=TENTH if wishes[0] == "B" else BEGIN)
            wishes = [*wishes[1:], wishes[0]]
        loader.join()
        catch_up(volga.hub)
        with volga.hub.warehouse.reading() as connection:
            timeline = volga.hub.units.crosswalk_of(connection, volga.sender.party).codes["THEIRS"].timeline
            skus = {key: code for code, key in volga.hub.mappings.our_keys(connection, Register.PRODUCT).items()}
        holds = mapping_on(timeline, date(2026, 11, 5))
        ours = skus[holds.target] if holds and holds.target else None
        assert set(days(volga.hub).values()) == {ours}
        assert {volga.progress(f"p-{number}").rows_unmapped for number in range(packets)} == {0 if ours else 19}
