"""`obmen reconcile …` and the ERP's files as a person uses them: what is said, and how it ends."""

import re
from pathlib import Path

import pytest

from tests.acceptance.commands import obmen, said
from tests.hubs import add_site, hub_in
from tests.integration.exchange import Site
from tests.integration.reconciled import day, movement, sale, send, send_shipments, send_stock

TEA = "000123"
SALES = f"party;document;date;code;quantity\nVOLGA;УТ-1;{day(5)};{TEA};5,5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store in which one day lacks 2 of 10, and a document of the ERP names what was bought."""
    with hub_in(tmp_path) as hub:
        volga = Site(hub, add_site(hub))
        send_stock(volga, 4, ("MAIN", {TEA: 10}))
        send(volga, "movements", "m-1", 5, 5, movement("ПТ-1", 5, "purchase", 5, supplierDocument="УТ-1"))
        send_shipments(volga, "s-1", 5, 5, sale("РН-1", 5, 5))
        send_stock(volga, 5, ("MAIN", {TEA: 8}))
    return tmp_path


def ran(folder: Path, *words: str) -> str:
    """What a run printed; beside it stands a line of the log."""
    done = obmen(folder, *words)
    assert done.status == 0, done
    return done.out


def test_a_gap_is_listed_with_its_documents_trend_and_finding(folder: Path) -> None:
    assert ran(folder, "reconcile") == "1 parties reconciled\n"
    assert ran(folder, "reconcile") == "0 parties reconciled\n"
    (gap,) = said(folder, "reconcile", "gaps", "--rule", "stock").splitlines()
    key, *told = gap.split("\t")
    assert told == [day(5), "stock", "VOLGA/main", f"MAIN {TEA}", "10", "8", "-2", "differs"]
    assert said(folder, "reconcile", "documents", key).splitlines() == [
        f"{day(4)}\topening\t\t10",
        f"{day(5)}\tpurchase\tПТ-1\t5",
        f"{day(5)}\tsale\tРН-1\t-5",
        f"{day(5)}\texpected\t\t10",
        f"{day(5)}\tactual\t\t8",
    ]
    assert said(folder, "reconcile", "trend", "VOLGA", "stock") == f"{day(5)}\t1\t1\t0\t-2\t2\t\n"
    findings = said(folder, "reconcile", "findings", "--party", "VOLGA", "--rule", "stock", OBMEN_LANGUAGE="en")
    assert re.match(rf"{day(5)}\tstock\tVOLGA/main\tSTOCK_DIFFERS\tOpening stock .* in all -2, .*\tOpen the", findings)


def test_a_tolerance_is_agreed_and_counts_at_once_and_a_rule_may_be_left_aside(folder: Path) -> None:
    assert "2, 0 %, 0 days" in said(folder, "reconcile", "tolerate", "VOLGA", "stock", "--absolute", "2")
    ran(folder, "reconcile")
    assert said(folder, "reconcile", "gaps", "--rule", "stock") == ""
    assert "tolerated" in said(folder, "reconcile", "gaps", "--rule", "stock", "--all")
    assert "left aside" in said(folder, "reconcile", "tolerate", "VOLGA", "goods", "--off")
    ran(folder, "reconcile")
    assert said(folder, "reconcile", "gaps", "--rule", "goods", "--all") == ""


def test_days_are_reconciled_again_on_demand(folder: Path) -> None:
    ran(folder, "work", "--once")
    before = said(folder, "reconcile", "gaps", "--all")
    assert ran(folder, "reconcile", "--party", "VOLGA", "--from", day(1), "--to", day(30)) == "1 parties reconciled\n"
    after = said(folder, "reconcile", "gaps", "--all")
    assert [each.split("\t")[1:] for each in after.splitlines()] == [
        each.split("\t")[1:] for each in before.splitlines()
    ]
    assert len(before.splitlines()) > 5


def test_what_the_erp_says_comes_from_files(folder: Path) -> None:
    (folder / "products.csv").write_text(f"code,name\n{TEA},Чай\n")
    said(folder, "reference", "load", "products", "products.csv")
    (folder / "sales.csv").write_bytes(SALES.encode("cp1251"))
    assert said(folder, "reference", "load", "primary-sales", "sales.csv") == "primary-sales: 1 loaded\n"
    ran(folder, "reconcile")
    (gap,) = said(folder, "reconcile", "gaps", "--rule", "purchases", "--all").splitlines()
    assert gap.split("\t")[1:] == [day(5), "purchases", "VOLGA", f"УТ-1 {TEA}", "5.5", "5", "-0.5", "on-its-way"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", day(1)), "give both --from and --to, the first day and the last"),
        (("--from", day(2), "--to", day(1)), "give both --from and --to, the first day and the last"),
        (("--party", "NOBODY"), "there is no party NOBODY"),
        (("gaps", "--rule", "nothing"), "rule is one of stock, goods, debt, "),
        (("gaps", "--from", "yesterday"), "yesterday is not a date like 2026-11-30"),
        (("documents", "17"), "there is no line 17"),
        (("tolerate", "VOLGA", "stock", "--percent", "much"), "much is not a number"),
    ],
)
def test_what_a_person_gets_wrong_is_one_line(folder: Path, words: tuple[str, ...], told: str) -> None:
    assert told in obmen(folder, "reconcile", *words).misuse
