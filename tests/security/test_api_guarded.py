"""Who may do what at the REST interface, how much of it, and what of it is noted: never a token."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import structlog

from gateway.api import reference
from gateway.api.app import application
from gateway.api.pace import Pace
from gateway.domain.errors import AuthenticationFailed, Declined
from gateway.domain.token import Scope, hash_of
from gateway.tokens import admitted, issue, revoke
from gateway.wiring import Hub
from tests.acceptance.commands import wait_until
from tests.clocks import Clock
from tests.erp import TEA, Erp, at_the_door, shaped
from tests.hubs import hub_in
from tests.security.raw import Raw

OPERATIONS = [
    (method.upper(), path, operation["security"][0]["token"])
    for path, methods in application().openapi()["paths"].items()
    for method, operation in methods.items()
]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[Hub, Erp]]:
    with at_the_door(tmp_path, api_bytes=10_000) as found:
        yield found


def test_every_operation_asks_for_its_scope_and_no_other_token_may_do_it(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    address = erp.address.removesuffix("/api/v1")
    others = {scope: Erp(address, issue(hub, f"no {scope}", set(Scope) - {scope})) for scope in Scope}
    for method, path, scopes in OPERATIONS:
        (scope,) = scopes
        place = path.removeprefix("/api/v1").replace("{key}", "1").replace("{code}", "1")
        answer = others[Scope(scope)].ask(method, place, {} if method in ("POST", "PUT") else None)
        assert (answer.status_code, shaped(answer)["code"]) == (403, "SCOPE_MISSING"), (method, path)


def test_a_request_without_a_valid_token_learns_nothing(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    token = issue(hub, "short", [Scope.REFERENCE_READ])
    public, secret = token.split("_")[1:]
    other = "1" if secret.endswith("0") else "0"
    wrong = [
        f"obmen_{public}_{secret[:-1]}{other}",
        f"obmen_{public}_",
        f"obmen__{secret}",
        token.upper(),
        "x" * 5000,
        "Я",
    ]
    given: list[dict[str, Any]] = [{"Authorization": f"Bearer {each}".encode()} for each in wrong]
    given += [{}, {"Authorization": "Basic dm9sZ2E6cGFyb2xl"}, {"Authorization": "Bearer"}]
    answers = [requests.get(f"{erp.address}/products", headers=each, timeout=60) for each in given]
    assert {each.status_code for each in answers} == {401}
    assert len({each.text for each in answers}) == 1
    assert shaped(answers[0])["code"] == "TOKEN_REFUSED"
    assert Erp(erp.address.removesuffix("/api/v1"), token).ask("GET", "/products").status_code == 200
    assert requests.get(f"{erp.address}/openapi.json", timeout=60).status_code == 200


def test_a_token_ends_when_it_runs_out_and_when_it_is_revoked(tmp_path: Path) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        old, other = (issue(hub, name, list(Scope), clock() + timedelta(hours=1)) for name in ("old", "other"))
        assert [admitted(hub, each).name for each in (old, other)] == ["old", "other"]
        revoke(hub, "other")
        with pytest.raises(AuthenticationFailed):
            admitted(hub, other)
        clock.forward(hours=1)
        with pytest.raises(AuthenticationFailed):
            admitted(hub, old)


def test_secrets_are_compared_in_constant_time_and_kept_as_hashes_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)
    with hub_in(tmp_path) as hub:
        token = issue(hub, "erp", list(Scope))
        admitted(hub, token)
    secret = token.split("_")[2]
    assert compared == [(hash_of(secret), hash_of(secret))]
    assert len(secret) == 64
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("*.db*"))
    assert secret.encode() not in stored
    assert hash_of(secret).encode() in stored


def test_the_journal_notes_every_request_and_no_log_shows_a_token(
    door: tuple[Hub, Erp], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, erp = door
    said = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(said))
    monkeypatch.setattr(reference, "put_products", lambda *_: 1 / 0)
    try:
        answer = erp.ask("POST", "/products", {"items": [TEA]})
    finally:
        structlog.reset_defaults()
    problem = shaped(answer)
    assert (answer.status_code, problem["code"]) == (500, "HUB_FAILED")
    assert problem["reference"] in said.getvalue()
    assert "ZeroDivisionError" not in answer.text
    erp.ask("GET", "/products")
    requests.get(f"{erp.address}/products", headers={"Authorization": "Bearer obmen_x_secret"}, timeout=60)
    erp.ask("GET", "/nothing")
    assert hub.audit.flush()
    with hub.exchange.reading() as connection:
        noted = [each.entry for each in hub.audits.entries_after(connection, 0, 100)]
    assert [(each.operation, each.outcome.split()[0], each.login) for each in noted] == [
        ("POST /api/v1/products", "HUB_FAILED", "token erp"),
        ("GET /api/v1/products", "ok", "token erp"),
        ("unknown", "TOKEN_REFUSED", None),
        ("unknown", "RESOURCE_UNKNOWN", "token erp"),
    ]
    assert "obmen_" not in said.getvalue()
    assert "obmen_" not in repr(noted)


def test_too_much_and_too_often_is_told_with_how_long_to_wait(door: tuple[Hub, Erp], tmp_path: Path) -> None:
    _, erp = door
    products = {"items": [{**TEA, "name": "Ч" * 400} for _ in range(30)]}
    assert erp.problems(413, "POST", "/products", products) == [("REQUEST_TOO_LARGE", None)]
    pace = Pace(60, clock := Seconds())
    for _ in range(60):
        pace.step(1)
    with pytest.raises(Declined) as found:
        pace.step(1)
    assert (found.value.problems[0].code, found.value.retry_after) == ("RATE_EXCEEDED", 1)
    pace.step(2)
    clock.now += 1
    pace.step(1)
    with at_the_door(tmp_path / "slow", api_rate=1) as (_, slow):
        _, limited = (slow.ask("GET", "/products") for _ in range(2))
    assert (limited.status_code, shaped(limited)["code"]) == (429, "RATE_EXCEEDED")
    assert 1 <= int(limited.headers["Retry-After"]) <= 60


def test_too_many_requests_of_one_token_at_once_make_the_hub_busy_for_it_alone(tmp_path: Path) -> None:
    with at_the_door(tmp_path, api_requests=1) as (hub, erp), ExitStack() as opened:
        token = str(erp._session.headers["Authorization"])
        head = f"POST /api/v1/products HTTP/1.1\r\nHost: hub\r\nAuthorization: {token}\r\nContent-Length: 10\r\n\r\n"
        answers: list[requests.Response] = []

        def is_busy() -> bool:
            """A request that sends no body is begun, as often as another was under way when it came."""
            opened.enter_context(Raw(erp.address)).send(head.encode())
            answers.append(erp.ask("GET", "/products"))
            return answers[-1].status_code == 503

        wait_until(is_busy)
        assert shaped(answers[-1])["code"] == "HUB_BUSY"
        assert int(answers[-1].headers["Retry-After"]) == shaped(answers[-1])["retry_after"]
        other = Erp(erp.address.removesuffix("/api/v1"), issue(hub, "other", list(Scope)))
        assert other.ask("GET", "/products").status_code == 200


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_body_that_is_no_json_or_ends_early_is_told_as_that(door: tuple[Hub, Erp]) -> None:
    _, erp = door
    session = erp._session
    for body, kind, status, code in (
        (b"{", "application/json", 400, "REQUEST_BROKEN"),
        (b"\xff", "application/json", 400, "REQUEST_BROKEN"),
        (b"[" * 9000, "application/json", 400, "REQUEST_BROKEN"),
        (b"<a/>", "text/xml", 415, "CONTENT_TYPE_REFUSED"),
    ):
        answer = session.post(f"{erp.address}/products", data=body, headers={"Content-Type": kind}, timeout=60)
        assert (answer.status_code, shaped(answer)["code"]) == (status, code), body
    with Raw(erp.address) as raw:
        raw.send(b"POST /api/v1/products HTTP/1.1\r\nHost: hub\r\nContent-Length: 10\r\n\r\n{}")
        raw.say_no_more()
        assert b" 401 " in raw.answers()[0]


def test_a_key_is_its_tokens_own(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    other = Erp(erp.address.removesuffix("/api/v1"), issue(hub, "other", list(Scope)))
    erp.said("POST", "/products", {"items": [TEA]}, Idempotency_Key="k")
    answer = other.ask("POST", "/products", {"items": [{**TEA, "code": "2"}]}, Idempotency_Key="k")
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (200, False)
