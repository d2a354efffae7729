"""How much may be under way: of one site, of all together in bytes, and of passwords to be checked."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from gateway import receipts
from gateway.domain.receipt import Receipt
from gateway.soap import endpoint
from gateway.wiring import Hub
from tests.hubs import add_site, hub_in, serving
from tests.security.posting import Posted, post
from tests.security.raw import BASIC, PATIENCE, PING, Raw, chunked, code, head

HALF_A_MEGABYTE = 1 << 19


class Callers:
    """Callers at once, of which those that ask for a receipt are held up inside until they may go on."""

    def __init__(self, hub: Hub, address: str, pool: ThreadPoolExecutor) -> None:
        self.hub, self.address = hub, address
        self._pool = pool
        self._inside, self.go_on = threading.Semaphore(0), threading.Event()

    def held_up(self, count: int, login: str = "volga") -> list[Future[Posted]]:
        arguments = "<packetId>p-1</packetId>"
        return [self._pool.submit(post, self.address, "GetReceipt", arguments, login) for _ in range(count)]

    def wait_until_inside(self, count: int) -> None:
        for _ in range(count):
            assert self._inside.acquire(timeout=PATIENCE)

    def receipt(self, *given: Any) -> Receipt:
        self._inside.release()
        assert self.go_on.wait(PATIENCE)
        return receipt(*given)


receipt = receipts.receipt


@contextmanager
def callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[Callers]:
    with ExitStack() as stack:
        hub = stack.enter_context(hub_in(tmp_path, **settings))
        for login in ("volga", "ural"):
            add_site(hub, party=login.upper(), login=login)
        address = stack.enter_context(serving(hub))
        pool = stack.enter_context(ThreadPoolExecutor(40))
        these = Callers(hub, address, pool)
        stack.callback(these.go_on.set)
        monkeypatch.setattr(receipts, "receipt", these.receipt)
        yield these


def test_too_many_requests_of_one_site_are_busy_and_other_sites_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with callers(tmp_path, monkeypatch, site_requests=2, threads=8) as these:
        held_up = these.held_up(2)
        these.wait_until_inside(2)
        refused = post(these.address)
        assert (refused.code, refused.status) == ("Server.Busy", 500)
        assert refused.retry_after
        assert post(these.address, login="ural").code == "ok"
        these.go_on.set()
        assert [each.result(PATIENCE).code for each in held_up] == ["ok", "ok"]
        assert post(these.address).code == "ok"


def test_one_site_never_takes_all_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with callers(tmp_path, monkeypatch, threads=4) as these:
        held_up = these.held_up(20)
        these.wait_until_inside(2)
        assert post(these.address, login="ural").code == "ok"
        these.go_on.set()
        assert {each.result(PATIENCE).code for each in held_up} == {"ok"}


def test_fifty_callers_of_one_site_at_once_are_all_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with callers(tmp_path, monkeypatch) as these:
        these.go_on.set()
        assert {each.result(PATIENCE).code for each in these.held_up(50)} == {"ok"}


@contextmanager
def small_room(tmp_path: Path) -> Iterator[str]:
    with hub_in(tmp_path, request_bytes=1 << 20, room_bytes=1 << 20) as hub:
        add_site(hub)
        with serving(hub) as address:
            yield address


def begun(address: str, size: int = HALF_A_MEGABYTE) -> Raw:
    """A sender that has announced so much, has asked whether to send it, and may."""
    raw = Raw(address)
    raw.send(head(f"Authorization: {BASIC}", "Expect: 100-continue", length=size))
    assert raw.socket.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return raw


def test_more_than_there_is_room_for_is_busy_before_it_is_sent(tmp_path: Path) -> None:
    with small_room(tmp_path) as address, begun(address), begun(address), Raw(address) as third:
        third.send(head(f"Authorization: {BASIC}", length=HALF_A_MEGABYTE))
        answer = third.answer()
        assert code(answer) == "Server.Busy"
        assert b"retry-after: " in answer


def test_chunks_are_busy_once_they_outgrow_the_room(tmp_path: Path) -> None:
    with small_room(tmp_path) as address, begun(address), Raw(address) as chunks:
        chunks.send(head(f"Authorization: {BASIC}", "Transfer-Encoding: chunked"))
        chunks.send(*[chunked(b" " * 65536, end=b"")] * 9)
        assert code(chunks.answer()) == "Server.Busy"


def test_small_requests_need_no_room(tmp_path: Path) -> None:
    with small_room(tmp_path) as address, begun(address), begun(address):
        assert post(address).code == "ok"


def test_room_is_given_back_when_a_request_is_answered_or_its_sender_gone(tmp_path: Path) -> None:
    with small_room(tmp_path) as address:
        for _ in range(3):
            with begun(address) as first, begun(address) as second:
                first.send(PING + b" " * (HALF_A_MEGABYTE - len(PING)))
                assert code(first.answer()) == "ok"
                second.say_no_more()
                assert [code(answer) for answer in second.answers()] == ["Client.Malformed"]


def test_a_run_on_passwords_is_busy_and_does_not_hinder_whoever_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "CHECKS_WAITING", 3)
    with callers(tmp_path, monkeypatch, threads=2) as these:
        assert post(these.address).code == "ok"
        go_on = threading.Event()
        verify = PasswordHasher.verify

        def slowly(hasher: PasswordHasher, *given: Any) -> bool:
            assert go_on.wait(PATIENCE)
            return verify(hasher, *given)

        monkeypatch.setattr(PasswordHasher, "verify", slowly)
        with ThreadPoolExecutor(30) as pool:
            run = [pool.submit(post, these.address, login=f"guess-{number}") for number in range(30)]
            refused = islice(as_completed(run, PATIENCE), 30 - (3 + 2))  # all but those checked and those waiting
            assert {each.result().code for each in refused} == {"Server.Busy"}
            assert post(these.address).code == "ok"
            go_on.set()
            codes = [each.result(PATIENCE).code for each in run]
    assert codes.count("Client.Authentication") == 3 + 2
