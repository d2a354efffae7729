"""What arrives is not always HTTP: lengths that lie, bodies that break off, senders that never finish."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.security.watching import PATIENCE, Watched, read, watched
from tests.unit.envelopes import envelope, receipt_of

BODY = envelope().encode()
HEAD = b"POST /ws/exchange HTTP/1.1\r\nHost: hub\r\nContent-Type: text/xml\r\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched")) as found:
        yield found


def answered(gateway: Watched, *pieces: bytes, breaks_off: bool = False) -> bytes:
    """Everything that comes back until the gateway closes or has answered."""
    host, port = gateway.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if breaks_off:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while not whole(received):
            piece = connection.recv(1 << 16)
            if not piece:
                break
            received += piece
    return received


def whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    if not found or head.startswith(b"HTTP/1.1 100"):
        return bool(found) and whole(body)
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return length is not None and len(body) >= int(length.group(1))


def outcome(received: bytes) -> str:
    """Of the service's answer, or of the HTTP edge's in the same form."""
    return read(int(received.split()[1]), received.rpartition(b"\r\n\r\n")[2]).outcome


def works(gateway: Watched) -> bool:
    return gateway.post(BODY).outcome == "ok" and gateway.touched() == [] and "Traceback" not in gateway.log()


@pytest.mark.parametrize("length", [b"abc", b"-1", b"+5", b"0x10", b"1e3", b"9" * 30, b"9" * 5000, b"5, 6", b""])
def test_a_length_that_is_no_number_is_malformed(gateway: Watched, length: bytes) -> None:
    received = answered(gateway, HEAD + b"Content-Length: " + length + b"\r\n\r\n" + BODY)
    assert outcome(received) == "Client.Malformed"
    assert works(gateway)


def test_two_lengths_or_a_length_beside_chunks_are_malformed(gateway: Watched) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    for more in (b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY, b"Content-Length: 5\r\n" + chunks):
        assert outcome(answered(gateway, HEAD + more)) == "Client.Malformed"
    assert works(gateway)


def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(gateway: Watched) -> None:
    assert outcome(answered(gateway, HEAD + b"Content-Length: 10000000000\r\n\r\n")) == "Client.TooLarge"
    assert works(gateway)


def test_a_body_shorter_than_its_length_is_given_up_when_its_time_is_over(gateway: Watched) -> None:
    received = answered(gateway, HEAD + b"Content-Length: 5000\r\n\r\n" + BODY)
    assert outcome(received) == "Client.Malformed"
    assert b"did not arrive" in received
    assert works(gateway)


def test_a_sender_that_breaks_off_hurts_nobody(gateway: Watched) -> None:
    received = answered(gateway, HEAD + b"Content-Length: 5000\r\n\r\n" + BODY, breaks_off=True)
    assert received == b"" or outcome(received) == "Client.Malformed"
    assert works(gateway)


def test_a_body_longer_than_its_length_is_read_to_its_length(gateway: Watched) -> None:
    cut = envelope(receipt_of("x" * 50)).encode()
    received = answered(gateway, HEAD + b"Content-Length: %d\r\n\r\n" % (len(cut) - 20) + cut)
    assert outcome(received[: received.index(b"Envelope>") + 9]) == "Client.Malformed" if whole(received) else True
    assert works(gateway)


def test_chunks_are_read_and_broken_ones_are_malformed(gateway: Watched) -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    right = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (BODY[:7], BODY[7:]))
    assert outcome(answered(gateway, chunked + right + b"0\r\n\r\n")) == "ok"
    for wrong in (b"zz\r\n" + BODY, b"-5\r\n" + BODY):
        assert outcome(answered(gateway, chunked + wrong)) == "Client.Malformed"
    assert works(gateway)


def test_a_sender_who_asks_first_is_told_to_go_on(gateway: Watched) -> None:
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    received = answered(gateway, head, BODY)
    assert received.startswith(b"HTTP/1.1 100 ")
    assert b"PingResponse" in received


@pytest.mark.parametrize("request_line", [b"GET", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"])
def test_other_methods_are_told_what_to_do(gateway: Watched, request_line: bytes) -> None:
    received = answered(gateway, request_line + b" /ws/exchange HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n")
    assert outcome(received) == "Client.Malformed"


@pytest.mark.parametrize(
    "noise", [b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00" * 20, b"A" * 100_000]
)
def test_noise_is_malformed(gateway: Watched, noise: bytes) -> None:
    assert outcome(answered(gateway, noise, b"\r\n\r\n")) == "Client.Malformed"
    assert works(gateway)


def test_the_wsdl_is_the_same_whoever_asks_under_whatever_name(gateway: Watched) -> None:
    asked = [
        answered(gateway, b"GET /ws/exchange?%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (query, host))
        for query, host in ((b"wsdl", b"hub"), (b"WSDL", b"evil.example"), (b"Wsdl&x=1", b'hub"><x'))
    ]
    bodies = {received.partition(b"\r\n\r\n")[2] for received in asked}
    assert len(bodies) == 1
    assert b"evil" not in bodies.pop()
