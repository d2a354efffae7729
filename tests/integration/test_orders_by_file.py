"""Orders for, and of, a distributor without a 1C that talks to us: by e-mail, and from files."""

import io
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter

from connectors.formats.commerceml_orders import write_commerceml_orders
from gateway.closing import close, reopen
from gateway.domain.incident import Subject
from gateway.loading import load_all
from gateway.ordering import find_order
from gateway.ordering_advancing import advance_all
from gateway.ordering_mailing import by_mail, mail_next
from tests.hubs import hub_in
from tests.integration.commanding import commands_on
from tests.integration.exchange import Clock
from tests.integration.ordered import counted, distributor, mapped, order, purchases, send, state, taken, told, went
from tests.integration.test_cli_access import obmen
from tests.notice_servers import mail_server
from tests.packets import INN
from tests.stores import url_in


def test_a_site_that_gets_e_mail_has_its_orders_in_its_mailbox_once_and_answers_by_statuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    commands_on(monkeypatch, url_in(tmp_path))
    with mail_server() as mail, hub_in(tmp_path, clock, mail_url=mail.url, notice_tries=1) as hub:
        volga = distributor(hub)
        obmen("order", "mail", "VOLGA-main", "zakaz@volga.example", "--format", "commerceml")
        keys = taken(hub, order("T-1", ("TEA", 3)), order("T-2"))
        assert [mail_next(hub), mail_next(hub)] == [1, 0]
        ((to, letter),) = mail.mails
        (file,) = letter.iter_attachments()
        assert (to, str(letter["Subject"])[:11], file.get_content_type()) == (
            "zakaz@volga.example",
            "Orders: 2, ",
            "application/xml",
        )
        assert "T-1, T-2" in letter.get_body().get_content()  # type: ignore[union-attr]
        assert file.get_content().count("<Документ>".encode()) == 2
        assert went(hub, keys[0]) == ["received", "translated", "offered", "pulled"]
        clock.pass_by(2 * hub.settings.order_lease_seconds)
        advance_all(hub)
        assert (mail_next(hub), state(hub, "T-1")) == (0, "pulled")
        send(volga, "order-statuses", "st-1", told("T-1", "accepted", 9))
        obmen("order", "ack", "T-2", "--rejected", "--reason", "нет товара", "--number", "ЗК-2")
        found = find_order(hub, "T-2")
        assert found
        assert (state(hub, "T-1"), found.state, found.document_number) == ("accepted", "rejected", "ЗК-2")
        mail.refused.add("zakaz@volga.example")
        taken(hub, order("T-3"))
        assert mail_next(hub) == 0
        with hub.exchange.reading() as connection:
            subject = Subject(volga.sender.party, volga.sender.site)
            assert hub.incidents.open_of(connection, "ORDERS_NOT_MAILED", subject)
        assert "failed 1 times" in obmen("order", "mail").output
        mail.refused.clear()
        clock.pass_by(60)
        assert (mail_next(hub), len(mail.mails)) == (1, 2)
        batch = str(mail.mails[1][1]["Message-ID"]).strip("<>").partition("@")[0]
        obmen("order", "offer-again", "VOLGA-main", batch)
        close(hub, volga.sender, "anna")
        assert (mail_next(hub), state(hub, "T-3")) == (0, "offered")
        reopen(hub, volga.sender)
        by_mail(hub, volga.sender, "", "xlsx")
        assert (mail_next(hub), state(hub, "T-3")) == (0, "offered")


def test_a_letter_that_was_cut_off_goes_again_under_its_id(tmp_path: Path) -> None:
    clock = Clock()
    with mail_server() as mail, hub_in(tmp_path, clock, mail_url=mail.url) as hub:
        volga = distributor(hub)
        by_mail(hub, volga.sender, "zakaz@volga.example", "xlsx")
        taken(hub, order("T-1", ("TEA", 3)))
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(hub.order_mails, "succeeded", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                mail_next(hub)
        assert mail_next(hub) == 0
        clock.pass_by(301)
        assert (mail_next(hub), mail_next(hub)) == (1, 0)
        assert len({str(letter["Message-ID"]) for _, letter in mail.mails}) == 1
        (file,) = mail.mails[1][1].iter_attachments()
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.get_content())).get_sheet_by_index(0)
        assert [(row[0], row[13]) for row in sheet.to_python()[1:]] == [("T-1", 3.0)]


def book(path: Path, *rows: tuple[object, ...]) -> Path:
    with xlsxwriter.Workbook(str(path)) as file:
        sheet = file.add_worksheet("Заявка")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def test_purchase_orders_come_from_a_workbook_once_and_what_is_wrong_has_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands_on(monkeypatch, url_in(tmp_path))
    head = ("номер", "дата", "товар", "единица", "количество", "цена", "желаемая дата")
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        counted(volga, "кор", 12, code="000123")
        good = ("З-1", "20.11.2026", "000123", "кор", 2, 120.5, "27.11.2026")
        more = ("З-1", "20.11.2026", "000777", "шт", "1,5", "", "")
        wrong = book(tmp_path / "wrong.xlsx", head, good, (*more[:4], "много", "", ""))
        said = obmen("order", "load", "VOLGA-main", str(wrong), "--organization", INN)
        assert said.exit_code == 1
        assert "Заявка!E3: " in said.output
        for name in ("orders.xlsx", "again.xlsx"):
            file = book(tmp_path / name, head, good, more)
            said = obmen("order", "load", "VOLGA-main", str(file), "--organization", INN)
            assert "1 orders, 2 lines: accepted" in said.output
            load_all(hub)
            advance_all(hub)
        (found,) = purchases(hub)
        assert [(each.sku, each.ours) for each in found.lines] == [("TEA", 24), ("COFFEE", 1.5)]
        assert (found.number, list(went(hub, found.key))) == ("З-1", ["received", "translated", "offered"])


def test_purchase_orders_come_from_commerceml_of_both_dialects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands_on(monkeypatch, url_in(tmp_path))
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        mapped(volga, ("000124", "COFFEE"))
        text = '<order id="o-{0}" revision="1" number="ЗП-{0}" date="2026-11-20" wanted="2026-11-27" outlet="X">'
        text += '<line n="1" product="000123" unit="шт" quantity="2.5" price="10"/></order>'
        for dialect in (2, 3):
            file = tmp_path / f"{dialect}.xml"
            write_commerceml_orders(file, [text.format(dialect)], Clock()(), dialect)
            for _ in range(2):
                said = obmen("order", "load", "VOLGA-main", str(file), "--organization", INN)
                assert "1 orders, 1 lines: accepted" in said.output
            load_all(hub)
            advance_all(hub)
        assert [(each.id, str(each.wanted), each.lines[0].ours) for each in purchases(hub)] == [
            ("o-2", "2026-11-27", 2.5),
            ("o-3", "2026-11-27", 2.5),
        ]
        broken = tmp_path / "broken.xml"
        broken.write_text(file.read_text("utf-8").replace("2.5", "two"), "utf-8")
        said = obmen("order", "load", "VOLGA-main", str(broken), "--organization", INN)
        assert (said.exit_code, "broken.xml: ЗП-3: " in said.output) == (1, True)
