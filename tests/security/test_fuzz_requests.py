"""Mutated requests: whatever the bytes are, the answer is one of the contract."""

import base64
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hubs import serving
from tests.security.fuzzing import AS_USUAL, Headers, Service, fuzzed, service
from tests.security.mutating import SNIPPETS, VALUES, edited, texts
from tests.security.posting import ARGUMENTS
from tests.security.raw import BASIC, chunked, exchanged, head
from tests.unit.envelopes import envelope, operation

REQUESTS = [envelope(operation(name, inner)).encode() for name, inner in ARGUMENTS.items()]
CHARSETS = ("utf-8", '"UTF-8"', "windows-1251", "cp1251", "utf-16", "utf-7", "x-unknown", "", "us-ascii;charset=utf-8")
WORDS = ("Content-Type", "Authorization", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Expect", "Host")
LINES = (
    *(
        "Content-Length: 5",
        "Content-Length: 99999999999",
        "Content-Length: -1",
        "Content-Length: 0x10",
        "Expect: 100-continue",
    ),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip", "Connection: close"),
    *(
        "Connection: Upgrade\r\nUpgrade: h2c",
        "X-Forwarded-For: 1.2.3.4",
        "Content-Type: text/xml; charset=cp1251",
        ":",
        " x",
    ),
    f"Authorization: {BASIC}",
)
HTTP = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\x00",
        b"\xff",
        b":",
        b"HTTP/1.0",
        b"HTTP/2.0",
        b"GET",
        b"HEAD",
        b"PUT",
        b"OPTIONS * ",
    ),
    *(
        b"?wsdl",
        b"/",
        b"%00",
        b"%",
        b"//",
        b"http://other/",
        b"/login",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"0\r\n\r\n",
    ),
    *(b"ffffffffffffffff\r\n", b"-1\r\n", b"5;a=b\r\n", b"A" * 70_000, *(f"{line}\r\n".encode() for line in LINES)),
)
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n(.*)", re.DOTALL)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("fuzzed")) as found:
        yield found


@st.composite
def headers(draw: st.DrawFn) -> Headers:
    """Those of a usual request, in some strange company."""
    charset = draw(st.sampled_from(CHARSETS))
    given = dict(
        draw(st.sampled_from((AS_USUAL, AS_USUAL, [(b"content-type", f"text/xml;charset={charset}".encode())])))
    )
    given |= dict(AS_USUAL[1:]) if draw(st.integers(0, 19)) else {}
    for name in draw(st.lists(st.sampled_from(WORDS), max_size=1)) if draw(st.booleans()) else ():
        value = draw(st.sampled_from(VALUES)).encode("utf-8", "replace")
        given[name.lower().encode()] = b"Basic " + base64.b64encode(value) if name == "Authorization" else value
    return list(given.items())


def test_every_mutated_request_gets_an_answer_of_the_contract(gateway: Service) -> None:
    outcomes = set()

    @fuzzed(300)
    @given(texts(*REQUESTS), headers())
    def every_request(content: bytes, headers: Headers) -> None:
        outcomes.add(gateway.post(content, headers).fault)

    every_request()
    assert {None, "Client.Malformed", "Client.Contract", "Client.Authentication"} <= outcomes


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Requests of one connection as bytes, mutated, in pieces."""
    sent = b""
    for content in draw(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=2)):
        lines = [
            f"Authorization: {BASIC}",
            "Content-Type: text/xml",
            *draw(st.lists(st.sampled_from(LINES), max_size=1)),
        ]
        if draw(st.booleans()):
            sent += head(*lines, length=len(content)) + content
        else:
            half = len(content) // 2
            sent += head(*lines, "Transfer-Encoding: chunked") + chunked(content[:half], content[half:])
    sent = edited(draw, sent, draw(st.integers(0, 3)), HTTP + SNIPPETS)
    cut = draw(st.integers(0, len(sent)))
    return [sent[:cut], sent[cut:]]


def test_every_mutated_conversation_ends_in_answers_of_the_contract(gateway: Service) -> None:
    statuses = set()
    with serving(gateway.hub) as address:

        @fuzzed(200)
        @given(conversations())
        def every_conversation(pieces: list[bytes]) -> None:
            for answer in exchanged(address, *pieces):
                statuses.add(judged(gateway, answer))
            gateway.look_into_the_log()

        every_conversation()
    assert {200, 500} <= statuses


def judged(gateway: Service, answer: bytes) -> int:
    """The status of an answer; fails where it is none of the contract, or of the pages beside it."""
    found = ANSWER.fullmatch(answer)
    if found is None:
        assert answer == b"HTTP/1.1 100 Continue\r\n\r\n"
        return 100
    status, lines, content = int(found[1]), found[2].split(b"\r\n"), found[3]
    named = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    if named[b"content-type"].startswith(b"text/xml") and content:
        gateway.judged(status, named, content)
    else:
        assert status < 500
    return status
