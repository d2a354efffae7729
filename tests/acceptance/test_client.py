"""The integrators' client: docs/client.md can be followed as it stands, and a bad line or a busy hub is no matter."""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from zeep.exceptions import Fault

from connectors.client import Answer, ExchangeClient
from gateway.loading import load_all
from gateway.ordering_advancing import advance_all
from gateway.soap.endpoint import PATH
from tests.acceptance.exchanging import exchanging
from tests.hubs import LOGIN, PASSWORD
from tests.integration import ordered
from tests.integration.exchange import Site
from tests.packets import shipments

ROOT = Path(__file__).parents[2]
EXAMPLES = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Losing(HTTPAdapter):
    """Every other answer is lost on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        answer = super().send(*arguments, **named)
        self.calls += 1
        if self.calls % 2:
            raise requests.ConnectionError("the answer was lost")
        return answer


def test_the_client_s_page_can_be_followed_over_a_line_that_loses_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with exchanging(tmp_path) as exchange:
        ordered.served(Site(exchange.hub, exchange.sender))
        ordered.taken(exchange.hub, *(ordered.order(f"T-{number}", ("TEA", number)) for number in range(1, 6)))
        advance_all(exchange.hub)
        names: dict[str, Any] = {"URL": exchange.address + PATH, "LOGIN": LOGIN, "PASSWORD": PASSWORD, "BOOKS": {}}
        names["PACKET"] = shipments("my-packet-1")
        first, *others = EXAMPLES.findall((ROOT / "docs" / "client.md").read_text("utf-8"))
        exec(first, names)
        client: ExchangeClient = names["client"]
        client._pauses = (0.0, 0.0)
        client._session.mount("http://", Losing())
        for example in others:
            if "client.wait" in example:
                client.send("shipments", "my-packet-1", names["PACKET"])
                load_all(exchange.hub)
            exec(example, names)
        client.close()
    said = capsys.readouterr().out
    assert "loaded" in said
    assert said.count("is in our books as") == len(names["BOOKS"]) == 5
    assert {each["lines"][0]["quantity"] for each in names["BOOKS"].values()} == {"1", "2", "3", "4", "5"}


def failing(*failures: Exception) -> Any:
    """An operation that fails so, and then answers."""
    waiting = list(failures)

    def operation() -> str:
        if waiting:
            raise waiting.pop(0)
        return "done"

    return operation


def fault(code: str, message: str) -> Exception:
    return Fault(message, f"soap:{code}")  # type: ignore[no-untyped-call]


def test_the_client_waits_as_long_as_a_busy_hub_asks_and_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    client = ExchangeClient.__new__(ExchangeClient)
    client._pauses = (1.0, 2.0)
    busy, lost = fault("Server.Busy", "wait (retryAfter=7)"), requests.ConnectionError()
    assert client._called(failing(busy, fault("Server.Busy", "wait"))) == "done"
    assert slept == [7.0, 2.0]
    with pytest.raises(requests.ConnectionError):
        client._called(failing(lost, lost, lost))
    with pytest.raises(Fault, match="wrong"):
        client._called(failing(fault("Client.Contract", "wrong")))
    assert slept == [7.0, 2.0, 1.0, 2.0]


def test_an_order_may_be_refused_with_a_reason(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        ordered.served(Site(exchange.hub, exchange.sender))
        ordered.taken(exchange.hub, ordered.order("T-1"))
        advance_all(exchange.hub)
        refusals = list(exchange.client.pulled(lambda each: Answer(each["id"], 1, accepted=False, reason="нет товара")))
        assert [each.order for each in refusals] == ["T-1"]
        assert exchange.client.pull() is None
        assert ordered.state(exchange.hub, "T-1") == "rejected"
