"""Hostile content ends as a rejected packet: at a bounded cost, nothing touched, nothing in the log."""

import gzip
from collections.abc import Iterator

import pytest

from tests.packets import shipments
from tests.security import hostile
from tests.security.hostile import MARK
from tests.security.watching import Watched, watched
from tests.unit.packings import zipped

CORPUS = hostile.corpus()
here = pytest.mark.skipif(not CORPUS, reason=f"the public attack files are not at {hostile.FOLDER}")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched")) as found:
        yield found


def misbehaving(gateway: Watched, contents: dict[str, bytes], packed: bool = False) -> list[str]:
    """Every content that does not end as a rejected packet with its problems, or costs too much."""
    told = []
    for name, content in contents.items():
        answer = gateway.send(gzip.compress(content, 1) if packed else content)
        told += gateway.misbehaviour(name, answer, {"rejected"})
        told += [] if answer.codes else [f"{name}: no problem is named"]
    return [*told, *harm(gateway)]


def harm(gateway: Watched) -> list[str]:
    """Whether it still works, what it touched, and payloads in its log."""
    told = [f"touched: {each}" for each in gateway.touched()]
    told += ["a payload is in the log"] * (MARK in gateway.log() or "Traceback" in gateway.log())
    return told + ["it works no more"] * (
        gateway.send(shipments(f"ok-{gateway.sent}"), packet_id=f"ok-{gateway.sent}").outcome != "accepted"
    )


def test_document_types_are_refused_in_every_disguise(gateway: Watched) -> None:
    assert misbehaving(gateway, hostile.entities(gateway.canary)) == []


def test_hints_where_to_fetch_something_are_not_followed(gateway: Watched) -> None:
    assert misbehaving(gateway, hostile.including(gateway.canary)) == []


def test_floods_cost_no_more_than_their_size(gateway: Watched) -> None:
    assert misbehaving(gateway, hostile.floods(), packed=True) == []


def test_bombs_are_given_up_in_time(gateway: Watched) -> None:
    assert misbehaving(gateway, hostile.bombs()) == []


def test_garbage_is_rejected(gateway: Watched) -> None:
    contents = hostile.garbage()
    nothing = contents.pop("nothing")
    assert gateway.send(nothing).outcome == "Client.Contract"
    assert misbehaving(gateway, contents) == []
    assert misbehaving(gateway, {"nothing, packed": gzip.compress(nothing)}) == []


@here
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_the_public_attack_files_are_rejected(gateway: Watched, pack) -> None:  # type: ignore[no-untyped-def]
    assert misbehaving(gateway, {name: pack(content) for name, content in CORPUS.items()}) == []


@here
def test_no_line_of_the_public_attack_files_is_in_the_log(gateway: Watched) -> None:
    lines = {line.strip() for content in CORPUS.values() for line in content.decode("latin-1").splitlines()}
    log = gateway.log()
    assert [line[:100] for line in lines if len(line) > 20 and line[:1000] in log] == []
