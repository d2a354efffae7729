"""`obmen scorecard …` as a person uses it: what is said, and how it ends."""

from pathlib import Path

import pytest
from docx import Document
from typer.testing import CliRunner

from gateway.cli import app
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.referencing import load_reference
from tests.hubs import hub_in
from tests.integration.commanding import commands_on
from tests.integration.exchange import Clock, site
from tests.packets import shipment, shipments
from tests.stores import url_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store in which a distributor had three packets accepted and one rejected in December; another sent nothing."""
    commands_on(monkeypatch, url_in(tmp_path))
    with hub_in(tmp_path, Clock()) as hub:
        volga = site(hub)
        site(hub, party="OKA")
        load_reference(hub, Register.PRODUCT, [{"code": "000123", "name": "Чай"}])
        for number in range(1, 4):
            content = shipments(f"p-{number}", shipment(f"РН-{number}"), mode="merge")
            volga.load(content)
        assert volga.send(shipments("p-4", organization="12")).status == "rejected"
    return tmp_path


def said(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ("scorecard", *arguments))
    if isinstance(result.exception, Misuse):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_a_month_is_shown_with_what_was_counted_and_the_rating_worked_out(folder: Path) -> None:
    assert said("show", "2026-12") == ["VOLGA\t*\t0\t\t\t75.0\t\t75.0\tC"]
    assert said("show", "2026-12", "--party", "VOLGA") == [
        line
        for feed in ("*", "shipments")
        for line in (
            f"VOLGA\t{feed}\t0\t\t\t75.0\t\t75.0\tC",
            "\tpackets=3 rejected=1 rows_loaded=3",
            "\t(20 × 75.0) ÷ 20 = 75.0",
        )
    ]
    assert said("show", "2026-12", "--party", "OKA") == said("show", "2026-11") == []


def test_it_is_counted_again_when_somebody_asks(folder: Path) -> None:
    assert said("refresh") == ["1 scorecards counted"]
    assert said("refresh") == ["0 scorecards counted"]
    assert said("refresh", "2026-12") == ["2 scorecards counted"]
    assert said("refresh", "2026-12", "--party", "VOLGA") == ["1 scorecards counted"]


def test_the_distributor_gets_a_letter_and_his_1c_a_notice(folder: Path) -> None:
    file = folder / "letter.docx"
    assert said("letter", "VOLGA", "2026-12", "--output", str(file)) == [f"{file} is written"]
    assert "Rating: 75.0 (C)" in [each.text for each in Document(str(file)).paragraphs]
    assert said("tell", "2026-12") == ["1 sites are told"]
    assert said("tell", "2026-12", "--party", "VOLGA") == ["0 sites are told"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("show", "2026"), "2026 is no month as 2026-11"),
        (("show", "2026-13"), "2026-13 is no month"),
        (("show", "--party", "NOBODY"), "there is no party NOBODY"),
        (("letter", "NOBODY", "2026-12", "--output", "letter.docx"), "there is no party NOBODY"),
        (("letter", "OKA", "2026-12", "--output", "letter.docx"), "there is no scorecard of 2026-12"),
        (("letter", "VOLGA", "2026-12", "--output", "nowhere/letter.docx"), "nowhere/letter.docx: No such file"),
    ],
)
def test_what_a_person_got_wrong_is_said_in_one_line(folder: Path, arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(Misuse, match=reason):
        said(*arguments)
