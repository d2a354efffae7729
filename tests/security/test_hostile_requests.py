"""Hostile requests end in a known fault: at a bounded cost, nothing touched, nothing in the log."""

from collections.abc import Iterator

import pytest

from tests.security import hostile
from tests.security.hostile import MARK
from tests.security.watching import FAULTS, Watched, watched
from tests.unit.envelopes import envelope, operation

CORPUS = hostile.corpus()
ALLOWED = FAULTS - {"Server.Busy"}
here = pytest.mark.skipif(not CORPUS, reason=f"the public attack files are not at {hostile.FOLDER}")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched")) as found:
        yield found


def harm(gateway: Watched) -> list[str]:
    told = [f"touched: {each}" for each in gateway.touched()]
    told += ["a payload is in the log"] * (MARK in gateway.log() or "Traceback" in gateway.log())
    return told + ["it works no more"] * (gateway.post(envelope()).outcome != "ok")


def test_every_hostile_request_ends_in_a_known_fault(gateway: Watched) -> None:
    told = []
    for name, body, content_type in hostile.requests(gateway.canary):
        told += gateway.misbehaviour(name, gateway.post(body, content_type), ALLOWED)
    assert [*told, *harm(gateway)] == []


@here
def test_the_public_attack_files_are_no_requests(gateway: Watched) -> None:
    told = []
    for name, content in CORPUS.items():
        told += gateway.misbehaviour(name, gateway.post(content), {"Client.Malformed"})
    assert [*told, *harm(gateway)] == []


@here
def test_the_public_attack_files_as_an_argument_are_refused_or_rejected(gateway: Watched) -> None:
    told = []
    for name, content in CORPUS.items():
        text = content.decode("latin-1").replace("]]>", "]] >")
        inner = f"<feed>stock</feed><packetId>{name}</packetId><text><![CDATA[{text}]]></text>"
        answer = gateway.post(envelope(operation("SendPacketText", inner)))
        told += gateway.misbehaviour(name, answer, {"Client.Malformed", "rejected"})
    assert [*told, *harm(gateway)] == []


CREDENTIALS = (
    "",
    "Basic",
    "Basic !",
    "Basic \u00ff\u00fe",
    "Basic Og==",
    "Basic bm8=",
    "Basic //86eA==",
    "Bearer x",
    "Digest y",
)


def test_whatever_stands_for_credentials_is_a_401(gateway: Watched) -> None:
    told = []
    for given in CREDENTIALS:
        answer = gateway.post(envelope(operation("TestConnection")), Authorization=given.encode("latin-1"))
        told += gateway.misbehaviour(repr(given), answer, {"Client.Authentication"})
        told += [] if answer.http == 401 else [f"{given!r}: {answer.http}"]
    assert [*told, *harm(gateway)] == []


def test_compressed_requests_are_told_what_to_compress_instead(gateway: Watched) -> None:
    for encoding in ("gzip", "deflate", "br", "x"):
        answer = gateway.post(envelope(), **{"Content-Encoding": encoding})
        assert (answer.outcome, "compress the packet" in answer.text) == ("Client.Malformed", True)


def test_a_request_beyond_the_limit_is_too_large(gateway: Watched) -> None:
    assert gateway.post(b" " * (33 << 20)).outcome == "Client.TooLarge"
    assert harm(gateway) == []


def test_soap_actions_and_content_types_of_any_kind_are_taken(gateway: Watched) -> None:
    for action in ("", '""', "urn:obmen:exchange:v1/Ping", "http://example.com/\u00e9", "x" * 5000):
        for kind in ("text/xml", "application/soap+xml; action=x", "text/plain;charset=UTF-8", "x"):
            assert gateway.post(envelope(), kind, SOAPAction=action.encode("latin-1")).outcome == "ok"
