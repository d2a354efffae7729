"""What machines may ask of a gateway, and who may read its figures."""

from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.metrics import OF_THE_STORE
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.acceptance.exchanging import exchanging
from tests.hubs import hub_in
from tests.packets import shipments
from tests.security.posting import envelope

TOKEN = "a long secret"


def caller(hub: Hub, address: str = "127.0.0.1") -> TestClient:
    return TestClient(Gateway(hub), base_url="http://hub.example", client=(address, 50000))


def status(hub: Hub, path: str, address: str = "127.0.0.1", **headers: str) -> int:
    return caller(hub, address).get(path, headers=headers).status_code


@pytest.mark.parametrize(
    ("address", "settings", "headers", "may"),
    [
        ("127.0.0.1", {}, {}, True),
        ("::1", {}, {}, True),
        ("10.0.0.9", {}, {}, False),
        ("10.0.0.9", {"metrics_from": "10.0.0.0/8"}, {}, True),
        ("127.0.0.1", {"metrics_from": ""}, {}, False),
        # a proxy that nobody trusts lends its address to strangers
        ("127.0.0.1", {}, {"X-Forwarded-For": "127.0.0.1"}, False),
        ("127.0.0.1", {}, {"Via": "1.1 proxy"}, False),
        ("127.0.0.1", {}, {"Forwarded": "for=127.0.0.1"}, False),
        ("127.0.0.1", {"trusted_proxies": "127.0.0.1"}, {"X-Forwarded-For": "203.0.113.9"}, False),
        ("127.0.0.1", {"trusted_proxies": "127.0.0.1"}, {"X-Real-IP": "203.0.113.9"}, False),
        ("10.1.1.1", {"trusted_proxies": "10.1.1.1"}, {"X-Forwarded-For": "127.0.0.1"}, True),
        ("127.0.0.1", {"trusted_proxies": "127.0.0.1"}, {}, True),
        # with a token
        ("10.0.0.9", {"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}, True),
        ("127.0.0.1", {"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}", "Via": "1.1 proxy"}, True),
        ("10.0.0.9", {"metrics_token": TOKEN}, {"Authorization": "Bearer another"}, False),
        ("127.0.0.1", {"metrics_token": TOKEN}, {"Authorization": "Bearer another"}, False),
        ("10.0.0.9", {"metrics_token": TOKEN}, {"Authorization": f"Basic {TOKEN}"}, False),
        ("10.0.0.9", {"metrics_token": TOKEN}, {}, False),
        ("10.0.0.9", {}, {"Authorization": "Bearer "}, False),
    ],
)
def test_figures_are_for_those_who_may(
    tmp_path: Path, address: str, settings: dict[str, Any], headers: dict[str, str], may: bool
) -> None:
    with hub_in(tmp_path, **settings) as hub:
        answer = caller(hub, address).get("/metrics", headers=headers)
        assert answer.status_code == (200 if may else 403)
        assert ("obmen_store_up 1.0" in answer.text) is may
        assert TOKEN not in repr(hub.settings)


def test_anybody_may_ask_whether_it_lives_and_is_ready(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub:
        anybody = caller(hub, "203.0.113.9")
        assert anybody.get("/healthz").text == "ok\n"
        assert anybody.get("/readyz").json() == {"store": "ok", "schema": "ok", "disk": "ok"}
        assert anybody.head("/healthz").status_code == 200
        assert [anybody.post(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [405] * 3


@pytest.mark.sqlite
def test_a_gateway_without_its_store_lives_and_is_not_ready(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub:
        (tmp_path / "warehouse.db").rename(tmp_path / "gone")
        answer = caller(hub).get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"store": "failing", "schema": "failing", "disk": "ok"})
        assert status(hub, "/healthz") == 200


@pytest.mark.parametrize(("revision", "ready"), [("0001", False), ("9999", True), (None, False)])
def test_a_store_of_an_older_version_is_not_ready_one_of_a_newer_is(
    tmp_path: Path, revision: str | None, ready: bool
) -> None:
    """While a new version is rolled out, the gateways of the old one go on."""
    with hub_in(tmp_path) as hub:
        with hub.exchange.writing() as connection:
            connection.exec_driver_sql("DELETE FROM exchange.alembic_version")
            if revision:
                connection.exec_driver_sql(f"INSERT INTO exchange.alembic_version VALUES ('{revision}')")
        assert (status(hub, "/readyz") == 200) is ready


def test_a_disk_with_less_room_than_requests_may_need_is_not_ready(tmp_path: Path) -> None:
    with hub_in(tmp_path, room_bytes=1 << 60) as hub:
        answer = caller(hub).get("/readyz")
        is_server = hub.exchange.folder is None
        assert answer.json()["disk"] == ("ok" if is_server else "failing")
        assert answer.status_code == (200 if is_server else 503)


def test_no_caller_makes_up_a_series(tmp_path: Path) -> None:
    """Each series is kept for ever: what callers write must not become a label."""
    with exchanging(tmp_path) as exchange:
        exchange.client.send("shipments", "p-1", shipments("p-1"))
        strange = [envelope("Ping"), envelope("Invented"), b"<x/>", envelope("Ping").replace(b"Ping", b"\xff")]
        for content in strange:
            requests.post(exchange.address + PATH, content, headers={"Content-Type": "text/xml"}, timeout=60)
        found = requests.get(f"{exchange.address}/metrics", timeout=60)
        seen = {
            (each.labels["operation"], each.labels["outcome"])
            for family in exchange.hub.metrics.registry.collect()
            for each in family.samples
            if each.name == "obmen_request_seconds_count"
        }
    assert seen >= {("SendPacket", "accepted"), ("Ping", "ok"), ("WSDL", "ok")}
    assert {operation for operation, _ in seen} == {"SendPacket", "Ping", "WSDL", "unknown"}
    assert {outcome for operation, outcome in seen if operation == "unknown"} <= {
        *("Client.Authentication", "Client.Contract", "Client.Malformed")
    }
    assert found.headers["Content-Type"].startswith("text/plain; version=")
    assert all(f"# TYPE {told.name} gauge" in found.text for told in OF_THE_STORE)
