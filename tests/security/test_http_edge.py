"""What is broken below SOAP: each request ends in a known fault or a closed connection, and the gateway goes on."""

import logging
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.soap.endpoint import PATH
from gateway.soap.http import HEADER_BYTES, MAX_HEADERS
from tests.hubs import add_site, client_of, hub_in, serving
from tests.security.raw import BASIC, PING, Raw, chunked, code, exchanged, head, ping

CHUNKED = "Transfer-Encoding: chunked"
LENGTH = len(PING)


@contextmanager
def gateway(folder: Path, **patience: int) -> Iterator[str]:
    with hub_in(folder, request_bytes=1 << 20, **patience) as hub:
        add_site(hub)
        with serving(hub) as address:
            yield address


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """With all the time that a slow machine needs."""
    with gateway(tmp_path_factory.mktemp("edge")) as address:
        yield address


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """For what never comes."""
    with gateway(tmp_path_factory.mktemp("impatient"), header_seconds=1, request_seconds=1) as address:
        yield address


@pytest.fixture(autouse=True)
def still_serving(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in {"address", "impatient"} & set(request.fixturenames):
        assert [code(answer) for answer in exchanged(request.getfixturevalue(name), ping())] == ["ok"]


def test_a_good_request_is_answered(address: str) -> None:
    assert [code(answer) for answer in exchanged(address, ping())] == ["ok"]


BROKEN = {
    "TLS on the plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "noise": bytes(range(256)) * 8,
    "an unknown method": head(line="SEND /ws/exchange HTTP/1.1"),
    "an unknown version": head(line="POST /ws/exchange HTTP/7.3"),
    "no version and no headers": b"POST /ws/exchange\r\n\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a path that is no ASCII": head(line="POST /ws/обмен HTTP/1.1".encode().decode("latin-1")),
    "CONNECT": head(line="CONNECT hub:443 HTTP/1.1"),
    "Upgrade to h2c": head("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", length=LENGTH) + PING,
    "Upgrade to websocket": head("Connection: Upgrade", "Upgrade: websocket", line=f"GET {PATH} HTTP/1.1"),
    "a NUL in a header's name": head("X\0Y: 1"),
    "a NUL in a header's value": head("X: 1\x002"),
    "a folded header": head("X: 1\r\n 2"),
    "bare line feeds": head().replace(b"\r\n", b"\n"),
    "a header without a colon": head("nonsense"),
    "Content-Length twice": head(f"Content-Length: {LENGTH}", length=LENGTH) + PING,
    "two lengths that differ": head("Content-Length: 3", length=LENGTH) + PING,
    "a list of lengths": head(f"Content-Length: {LENGTH}, {LENGTH}") + PING,
    "a negative length": head(length=-1) + PING,
    "a length with a plus": head(f"Content-Length: +{LENGTH}") + PING,
    "a length in hexadecimal": head("Content-Length: 0x10") + PING,
    "an empty length": head("Content-Length:") + PING,
    "a length beyond 64 bits": head("Content-Length: 99999999999999999999999999") + PING,
    "a length shorter than the body": head(length=LENGTH - 5) + PING,
    "no length and no body": head(),
    "no length and a body": head() + PING,
    "a length longer than the body": head(length=LENGTH + 1) + PING,
    "headers cut short": head(length=LENGTH)[:-10],
    "a body cut short": head(length=LENGTH) + PING[:20],
    "a chunk cut short": head(CHUNKED) + chunked(PING)[:30],
    "no last chunk": head(CHUNKED) + chunked(PING, end=b""),
    "a chunk without a size": head(CHUNKED) + b"\r\nabc\r\n0\r\n\r\n",
    "a negative chunk": head(CHUNKED) + b"-5\r\nabcde\r\n0\r\n\r\n",
    "a chunk beyond 64 bits": head(CHUNKED) + b"fffffffffffffffff\r\nabc",
    "a chunk larger than said": head(CHUNKED) + b"3\r\nabcdef\r\n0\r\n\r\n",
    "both a length and chunks": head(CHUNKED, length=LENGTH) + chunked(PING),
    "both chunks and a length": head(f"Content-Length: {LENGTH}", CHUNKED) + chunked(PING),
    "chunks twice": head(CHUNKED, CHUNKED) + chunked(PING),
    "chunks not last": head("Transfer-Encoding: chunked, identity") + chunked(PING),
    "another coding before chunks": head("Transfer-Encoding: gzip, chunked") + chunked(PING),
    "a coding that looks like chunks": head("Transfer-Encoding: xchunked") + chunked(PING),
    "a coding with a vertical tab": head("Transfer-Encoding:\x0bchunked") + chunked(PING),
    "a coding with a blank before the colon": head("Transfer-Encoding : chunked") + chunked(PING),
    "identity": head("Transfer-Encoding: identity", length=LENGTH) + PING,
    "chunks in HTTP/1.0": head(CHUNKED, line=f"POST {PATH} HTTP/1.0") + chunked(PING),
    "a compressed request": head("Content-Encoding: gzip", length=LENGTH) + PING,
    "credentials twice": head(f"Authorization: {BASIC}", f"Authorization: {BASIC}", length=LENGTH) + PING,
    "too many headers": head(*(f"X-{n}: 1" for n in range(MAX_HEADERS)), length=LENGTH) + PING,
    "a header too long": head("X: " + "x" * HEADER_BYTES, length=LENGTH) + PING,
    "an address too long": head(line=f"POST {PATH}?{'x' * HEADER_BYTES} HTTP/1.1", length=LENGTH) + PING,
    "headers without end": head()[:-2] + b"X: 1\r\n" * 100_000,
    "a trailer too long": head(CHUNKED) + chunked(PING, end=b"0\r\nX: " + b"x" * (2 * HEADER_BYTES) + b"\r\n\r\n"),
    "trailers without end": head(CHUNKED) + chunked(PING, end=b"0\r\n" + b"X: 1\r\n" * 1000),
    "a chunk extension too long": head(CHUNKED) + b"5;x=" + b"x" * (2 * HEADER_BYTES) + b"\r\nabcde\r\n0\r\n\r\n",
    "chunks of a single byte": head(CHUNKED, f"Authorization: {BASIC}") + chunked(*[b" "] * 50_000),
    "an empty body": head(length=0),
    "PUT": head(line=f"PUT {PATH} HTTP/1.1", length=LENGTH) + PING,
    "OPTIONS": head(line=f"OPTIONS {PATH} HTTP/1.1"),
    "a GET that does not ask for the WSDL": head(line=f"GET {PATH} HTTP/1.1"),
}


@pytest.mark.parametrize("request_bytes", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_request_is_malformed_and_the_connection_ends(address: str, request_bytes: bytes) -> None:
    assert [code(answer) for answer in exchanged(address, request_bytes)] == ["Client.Malformed"]


@pytest.mark.parametrize("request_bytes", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_request_ends_even_if_the_caller_keeps_its_side_open(impatient: str, request_bytes: bytes) -> None:
    with Raw(impatient) as raw:
        raw.send(request_bytes)
        assert code(raw.answer()) == "Client.Malformed"


GOOD = {
    "chunks": head(CHUNKED) + chunked(PING[:10], PING[10:50], PING[50:]),
    "chunks with extensions and trailers": head(CHUNKED)
    + b"%x;name=value\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n" % (LENGTH, PING),
    "a coding in capitals": head("TRANSFER-ENCODING: Chunked") + chunked(PING),
    "HTTP/1.0": head(line=f"POST {PATH} HTTP/1.0", length=LENGTH) + PING,
    "an address with the host": head(line=f"POST http://hub{PATH} HTTP/1.1", length=LENGTH) + PING,
    "empty lines before": b"\r\n\r\n" + ping(),
    "an empty line after": ping() + b"\r\n",
    "many headers": ping(*(f"X-{n}: 1" for n in range(MAX_HEADERS - 10))),
    "credentials nobody knows, for Ping": ping("Authorization: Basic eDp5"),
    "credentials that are none, for Ping": ping("Authorization: Negotiate abc"),
}


@pytest.mark.parametrize("request_bytes", GOOD.values(), ids=GOOD.keys())
def test_what_is_odd_and_right_is_answered(address: str, request_bytes: bytes) -> None:
    assert [code(answer) for answer in exchanged(address, request_bytes)] == ["ok"]


def test_a_body_a_byte_at_a_time_is_read(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head(length=LENGTH), *(PING[place : place + 1] for place in range(LENGTH)))
        assert code(raw.answer()) == "ok"


def test_requests_one_behind_the_other_are_answered_in_order(address: str) -> None:
    broken = head(length=3) + b"abc"
    answers = exchanged(address, ping() + broken + ping("Connection: close"))
    assert [code(answer) for answer in answers] == ["ok", "Client.Malformed", "ok"]


def test_what_follows_the_body_is_never_taken_for_a_request(address: str) -> None:
    """A proxy may see one request where we saw two: so what can't be a request ends the connection."""
    hidden = b"x" * 20 + ping()
    answers = exchanged(address, ping() + hidden + ping())
    assert [code(answer) for answer in answers] == ["ok"]


def test_a_request_too_large_is_refused_before_it_is_read(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head(f"Authorization: {BASIC}", length=1 << 40))
        assert code(raw.answer()) == "Client.TooLarge"


def test_who_sends_too_much_all_the_same_hears_why(address: str) -> None:
    size = 8 << 20
    with Raw(address) as raw:
        raw.send(head(f"Authorization: {BASIC}", length=size), b"x" * size)
        assert code(raw.answer()) == "Client.TooLarge"
        raw.send(ping())
        assert code(raw.answer()) == "ok"


def test_chunks_without_end_are_too_large(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head(CHUNKED, f"Authorization: {BASIC}"), *[chunked(b"x" * 65536, end=b"")] * 40)
        assert code(raw.answer()) == "Client.TooLarge"


def test_a_stranger_is_refused_before_a_large_body_is_read(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head("Authorization: Basic eDp5", length=1 << 20))
        assert code(raw.answer()) == "Client.Authentication"


def test_a_stranger_s_chunks_are_not_kept(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head(CHUNKED), *[chunked(b"x" * 65536, end=b"")] * 4)
        assert code(raw.answer()) == "Client.Authentication"


def test_who_asks_first_may_go_on(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head("Expect: 100-continue", length=LENGTH))
        assert raw.socket.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(PING)
        assert code(raw.answer()) == "ok"


def test_who_asks_first_and_may_not_is_told_so_and_the_connection_ends(address: str) -> None:
    """Nobody knows whether the body follows, so nothing may follow."""
    with Raw(address) as raw:
        raw.send(head("Expect: 100-continue", f"Authorization: {BASIC}", length=1 << 40))
        assert [code(answer) for answer in raw.answers()] == ["Client.TooLarge"]


def test_who_asks_first_behind_somebody_who_may_not_is_answered(address: str) -> None:
    refused = head("Expect: 100-continue", "Content-Encoding: gzip", length=LENGTH) + PING
    with Raw(address) as raw:
        raw.send(refused + head("Expect: 100-continue", length=LENGTH) + PING[:9])
        assert code(raw.answer()) == "Client.Malformed"
        raw.send(PING[9:])
        raw.say_no_more()
        assert code(raw.answers()[-1]) == "ok"


def test_a_caller_that_is_gone_before_its_answers_is_no_failure(address: str, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(20):
        with Raw(address) as raw:
            raw.send(ping() * 20)
            raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with client_of(address) as client:
        client.ping()
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


SLOW = {
    "nothing at all": b"",
    "empty lines": b"\r\n",
    "a letter": b"P",
    "half of the headers": head(length=LENGTH)[:-10],
}


@pytest.mark.parametrize("beginning", SLOW.values(), ids=SLOW.keys())
def test_a_connection_on_which_no_request_arrives_is_closed(impatient: str, beginning: bytes) -> None:
    with Raw(impatient) as raw:
        raw.send(beginning)
        assert [code(answer) for answer in raw.answers()] in ([], ["Client.Malformed"])


@pytest.mark.parametrize("beginning", [head(length=LENGTH) + PING[:5], head(CHUNKED) + chunked(PING, end=b"")])
def test_a_body_that_does_not_arrive_in_time_is_malformed(impatient: str, beginning: bytes) -> None:
    with Raw(impatient) as raw:
        raw.send(beginning)
        assert code(raw.answer()) == "Client.Malformed"


def test_headers_that_trickle_in_are_not_waited_for(impatient: str) -> None:
    with Raw(impatient) as raw:
        raw.send(head()[:-2])
        raw.socket.settimeout(0.2)
        trickled, heard = 0, b""
        while not heard and trickled < 100:
            raw.send(b"X: 1\r\n")
            trickled += 1
            try:
                heard = raw.socket.recv(1 << 16)
            except TimeoutError:
                continue
    assert code(heard) == "Client.Malformed"


def test_a_hundred_slow_callers_hinder_nobody(impatient: str) -> None:
    slow = [Raw(impatient) for _ in range(100)]
    for number, each in enumerate(slow):
        each.send(head(length=1000)[: 20 + number % 60] if number % 2 else head(length=1000))
    with client_of(impatient) as client:
        assert client.service.TestConnection().site == "main"
    for each in slow:
        with each:
            assert code(each.answer()) == "Client.Malformed"


def test_the_pages_have_the_same_edge(address: str) -> None:
    with Raw(address) as raw:
        raw.send(head(line="POST /login HTTP/1.1", length=-1))
        assert code(raw.answer()) == "Client.Malformed"


def test_what_the_edge_refuses_is_in_the_audit_journal(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub:
        with serving(hub) as address:
            exchanged(address, BROKEN["noise"])
            exchanged(address, BROKEN["a body cut short"])
        assert hub.audit.flush()
        with hub.exchange.reading() as connection:
            rows = [stored.entry for stored in hub.audits.entries_after(connection, 0, 10)]
    assert [(row.address, row.operation, row.outcome) for row in rows] == [
        ("127.0.0.1", "unknown", "Client.Malformed")
    ] * 2
