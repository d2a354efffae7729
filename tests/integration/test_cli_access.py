"""`obmen site rotate`, `allow`, `close` and `audit …`: what they do, and how they end."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from gateway import cli_hub
from gateway.cli import app
from gateway.domain.audit import Entry
from gateway.domain.errors import AuthenticationFailed, Misuse
from gateway.sealing import verify
from gateway.wiring import now
from tests.hubs import LOGIN, PASSWORD, add_site, hub_in
from tests.stores import url_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBMEN_DATABASE", url_in(tmp_path))
    monkeypatch.setattr(cli_hub, "configure", lambda settings: None)  # its log would outlive the runner's streams
    with hub_in(tmp_path, now) as hub:
        add_site(hub)
    return tmp_path


def obmen(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, Misuse):
        raise result.exception
    return result


def works(folder: Path, password: str, address: str = "192.0.2.1") -> bool:
    with hub_in(folder, now) as hub:
        try:
            return bool(hub.access.sender(LOGIN, password, address))
        except AuthenticationFailed:
            return False


def record(folder: Path, count: int) -> None:
    with hub_in(folder, now) as hub, hub.exchange.writing() as connection:
        hub.audits.add(connection, [Entry(now(), "192.0.2.1", "Ping", "ok")] * count)


def test_rotate_keeps_the_old_password_for_a_day(folder: Path) -> None:
    assert obmen("site", "rotate", LOGIN, "--password", "new").exit_code == 0
    assert [works(folder, PASSWORD), works(folder, "new")] == [True, True]


def test_rotate_without_overlap_ends_the_old_password(folder: Path) -> None:
    said = obmen("site", "rotate", LOGIN, "--password", "new", "--overlap-hours", "0").output
    assert "no longer works" in said
    assert [works(folder, PASSWORD), works(folder, "new")] == [False, True]


def test_rotate_of_nobody_is_refused(folder: Path) -> None:
    with pytest.raises(Misuse, match="there is no login nobody"):
        obmen("site", "rotate", "nobody", "--password", "new")


def test_allow_replaces_the_networks_and_lifts_them(folder: Path) -> None:
    obmen("site", "allow", LOGIN, "198.51.100.0/24")
    obmen("site", "allow", LOGIN, "192.0.2.0/24", "2001:db8::1")
    calls = ("192.0.2.9", "2001:db8::1", "198.51.100.9")
    assert [works(folder, PASSWORD, address) for address in calls] == [True, True, False]
    obmen("site", "allow", LOGIN, "--anywhere")
    assert works(folder, PASSWORD, "198.51.100.9")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([LOGIN], "name networks, or --anywhere"),
        ([LOGIN, "192.0.2.0/24", "--anywhere"], "name networks, or --anywhere"),
        ([LOGIN, "192.0.2.0/33"], "192.0.2.0/33 is no network"),
        (["nobody", "192.0.2.0/24"], "there is no login nobody"),
        ([LOGIN, *(f"2001:db8:ffff:ffff:ffff:ffff:ffff:{number:04x}" for number in range(1, 40))], "too many"),
    ],
)
def test_allow_says_what_is_wrong(folder: Path, arguments: list[str], says: str) -> None:
    with pytest.raises(Misuse, match=says):
        obmen("site", "allow", *arguments)


def test_a_closed_site_may_log_in_no_more_until_it_is_reopened(folder: Path) -> None:
    assert f"{LOGIN} may log in no more" in obmen("site", "close", LOGIN, "--by", "anna").output
    assert re.search(rf"{LOGIN}\t.*\tclosed 20.*Z, anna", obmen("site", "list").output)
    with hub_in(folder, now) as hub:
        for password, says in ((PASSWORD, "this site is closed"), ("guessed", "login or password is wrong")):
            with pytest.raises(AuthenticationFailed, match=f"Client.Authentication: {says}"):
                hub.access.sender(LOGIN, password, "192.0.2.1")
    assert "may log in again" in obmen("site", "reopen", LOGIN).output
    assert works(folder, PASSWORD)
    assert "closed" not in obmen("site", "list").output


def test_verify_tells_what_is_sealed_and_what_not_yet(folder: Path) -> None:
    record(folder, 3)
    assert "3 rows are not sealed yet" in obmen("audit", "verify").output
    assert "3 rows sealed" in obmen("audit", "seal").output
    verified = obmen("audit", "verify")
    assert verified.exit_code == 0
    assert "3 rows in 1 segments are as they were sealed" in verified.output
    with hub_in(folder, now) as hub:
        last = verify(hub).last
    assert last
    assert f"last seal 1:{last.hash}" in verified.output


def test_verify_ends_with_status_1_and_names_the_row_that_was_touched(folder: Path) -> None:
    record(folder, 3)
    obmen("audit", "seal")
    with hub_in(folder, now) as hub, hub.exchange.writing() as connection:
        connection.execute(text("UPDATE exchange.audit SET outcome = 'accepted' WHERE [key] = 2"))
    verified = obmen("audit", "verify")
    assert verified.exit_code == 1
    assert "BREACH: segment 1 (rows 1 to 3): row 2 is altered" in verified.output


def test_verify_holds_the_chain_against_a_seal_noted_elsewhere(folder: Path) -> None:
    record(folder, 3)
    obmen("audit", "seal")
    with hub_in(folder, now) as hub:
        last = verify(hub).last
    assert last
    assert obmen("audit", "verify", "--noted", f"1:{last.hash}").exit_code == 0
    assert obmen("audit", "verify", "--noted", f"1:{'0' * 64}").exit_code == 1
    assert obmen("audit", "verify", "--noted", f"2:{last.hash}").exit_code == 1
    with pytest.raises(Misuse, match="a seal's number and hash"):
        obmen("audit", "verify", "--noted", "1:abc")
