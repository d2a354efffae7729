"""An ERP at the REST interface, written from the OpenAPI document and nothing of the hub's code but the token."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from gateway.domain.token import Scope
from gateway.tokens import issue
from gateway.wiring import Hub
from tests.hubs import hub_in, serving

TEA: dict[str, Any] = {"code": "000123", "name": "Чай", "unit": "шт", "gtin": "4600000000011"}
COFFEE: dict[str, Any] = {"code": "000777", "name": "Кофе", "unit": "шт"}


class Erp:
    """Answers come as they are, or, where a test is about what they say, as that."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address + "/api/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, json: Any = None, **headers: str) -> requests.Response:
        """A header's name has underscores here."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.request(method, self.address + path, json=json, headers=given, timeout=60)

    def said(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        """What a request says that should go well."""
        answer = self.ask(method, path, json, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, limit: int = 100) -> list[dict[str, Any]]:
        """All of a list, page by page."""
        found, cursor, sign = [], "", "&" if "?" in path else "?"
        while True:
            page = self.said("GET", f"{path}{sign}limit={limit}&cursor={cursor}")
            assert len(page["items"]) <= limit
            found += page["items"]
            cursor = page["next"]
            if not cursor:
                return found

    def problems(self, status: int, method: str, path: str, json: Any = None, **headers: str) -> list[tuple[str, Any]]:
        """(code, field) of a request that should be refused with a status."""
        answer = self.ask(method, path, json, **headers)
        assert answer.status_code == status, answer.text
        return [(each["code"], each.get("field")) for each in shaped(answer)["problems"]]


def shaped(answer: requests.Response) -> dict[str, Any]:
    """The one shape of every error."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert {*content} >= {"type", "title", "status", "detail", "code", "problems"}
    assert content["status"] == answer.status_code
    assert content["code"] == content["problems"][0]["code"]
    assert all(each["message"] and each["remedy"] for each in content["problems"])
    return content


@contextmanager
def at_the_door(folder: Path, **settings: Any) -> Iterator[tuple[Hub, Erp]]:
    """A hub at work, and an ERP with every scope."""
    with hub_in(folder, **settings) as hub, serving(hub) as address:
        yield hub, Erp(address, issue(hub, "erp", list(Scope)))
