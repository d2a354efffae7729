"""`obmen order …`: where an order is and why, what is agreed, how much was shipped, what is recommended, and files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import python_calamine

from gateway.domain.errors import Misuse
from gateway.ordering_advancing import advance_all
from gateway.publishing import catalog
from gateway.reconciling import ask_again, reconcile_all
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.commanding import commands_on
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import counted, distributor, order, send, state, taken, told
from tests.integration.test_cli_access import obmen
from tests.packets import line, position, shipment, stock, warehouse
from tests.stores import url_in


@pytest.fixture
def volga(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    commands_on(monkeypatch, url_in(tmp_path))
    monkeypatch.setenv("OBMEN_LANGUAGE", "en")
    with hub_in(tmp_path, Clock()) as hub:
        yield distributor(hub)


def refused(says: str, *arguments: str) -> None:
    with pytest.raises(Misuse, match=says):
        obmen(*arguments)


def told_by(*arguments: str) -> list[list[str]]:
    return [each.split("\t") for each in obmen(*arguments).output.splitlines()]


def test_show_tells_where_an_order_is_and_why(volga: Site) -> None:
    counted(volga, "кор", 12, code="000123")
    (key,) = taken(volga.hub, order("T-1", ("TEA", 25), ("CACAO", 1)))
    shown = obmen("order", "show", "T-1").output
    assert shown.splitlines()[0] == "transfer order T-1 (T-1) of 2026-11-20, revision 1: held"
    assert "2: The manufacturer's reference has no product CACAO. Load the product" in shown
    assert obmen("order", "show", f"#{key}").output == shown
    assert obmen("order", "policy", "VOLGA", "--partial").output.endswith("partial True\n")
    advance_all(volga.hub)
    rows = told_by("order", "show", "T-1")
    assert ["1", "TEA", "25", "→", "000123", "2 кор + 1 шт"] in rows
    assert [row[2] for row in rows if row[0].endswith("Z")] == ["received", "held", "translated", "offered"]
    assert told_by("order", "list", "--state", "offered", "--party", "VOLGA", "--kind", "transfer") == [
        [f"#{key}", "transfer", "T-1", "T-1", "2026-11-20", "VOLGA/main", "1", "offered"]
    ]
    assert told_by("order", "list", "--from", "2026-11-21") == []
    refused("there is no order X", "order", "show", "X")
    assert obmen("order", "cancel", "T-1", "--reason", "ошибка").output == "order T-1 is cancelled\n"


def test_a_person_releases_with_a_reason_what_the_policy_blocks(volga: Site) -> None:
    agreed = (
        "--credit",
        "block",
        "--credit-limit",
        "-",
        "--stale",
        "block",
        "--stale-days",
        "3",
        "--overdue-days",
        "5",
    )
    assert "stale block" in obmen("order", "policy", "VOLGA", *agreed).output
    taken(volga.hub, order("T-1"))
    assert state(volga.hub) == "held"
    refused("needs a reason", "order", "release", "T-1", "--reason", " ")
    obmen("order", "release", "T-1", "--reason", "оплата в пути")
    advance_all(volga.hub)
    assert state(volga.hub) == "offered"
    assert "оплата в пути" in obmen("order", "show", "T-1").output
    refused("not held", "order", "release", "T-1", "--reason", "again")


@pytest.mark.parametrize(
    "wrong",
    [("--credit", "never"), ("--overdue-days", "1.5"), ("--credit-limit", "much"), ("--credit-limit", "-1")],
)
def test_a_policy_that_can_not_be_is_refused(volga: Site, wrong: tuple[str, str]) -> None:
    refused(wrong[1], "order", "policy", "VOLGA", *wrong)


def test_who_serves_an_outlet_and_prices_come_from_files(volga: Site, tmp_path: Path) -> None:
    serves, prices = tmp_path / "serves.csv", tmp_path / "prices.csv"
    serves.write_text(
        "outlet;party;site;from;to\nOUT-2;VOLGA;main;01.11.2026;\nOUT-2;VOLGA;main;01.11.2026;30.11.2026\n"
    )
    prices.write_text("code;price;from;party\nTEA;12,50;2026-11-01;\nTEA;11;2026-11-15;VOLGA\n")
    assert obmen("reference", "load", "serves", str(serves)).output == "serves: 2 loaded\n"
    assert obmen("reference", "load", "prices", str(prices)).output == "prices: 2 loaded\n"
    taken(volga.hub, order("T-1", outlet="OUT-2"), order("T-2", outlet="OUT-2", date=order().date.replace(day=14)))
    assert [price(volga.hub, each) for each in ("T-1", "T-2")] == [11, 12.5]
    published = catalog(volga.hub, volga.sender, "prices", None, as_text=True).text or ""
    assert 'code="TEA" unit="шт" price="11" currency="RUB" validFrom="2026-11-15"' in published
    assert catalog(volga.hub, volga.sender, "prices", volga.hub.clock().replace(year=2027), True).text != published
    for kind, text in (
        ("serves", "outlet;party;site\nOUT-1;VOLGA;nowhere\n"),
        ("serves", "outlet;party;site;from;to\nOUT-1;VOLGA;main;2026-11-02;2026-11-01\n"),
        ("prices", "code;price;from\nNO;1;2026-11-01\n"),
        ("prices", "code;price;from\nTEA;-1;2026-11-01\n"),
        ("prices", "code;price;from;party\nTEA;1;2026-11-01;NO\n"),
    ):
        serves.write_text(text)
        refused("line 2", "reference", "load", kind, str(serves))


def price(hub: Hub, order_id: str) -> float:
    with hub.exchange.reading() as connection:
        found = hub.order_reading.order(connection, hub.order_reading.keys_of_id(connection, order_id)[0])
    return float(found.lines[0].their_price or 0)


def test_orders_go_out_as_a_workbook_the_same_until_they_are_handed_over(volga: Site, tmp_path: Path) -> None:
    file = tmp_path / "orders.xlsx"
    assert obmen("order", "export", "VOLGA-main", str(file)).output == "no orders wait\n"
    taken(volga.hub, order("T-1", ("TEA", "2.5"), ("COFFEE", 4), comment="=1+1"), order("T-2"))
    (said,) = told_by("order", "export", "VOLGA-main", str(file))
    assert obmen("order", "export", "VOLGA-main", str(file)).output == f"{said[0]}\n"
    rows = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert [(row[0], row[6], row[9], row[11], row[13]) for row in rows[1:]] == [
        ("T-1", "TT-1", "=1+1", "000123", 2.5),
        ("T-1", "TT-1", "=1+1", "000777", 4.0),
        ("T-2", "TT-1", "", "000123", 2.0),
    ]
    batch = said[0].split()[-1]
    assert obmen("order", "handed-over", "VOLGA-main", batch).output == "2 orders are handed over\n"
    assert state(volga.hub, "T-2") == "acknowledged"
    assert obmen("order", "export", "VOLGA-main", str(file)).output == "no orders wait\n"


def test_fill_rates_and_recommendations_tell_their_figures(volga: Site, tmp_path: Path) -> None:
    taken(volga.hub, order("T-1", ("TEA", 12), ("COFFEE", 4)))
    obmen("order", "export", "VOLGA-main", str(tmp_path / "orders.xlsx"))
    with volga.hub.exchange.reading() as connection:
        batch = volga.hub.order_batches.open_batch(connection, volga.sender.site)
    assert batch
    obmen("order", "handed-over", "VOLGA-main", batch.id)
    goods = [
        shipment(
            f"РН-{day}", line(1, quantity=6, price=None, amount=1), date=f"2026-11-{day}", outlet="TT-1", order="T-1"
        )
        for day in (20, 27)
    ]
    send(volga, "shipments", "sh-1", *goods)
    send(volga, "order-statuses", "st-1", told("T-1", "delivered", 23))
    volga.load(stock("s-1", warehouse("MAIN", position("000123", quantity=40))))
    assert told_by("order", "fill-rate", "--by", "line") == [
        ["VOLGA", "T-1", "COFFEE", "4", "0", "0.0 %"],
        ["VOLGA", "T-1", "TEA", "12", "12", "100.0 %"],
    ]
    assert told_by("order", "fill-rate", "--by", "order") == [["VOLGA", "T-1", "50.0 %"]]
    assert told_by("order", "fill-rate", "--party", "VOLGA", "--from", "2026-12-01") == []
    ask_again(volga.hub, [volga.sender.party], None, None)
    reconcile_all(volga.hub)
    rows = {row[1]: row[2:] for row in told_by("order", "recommend", "VOLGA", "--outlet", "OUT-1")}
    assert rows["TEA"] == ["0", "1.5 a week × 4 weeks − 6 on hand = 0; the distributor has 40"]
    assert rows["COFFEE"] == ["2", "0.5 a week × 4 weeks − 0 on hand = 2; the distributor has 0"]
