"""`obmen import`: a site's history comes in whatever it is kept in, goes on where it stopped, and is never doubled."""

import csv
import gzip
import sqlite3
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests.acceptance.commands import PATIENCE, Done, begun, obmen, said
from tests.packets import INN, line, shipment, shipments

pytestmark = pytest.mark.sqlite

HEAD = ("id", "number", "date", "kind", "outlet", "warehouse", "product", "quantity", "price", "amount")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said(tmp_path, "party", "add", "VOLGA", "--name", "Волга")
    said(tmp_path, "site", "add", "VOLGA", "MAIN", "--login", "volga", "--password", "parole", "--organization", INN)
    return tmp_path


def table(*rows: tuple[str, ...], delimiter: str = ";") -> bytes:
    return "\n".join(delimiter.join(row) for row in (HEAD, *rows)).encode("cp1251")


def row(document: str = "1", product: str = "000123", **override: str) -> tuple[str, ...]:
    given = {
        "id": f"guid-{document}",
        "number": f"РН-{document}",
        "date": "05.03.2019",
        "kind": "sale",
        "outlet": "TT-1",
        "warehouse": "MAIN",
        "product": product,
        "quantity": "2",
        "price": "10,50",
        "amount": "21,00",
    } | override
    return tuple(given.values())


def imported(folder: Path, *words: str) -> Done:
    return obmen(folder, "import", "volga", *words, "--jobs", "2")


def totals(folder: Path) -> tuple[int, int]:
    """(documents, rows) of shipments in the facts."""
    assert obmen(folder, "work", "--once").status == 0
    with sqlite3.connect(folder / "warehouse.db") as connection:
        (documents,) = connection.execute("SELECT count(*) FROM shipments_document WHERE NOT deleted").fetchone()
        (rows,) = connection.execute("SELECT count(*) FROM shipments_row").fetchone()
    return documents, rows


def packet(number: int, **override: str) -> bytes:
    return shipments(f"p-{number}", shipment(f"РН-{number}", line(1)), mode="merge", from_=None, to=None, **override)


def test_packets_come_from_folders_and_archives_and_old_dates_stop_nothing(folder: Path) -> None:
    said(folder, "regulation", "set", "volga", "shipments", "history=30 days", "closed_through=2026-12-31")
    history = folder / "history"
    (history / "2019").mkdir(parents=True)
    (history / "one.xml").write_bytes(packet(1))
    (history / "2019" / "two.xml.gz").write_bytes(gzip.compress(packet(2)))
    with zipfile.ZipFile(history / "more.zip", "w") as archive:
        archive.writestr("three.xml", packet(3))
        archive.writestr("four.xml", packet(4))
    done = imported(folder, "history")
    assert (done.status, done.out) == (0, "packets: accepted 4; rows 4\n")
    assert totals(folder) == (4, 4)


def test_a_table_becomes_packets_by_month_and_again_changes_nothing(folder: Path) -> None:
    rows = [row("1"), row("2", date="31.03.2019"), row("1", "000777"), row("3", date="2019-04-01")]
    (folder / "sales.csv").write_bytes(table(*rows))
    for _ in range(2):
        done = imported(folder, "sales.csv", "--feed", "shipments")
        assert (done.status, done.out) == (0, "packets: accepted 2; rows 4\n")
    assert totals(folder) == (3, 4)


def test_an_excel_sheet_says_the_same_as_a_table_of_text(folder: Path) -> None:
    book = xlsxwriter.Workbook(folder / "sales.xlsx", {"default_date_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet()
    for place, cells in enumerate((HEAD, row("1"), row("2"))):
        sheet.write_row(place, 0, cells)
    sheet.write_number(1, HEAD.index("quantity"), 2)
    sheet.write_number(1, HEAD.index("amount"), 21.0)
    book.close()
    assert imported(folder, "sales.xlsx", "--feed", "shipments").out == "packets: accepted 1; rows 2\n"
    assert totals(folder) == (2, 2)


def test_what_is_refused_is_reported_with_the_line_of_its_table(folder: Path) -> None:
    (folder / "sales.csv").write_bytes(table(row("1"), row("2", quantity="two"), row("3", date="32.03.2019")))
    (folder / "broken.xml").write_bytes(b"<packet")
    done = imported(folder, "sales.csv", "broken.xml", "--feed", "shipments")
    assert done.status == 1
    with (folder / "import-problems.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [(Path(each["source"]).name, each["line"], each["code"], each["field"]) for each in csv.DictReader(file)]
    assert ("sales.csv", "3", "NUMBER_INVALID", "quantity") in told
    assert any(source == "broken.xml" and code == "XML_MALFORMED" for source, _, code, _ in told)
    assert any(code == "DATE_INVALID" for _, _, code, _ in told)


def test_what_can_t_be_imported_at_all_is_said_in_one_line(folder: Path) -> None:
    (folder / "sales.csv").write_bytes(b"id;colour\n1;red\n")
    assert "--feed" in imported(folder, "sales.csv").misuse
    assert "colour" in imported(folder, "sales.csv", "--feed", "shipments").misuse
    assert "there is no such file" in imported(folder, "away.xml").misuse
    (folder / "notes.txt").write_text("?")
    assert "notes.txt" in imported(folder, "notes.txt").misuse


def test_killed_in_the_middle_it_goes_on_where_it_stopped(folder: Path) -> None:
    history = folder / "history"
    history.mkdir()
    for number in range(400):
        (history / f"{number:04}.xml").write_bytes(packet(number))
    running = begun(folder, "import", "volga", "history", "--jobs", "2")
    _wait_for_packets(folder, 50)
    running.kill()
    running.communicate(timeout=PATIENCE)  # its children hold its pipes: they are gone too
    done = imported(folder, "history")
    assert (done.status, done.out) == (0, "packets: accepted 400; rows 400\n")
    assert totals(folder) == (400, 400)


def _wait_for_packets(folder: Path, count: int) -> None:
    while True:
        with sqlite3.connect(folder / "exchange.db") as connection:
            if connection.execute("SELECT count(*) FROM packet").fetchone()[0] >= count:
                return
        time.sleep(0.02)
