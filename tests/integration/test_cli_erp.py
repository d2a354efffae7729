"""`obmen token …`, `obmen webhook …`, `obmen erp …`: what they do, what they show once, and how they end."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway import cli_hub
from gateway.cli import app
from gateway.domain.errors import AuthenticationFailed, Misuse
from gateway.domain.token import Scope
from gateway.tokens import admitted
from tests.erp_service import erp_at_work
from tests.hubs import hub_in
from tests.listening import listening
from tests.stores import url_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBMEN_DATABASE", url_in(tmp_path))
    monkeypatch.setattr(cli_hub, "configure", lambda settings: None)  # its log would outlive the runner's streams
    return tmp_path


def obmen(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, Misuse):
        raise result.exception
    return result


def said(*arguments: str) -> str:
    result = obmen(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_token_is_shown_once_and_does_what_its_scopes_say_until_it_is_revoked(folder: Path) -> None:
    token = said("token", "add", "erp", "--scope", "facts:read", "--scope", "orders:read").strip()
    with hub_in(folder) as hub:
        assert admitted(hub, token).scopes == {Scope.FACTS_READ, Scope.ORDERS_READ}
    assert said("token", "add", "endless", "--scope", "facts:read", "--days", "0")
    listed = said("token", "list")
    assert token not in listed
    assert "works until" in listed
    assert "facts:read orders:read" in listed
    assert said("token", "revoke", "erp") == "erp is revoked\n"
    with hub_in(folder) as hub, pytest.raises(AuthenticationFailed):
        admitted(hub, token)
    assert "erp\trevoked" in said("token", "list")
    for wrong in (("add", "erp", "--scope", "facts:read"), ("revoke", "erp"), ("revoke", "nobody")):
        with pytest.raises(Misuse):
            obmen("token", *wrong)
    assert obmen("token", "add", "x", "--scope", "everything").exit_code == 2


def test_a_webhook_is_added_tried_out_listed_and_ended(folder: Path) -> None:
    with listening() as listener:
        secret = said("webhook", "add", "erp", listener.url, "--event", "facts").strip()
        listener.answers = [500]
        assert said("webhook", "test", "erp") == "0 calls were answered\n"
        listed = said("webhook", "list")
        assert secret not in listed
        assert listed.startswith("erp\tworks\t1 waiting\t0 given up\tfacts\t")
        assert said("webhook", "retry", "erp") == "0 calls are due again\n"
        assert said("webhook", "send") == "0 calls were answered\n"
        assert said("webhook", "end", "erp")
        assert "ended\t0 waiting\t1 given up" in said("webhook", "list")
    assert len(listener.calls) == 1


def test_the_erp_is_pinged_and_exchanged_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("ping", "exchange"):
        with pytest.raises(Misuse, match="OBMEN_ERP_URL"):
            obmen("erp", command)
    with erp_at_work() as (url, books):
        monkeypatch.setenv("OBMEN_ERP_URL", url)
        books.say("warehouses", code="W-1", name="Склад")
        assert said("erp", "ping") == "the ERP answers, with version 1 of the contract\n"
        assert said("erp", "exchange").startswith("1 records read, 0 of them refused\n")
