"""Settings come from variables; a wrong one is one line that names it."""

import os
from typing import Any

import pytest

from gateway.config import load_settings
from gateway.domain.errors import Misuse


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("OBMEN_")]:
        monkeypatch.delenv(name)


def wrong(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """The one line that the start ends with."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misuse) as caught:
        load_settings()
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_without_variables_everything_has_a_default() -> None:
    settings = load_settings()
    assert (settings.database, settings.port, settings.language) == ("sqlite:///.", 8080, "ru")
    assert settings.address == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OBMEN_DATABASE", "oracle://db"),
        ("OBMEN_DATABASE", ""),
        ("OBMEN_HOST_NAME", "x"),
        ("OBMEN_PORT", "http"),
        ("OBMEN_PORT", "-1"),
        ("OBMEN_PORT", "65536"),
        ("OBMEN_PUBLIC_URL", "hub.example"),
        ("OBMEN_PUBLIC_URL", "ftp://hub.example"),
        ("OBMEN_LANGUAGE", "de"),
        ("OBMEN_TIME_ZONE", "Mars/Phobos"),
        ("OBMEN_TIME_ZONE", "../../etc/passwd"),
        ("OBMEN_TIME_ZONE", ""),
        ("OBMEN_REQUEST_BYTES", "1023"),
        ("OBMEN_REQUEST_BYTES", "32M"),
        ("OBMEN_PACKET_BYTES", "0"),
        ("OBMEN_REQUEST_SECONDS", "0"),
        ("OBMEN_THREADS", "0"),
        ("OBMEN_THREADS", "65"),
        ("OBMEN_LEASE_SECONDS", "soon"),
        ("OBMEN_TRIES", "0"),
        ("OBMEN_POLL_SECONDS", "0"),
        ("OBMEN_POLL_SECONDS", "nan"),
        ("OBMEN_POLL_SECONDS", "inf"),
        ("OBMEN_LOG", "xml"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    assert variable in wrong(monkeypatch, **{variable: value})


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = wrong(monkeypatch, OBMEN_PORT="x", OBMEN_LOG="xml", OBMEN_TRIES="none")
    assert all(name in line for name in ("OBMEN_PORT", "OBMEN_LOG", "OBMEN_TRIES"))


def test_an_unknown_variable_of_ours_is_named_and_others_are_not_our_business(monkeypatch: pytest.MonkeyPatch) -> None:
    line = wrong(monkeypatch, OBMEN_PROT="80", OBMEN_DATABSE="x", OTHER_PORT="x")
    assert ("OBMEN_PROT" in line, "OBMEN_DATABSE" in line, "OTHER_PORT" in line) == (True, True, False)


@pytest.mark.parametrize("variable", ["OBMEN_CLIENT_PASSWORD", "OBMEN_TEST_MSSQL_URL"])
def test_what_clients_and_tests_read_themselves_is_known(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    without = load_settings()
    monkeypatch.setenv(variable, "x")
    assert load_settings() == without


def test_a_secret_in_a_wrong_setting_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "s3cret" not in wrong(monkeypatch, OBMEN_DATABASE="oracle://user:s3cret@db", OBMEN_PORT="s3cret")
    assert "s3cret" not in wrong(monkeypatch, OBMEN_MAIL_URL="smtp://user:s3cret@mail", OBMEN_PORT="s3cret")


def test_secrets_stay_out_of_what_is_printed() -> None:
    secret = {"database": "mssql+pyodbc://u:s3cret@db", "mail_url": "mailto://u:s3cret@m", "telegram_token": "s3cret"}
    assert "s3cret" not in repr(load_settings(**secret))


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("OBMEN_PORT", "0", "port", 0),
        ("OBMEN_POLL_SECONDS", "0.05", "poll_seconds", 0.05),
        ("OBMEN_PUBLIC_URL", "https://hub.example/", "public_url", "https://hub.example"),
        ("OBMEN_PUBLIC_URL", "", "public_url", ""),
        ("OBMEN_DATABASE", "sqlite:////var/lib/obmen", "database", "sqlite:////var/lib/obmen"),
        ("OBMEN_TIME_ZONE", "Asia/Yekaterinburg", "time_zone", "Asia/Yekaterinburg"),
    ],
)
def test_a_right_setting_is_taken(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, expected: Any
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(load_settings(), name) == expected


def test_the_address_outside_is_the_public_one_where_there_is_one() -> None:
    assert load_settings(port=9000, host="0.0.0.0").address == "http://0.0.0.0:9000"
    assert load_settings(port=9000, host="::1").address == "http://[::1]:9000"
    assert load_settings(public_url="https://hub.example/").address == "https://hub.example"


def test_an_argument_of_a_command_stands_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMEN_PORT", "9000")
    assert load_settings(port=9001).port == 9001


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(
        port=0, language="en", poll_seconds=0.1, packet_bytes=5000, public_url="https://hub.example"
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings
