"""`obmen crosswalk …` as a person uses it, and the workbook that goes out and comes back."""

import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.loading import load_all
from gateway.referencing import load_reference
from tests.hubs import hub_in
from tests.integration.commanding import commands_on
from tests.integration.exchange import Clock, Site, site
from tests.packets import element, line, packet, shipment, shipments

OUR = [{"code": "A", "name": "Вода", "unit": "бут"}, {"code": "B", "name": "Квас", "unit": "шт"}]
HEAD = ("party", "register", "code", "our_code", "valid_from", "valid_to")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with a party, two products of ours, and a packet whose codes nobody knows."""
    commands_on(monkeypatch, f"sqlite:///{tmp_path}")
    with hub_in(tmp_path, Clock()) as hub:
        volga = site(hub)
        load_reference(hub, Register.PRODUCT, OUR)
        volga.load(shipments("p-1", shipment("РН-1", line(1, product="X"), line(2, product="Y"), line(3, product="X"))))
        load_all(hub)
    return tmp_path


def obmen(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ("crosswalk", *arguments))
    if isinstance(result.exception, Misuse):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def said(*arguments: str) -> list[list[str]]:
    return [told.split("\t") for told in obmen(*arguments).output.splitlines()]


def workbook(folder: Path, mappings: Sequence[tuple[Any, ...]], units: Sequence[tuple[Any, ...]] = ()) -> str:
    file = folder / "book.xlsx"
    with xlsxwriter.Workbook(file, {"default_date_format": "dd.mm.yyyy"}) as book:
        for name, rows in (("mappings", mappings), ("units", units)):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return str(file)


def products() -> dict[str, str]:
    return {each[2]: each[3] for each in said("list", "--party", "VOLGA") if each[1] == "product"}


def test_a_code_is_mapped_corrected_shown_and_given_back(folder: Path) -> None:
    assert said("map", "VOLGA", "X", "A", "--by", "ann") == [["change 1: shipments 2"]]
    assert said("map", "VOLGA", "X", "A") == [["nothing to change"]]
    assert said("map", "VOLGA", "X", "B", "--from", "2026-11-05", "--by", "bob") == [["change 2: shipments 2"]]
    assert [each[3:] for each in said("list") if each[2] == "X"] == [
        ["A", "Вода", "..2026-11-04", "person", "ann"],
        ["B", "Квас", "2026-11-05..", "person", "bob"],
    ]
    assert said("undo", "2", "--by", "ann") == [["change 3: shipments 2"]]
    assert [(each[0], *each[2:]) for each in said("changes")] == [
        ("3", "undo", "ann", "shipments 2"),
        ("2", "map", "bob", "shipments 2", "undone by 3"),
        ("1", "map", "ann", "shipments 2"),
    ]
    assert said("unmap", "VOLGA", "X") == [["change 4: shipments 2"]]
    assert products() == {"X": "-", "Y": "-"}


def test_open_codes_are_listed_alone(folder: Path) -> None:
    obmen("map", "VOLGA", "X", "A")
    assert [each[2] for each in said("list", "--open") if each[1] == "product"] == ["Y"]


def test_a_line_is_translated_to_us_and_back(folder: Path) -> None:
    obmen("map", "VOLGA", "X", "A")
    assert said("unit", "кор", "12", "--party", "VOLGA", "--code", "X") == [["change 2: no facts touched"]]
    assert said("translate", "VOLGA", "X", "2.5", "--unit", "кор") == [
        ["A", "30 бут"],
        ["X", "2 кор", "remainder 6 бут"],
    ]
    with pytest.raises(Misuse, match="л is unknown"):
        obmen("translate", "VOLGA", "X", "1", "--unit", "л")
    with pytest.raises(Misuse, match="Y is unmapped"):
        obmen("translate", "VOLGA", "Y", "1")


def test_suggestions_are_shown_accepted_and_rejected(folder: Path) -> None:
    goods = [element("product", code=code, name=name) for code, name in (("X", "вода"), ("Y", "квас"))]
    with hub_in(folder, Clock()) as hub, hub.exchange.reading() as connection:
        volga = Site(hub, hub.parties.find_login(connection, "VOLGA-main").sender)
        volga.load(packet("products", *goods).replace(b'"p-1"', b'"g-1"'))
    assert said("suggest") == [
        ["VOLGA", "product", code, ours, name, "100", "name"]
        for code, ours, name in (("X", "A", "Вода"), ("Y", "B", "Квас"))
    ]
    assert said("accept", "VOLGA", "X") == [["change 1: shipments 2, products 1"]]
    obmen("reject", "VOLGA", "Y")
    assert said("accept", "--above", "90") == [["nothing to change"]]
    with pytest.raises(Misuse, match="nothing is suggested for Y"):
        obmen("accept", "VOLGA", "Y")
    assert products() == {"X": "A", "Y": "-"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_an_export_that_is_imported_again_changes_nothing(
    folder: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMEN_LANGUAGE", language)
    obmen("map", "VOLGA", "X", "A", "--to", "2026-11-30")
    obmen("unmap", "VOLGA", "X", "--from", "2026-12-01")
    obmen("unit", "кор", "12", "--party", "VOLGA", "--code", "X")
    obmen("unit", "л", "1/30", "--sku", "B")
    before, file = said("list"), str(folder / "out.xlsx")
    assert obmen("export", file).output == f"{file}: {len(before)} mappings\n"
    assert said("import", file) == [["nothing to change"]]
    assert said("list") == before


def test_what_looks_like_a_formula_goes_out_and_comes_back_as_text(folder: Path) -> None:
    obmen("map", "VOLGA", "=1+1", "A")
    file = str(folder / "out.xlsx")
    obmen("export", file)
    assert said("import", file) == [["nothing to change"]]
    with zipfile.ZipFile(file) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_workbook_maps_unmaps_and_tells_units(folder: Path) -> None:
    obmen("map", "VOLGA", "Y", "B")
    rows = [
        HEAD,
        ("VOLGA", "product", "X", "A", "", date(2026, 11, 30)),
        ("VOLGA", "product", "X", "B", "01.12.2026", ""),
        ("VOLGA", "product", "Y", "-", "", ""),
        ("VOLGA", "product", 77, "A", "", ""),
        ("VOLGA", "product", "Z", "", "", ""),
    ]
    units = [("party", "code", "our_code", "unit", "numerator", "denominator"), ("", "", "B", "л", 1, 30)]
    assert said("import", workbook(folder, rows, units)) == [["change 2: shipments 3"]]
    assert [each[2:6:3] for each in said("list") if each[2] in ("X", "77")] == [
        ["77", ".."],
        ["X", "..2026-11-30"],
        ["X", "2026-12-01.."],
    ]
    assert "Z" not in products()
    assert said("undo", "2") == [["change 3: shipments 3"]]
    assert products() == {"X": "-", "Y": "B", "77": "-"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("URAL", "product", "X", "A"), "sheet mappings, row 2, column party: there is no party URAL"),
        (("VOLGA", "goods", "X", "A"), "row 2, column register: goods is not one of product, outlet, warehouse"),
        (("VOLGA", "product", "", "A"), "row 2, column code: is empty"),
        (("VOLGA", "product", "X", "NONE"), "row 2, column our_code: there is no product NONE of ours"),
        (("VOLGA", "product", "X", "A", "soon"), "row 2, column valid_from: soon is no date"),
        (("VOLGA", "product", "X", "A", "2026-12-01", "2026-11-01"), "row 2, column valid_to: 2026-11-01 is before"),
        (("VOLGA", "product", "Y", "B"), "row 3, column our_code: Y stands for"),
    ],
)
def test_what_is_wrong_in_a_workbook_is_named_by_sheet_row_and_column(
    folder: Path, row: tuple[str, ...], told: str
) -> None:
    book = workbook(folder, [HEAD, row, ("VOLGA", "product", "Y", "A")])
    with pytest.raises(Misuse, match=told):
        obmen("import", book)
    assert products() == {"X": "-", "Y": "-"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("map", "URAL", "X", "A"), "no party URAL"),
        (("map", "VOLGA", "X", "NONE"), "no product NONE"),
        (("map", "VOLGA", "X", "A", "--from", "soon"), "not a date"),
        (("map", "VOLGA", "X", "A", "--from", "2026-12-01", "--to", "2026-11-01"), "is before"),
        (("unit", "кор", "12"), "--sku"),
        (("unit", "кор", "0", "--sku", "A"), "above 0"),
        (("unit", "кор", "1/0", "--sku", "A"), "no number"),
        (("accept",), "--above"),
        (("import", "none.xlsx"), "none.xlsx can't be read"),
        (("export", "none/none.xlsx"), "none.xlsx can't be written"),
    ],
)
def test_what_a_person_gets_wrong_is_told(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        obmen(*arguments)


@pytest.mark.parametrize(
    ("mappings", "units", "told"),
    [
        ([("party", "code")], [], "sheet mappings, row 1: there is no column register, our_code"),
        ([HEAD], [("our_code", "unit", "numerator"), ("B", "л", "x")], "sheet units, row 2, column numerator: x is no"),
        (
            [HEAD],
            [("our_code", "unit", "numerator"), ("NONE", "л", 1)],
            "sheet units, row 2, column our_code: there is",
        ),
    ],
)
def test_a_wrong_heading_or_unit_is_named_too(folder: Path, mappings: Any, units: Any, told: str) -> None:
    with pytest.raises(Misuse, match=told):
        obmen("import", workbook(folder, mappings, units))
