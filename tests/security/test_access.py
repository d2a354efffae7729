"""Who may call: rotation with overlap, lock-out, networks, and proxies that may speak for others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.wiring import Hub
from tests.clocks import Clock
from tests.hubs import LOGIN, PASSWORD, add_site, hub_in, serving
from tests.security.posting import journal, post


@dataclass
class Gate:
    hub: Hub
    address: str
    clock: Clock

    def says(self, password: str = PASSWORD, login: str = LOGIN, **headers: str) -> str:
        return post(self.address, password=password, login=login, **headers).code


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    clock = Clock()
    with hub_in(tmp_path, clock, login_failures=3, trusted_proxies="127.0.0.0/8, 10.0.0.0/8") as hub:
        add_site(hub)
        with serving(hub) as address:
            yield Gate(hub, address, clock)


def rotate(gate: Gate, password: str, hours: float) -> None:
    gate.clock.forward(seconds=1)
    until = None
    if hours:
        now = gate.clock.now
        gate.clock.forward(hours=hours)
        until, gate.clock.now = gate.clock.now, now
    with gate.hub.exchange.writing() as connection:
        gate.hub.parties.rotate(connection, LOGIN, gate.hub.access.hash(password), until)


def allow(gate: Gate, *networks: str) -> None:
    with gate.hub.exchange.writing() as connection:
        found = gate.hub.parties.find_login(connection, LOGIN)
        gate.hub.parties.allow_networks(connection, found.sender.site, networks)


def test_after_a_rotation_both_passwords_work_until_the_overlap_ends(gate: Gate) -> None:
    assert gate.says(PASSWORD) == "ok"
    rotate(gate, "new", hours=24)
    assert [gate.says(PASSWORD), gate.says("new")] == ["ok", "ok"]
    gate.clock.forward(hours=23, minutes=59)
    assert [gate.says(PASSWORD), gate.says("new")] == ["ok", "ok"]
    gate.clock.forward(minutes=1)
    assert [gate.says(PASSWORD), gate.says("new")] == ["Client.Authentication", "ok"]


def test_without_an_overlap_the_old_password_is_forgotten_at_once_however_lately_it_was_used(gate: Gate) -> None:
    assert gate.says(PASSWORD) == "ok"
    rotate(gate, "new", hours=0)
    assert [gate.says(PASSWORD), gate.says("new")] == ["Client.Authentication", "ok"]


def test_the_password_before_the_last_no_longer_works(gate: Gate) -> None:
    rotate(gate, "second", hours=24)
    rotate(gate, "third", hours=24)
    assert [gate.says(PASSWORD), gate.says("second"), gate.says("third")] == ["Client.Authentication", "ok", "ok"]


def test_repeated_wrong_passwords_lock_out_even_the_right_one_until_the_wait_is_over(gate: Gate) -> None:
    assert gate.says() == "ok"
    assert [gate.says("wrong") for _ in range(3)] == ["Client.Authentication"] * 3
    refused = post(gate.address)
    assert (refused.code, refused.status, refused.retry_after) == ("Client.Authentication", 401, 10)
    gate.clock.forward(seconds=10)
    assert gate.says() == "ok"


def test_a_locked_out_guess_costs_nothing_and_does_not_count(gate: Gate) -> None:
    for _ in range(10):
        gate.says("wrong")
    assert post(gate.address).retry_after == 10


def test_waits_double(gate: Gate) -> None:
    waits = []
    for _ in range(3):
        gate.says("wrong")
    for _ in range(3):
        waits.append(post(gate.address).retry_after or 0)
        gate.clock.forward(seconds=waits[-1])
        gate.says("wrong")
    assert waits == [10, 20, 40]


def test_a_lock_out_is_for_the_address_that_failed(gate: Gate) -> None:
    for _ in range(3):
        gate.says("wrong", X_Forwarded_For="192.0.2.66")
    assert gate.says(X_Forwarded_For="192.0.2.66") == "Client.Authentication"
    assert gate.says(X_Forwarded_For="192.0.2.1") == "ok"


def test_an_unknown_login_is_locked_out_like_a_known_one(gate: Gate) -> None:
    answers = [post(gate.address, login="nobody") for _ in range(4)]
    assert [answer.retry_after for answer in answers] == [None, None, None, 10]
    assert answers[0].text == post(gate.address, password="wrong").text


def test_a_site_may_call_from_its_networks_only(gate: Gate) -> None:
    allow(gate, "192.0.2.0/24", "2001:db8::/32")
    calls = {
        "192.0.2.7": "ok",
        "2001:db8::7": "ok",
        "::ffff:192.0.2.7": "ok",
        "198.51.100.7": "Client.Authentication",
        "2001:db9::7": "Client.Authentication",
    }
    assert {address: gate.says(X_Forwarded_For=address) for address in calls} == calls
    assert gate.says() == "Client.Authentication"
    allow(gate)
    assert gate.says() == "ok"


def test_only_a_right_password_learns_that_it_is_the_address(gate: Gate) -> None:
    allow(gate, "192.0.2.0/24")
    assert "may not be used from 127.0.0.1" in post(gate.address).text
    assert "may not be used" not in post(gate.address, password="wrong").text


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("198.51.100.9, 192.0.2.1", "192.0.2.1"),  # what the client said of itself stands left
        ("192.0.2.1, 10.1.1.1", "192.0.2.1"),
        ("192.0.2.1,10.1.1.1 , 10.1.1.2", "192.0.2.1"),
        ("10.9.9.9", "10.9.9.9"),
        ("nonsense", "127.0.0.1"),
        ("192.0.2.1, nonsense", "127.0.0.1"),
        ("192.0.2.1, nonsense, 10.1.1.1", "10.1.1.1"),
        ("", "127.0.0.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("192.0.2.1:5432", "127.0.0.1"),
    ],
)
def test_a_trusted_proxy_says_who_calls(gate: Gate, forwarded: str, client: str) -> None:
    gate.says(X_Forwarded_For=forwarded)
    assert journal(gate.hub)[-1].address == client


def test_nobody_else_may_say_who_calls(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub, serving(hub) as address:
        post(address, X_Forwarded_For="192.0.2.1")
        assert journal(hub)[-1].address == "127.0.0.1"


def test_ping_needs_no_login_even_where_the_login_is_locked_out(gate: Gate) -> None:
    for _ in range(5):
        gate.says("wrong")
    assert post(gate.address, "Ping", password="wrong").code == "ok"


def test_people_are_locked_out_too(gate: Gate) -> None:
    hub = gate.hub
    with hub.exchange.writing() as connection:
        hub.parties.add_person(connection, "anna", hub.access.hash("right"))
    assert hub.access.verify_person("anna", "right", "192.0.2.1")
    for _ in range(3):
        assert hub.access.verify_person("anna", "wrong", "192.0.2.1") is None
    assert hub.access.verify_person("anna", "right", "192.0.2.1") is None
    assert hub.access.verify_person("anna", "right", "192.0.2.2")
    gate.clock.forward(seconds=10)
    assert hub.access.verify_person("anna", "right", "192.0.2.1")
