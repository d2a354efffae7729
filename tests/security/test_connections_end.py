"""Connections end in bounded time, whatever their other side does; those of a hub that stops end with a word."""

import select
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from gateway.config import load_settings
from gateway.domain.errors import Misuse
from gateway.server import listening
from gateway.soap import connection
from gateway.soap.endpoint import PATH
from tests.hubs import add_site, hub_in, serving
from tests.security.raw import PATIENCE, PING, Raw, code, head, ping


def test_too_many_connections_are_refused_as_busy(tmp_path: Path) -> None:
    with hub_in(tmp_path, connections=3) as hub, serving(hub) as address:
        kept = [Raw(address) for _ in range(3)]
        for each in kept:
            each.send(ping())
            assert code(each.answer()) == "ok"
        with Raw(address) as refused:
            assert [code(answer) for answer in refused.answers()] == ["Server.Busy"]
        kept.pop().__exit__()
        for each in kept:
            with each:
                each.send(ping())
                assert code(each.answer()) == "ok"


def test_a_caller_that_never_reads_its_answers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "UNREAD_SECONDS", 0.1)
    asks = head(line=f"GET {PATH}?wsdl HTTP/1.1")
    with hub_in(tmp_path) as hub, serving(hub) as address, Raw(address) as raw:
        for _ in range(20):
            raw.send(asks * 500)
        poll = select.poll()
        poll.register(raw.socket, select.POLLHUP | select.POLLERR)
        assert poll.poll(PATIENCE * 1000), "the gateway keeps the connection and what nobody reads"


def test_a_caller_that_reads_slowly_gets_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile more is written for it, so that what waits for it does not shrink."""
    monkeypatch.setattr(connection, "UNREAD_SECONDS", 2.0)
    asks = head(line=f"GET {PATH}?wsdl HTTP/1.1")
    with hub_in(tmp_path) as hub, serving(hub) as address, Raw(address) as raw:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # what waits, waits in the gateway
        raw.send(asks * 500 + head("Connection: close", line=f"GET {PATH}?wsdl HTTP/1.1"))
        assert [code(answer) for answer in raw.answers(rests=0.015)] == ["ok"] * 501


@pytest.mark.parametrize("arrived", [head(length=1000), head(length=1000) + PING, head()[:-5]])
def test_a_request_still_arriving_when_the_hub_stops_is_told_to_come_again(tmp_path: Path, arrived: bytes) -> None:
    with hub_in(tmp_path) as hub:
        with serving(hub) as address:
            raw, idle = Raw(address), Raw(address)
            raw.send(ping())
            assert code(raw.answer()) == "ok"
            raw.send(arrived)
            idle.send(ping())
            assert code(idle.answer()) == "ok"
        with raw, idle:
            assert [code(answer) for answer in raw.answers()] == ["Server.Busy"]
            assert idle.is_closed()


def test_a_request_under_way_when_the_hub_stops_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, go_on = threading.Event(), threading.Event()
    with hub_in(tmp_path) as hub:
        add_site(hub)

        def slowly(*who: str) -> None:
            under_way.set()
            go_on.wait(PATIENCE)

        monkeypatch.setattr(hub.access, "remembered", slowly)
        with serving(hub) as address:
            raw = Raw(address)
            raw.send(ping("Authorization: Basic eDp5"))
            assert under_way.wait(PATIENCE)
            threading.Timer(0.3, go_on.set).start()
        with raw:
            assert [code(answer) for answer in raw.answers()] == ["ok"]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    files = str(tmp_path / "hub.pem"), str(tmp_path / "hub.key")
    made_for = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-out", files[0], "-keyout", files[1]]
    subprocess.run([*command, *made_for], check=True, capture_output=True)
    return files


def test_with_a_certificate_the_hub_speaks_tls_and_nothing_else(tmp_path: Path, certificate: tuple[str, str]) -> None:
    settings = {"tls_certificate": certificate[0], "tls_key": certificate[1]}
    trust = ssl.create_default_context(cafile=certificate[0])
    with hub_in(tmp_path, **settings) as hub, serving(hub) as address:
        with Raw(address) as raw:
            raw.socket = trust.wrap_socket(raw.socket, server_hostname="127.0.0.1")
            raw.send(ping())
            assert code(raw.answer()) == "ok"
            raw.send(head(length=-1))
            assert code(raw.answer()) == "Client.Malformed"
        with Raw(address) as plain:
            plain.send(ping())
            assert b"HTTP/1.1 200" not in b"".join(plain.answers())
    assert hub.settings.address.startswith("https://")


def test_a_certificate_that_can_not_be_used_stops_the_start_with_one_line(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    with pytest.raises(Misuse, match="OBMEN_TLS_CERTIFICATE"):
        listening(load_settings(tls_certificate=str(nothing), tls_key=str(nothing), port=0))
    nothing.write_text("no certificate")
    with pytest.raises(Misuse, match="OBMEN_TLS_CERTIFICATE"):
        listening(load_settings(tls_certificate=str(nothing), tls_key=str(nothing), port=0))
    with pytest.raises(Misuse, match="OBMEN_TLS_KEY"):
        load_settings(tls_certificate=str(nothing))
