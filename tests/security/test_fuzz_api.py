"""The REST interface keeps its OpenAPI document, whatever schemathesis makes of it: no 500, no answer beside it."""

import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.api.app import api, application
from gateway.api.door import DOCUMENT
from gateway.domain.token import Scope
from gateway.tokens import issue
from tests.hubs import add_site, hub_in

EXAMPLES = int(os.environ.get("OBMEN_TEST_EXAMPLES", "200")) // 100
SEED = int(os.environ.get("OBMEN_TEST_SEED", "1"))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in application().openapi()["paths"].items()
    for method, operation in methods.items()
}
EXCLUDED = [positive_data_acceptance]
"""A document can't say which codes are known, what is a cursor, and what stands already: instead of this check, nothing
that the document allows may be refused for its shape."""
OF_SHAPE = {"REQUEST_BROKEN", "PARAMETER_MISSING", "PARAMETER_UNKNOWN", "PARAMETER_WRONG"}


class Token:
    """Given so, and not as a header, schemathesis takes it away and spoils it too, to see that it counts."""

    given = ""

    def get(self, _: Any, __: Any) -> str:
        return self.given

    def set(self, case: Any, token: str, _: Any) -> None:
        case.headers["Authorization"] = f"Bearer {token}"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with hub_in(tmp_path_factory.mktemp("fuzz"), api_rate=1_000_000) as hub:
        add_site(hub)
        found = schemathesis.openapi.from_asgi(DOCUMENT, api(hub))
        Token.given = issue(hub, "fuzz", list(Scope))
        found.auth()(Token)
        yield found


def cases() -> Iterator[tuple[str, GenerationMode]]:
    """Each operation with what its document allows, and, where that leaves anything out, with what it does not."""
    for name, operation in OPERATIONS.items():
        yield name, GenerationMode.POSITIVE
        queried = any(each["in"] == "query" for each in operation.get("parameters", ()))
        if queried or "requestBody" in operation:
            yield name, GenerationMode.NEGATIVE


@pytest.mark.parametrize(("operation", "mode"), list(cases()))
def test_every_answer_is_one_that_the_document_names(schema: Any, operation: str, mode: GenerationMode) -> None:
    method, path = operation.split(" ")

    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
        database=None,
    )
    def holds(case: Any) -> None:
        answer = case.call_and_validate(excluded_checks=EXCLUDED)
        if mode is GenerationMode.POSITIVE and answer.status_code >= HTTPStatus.BAD_REQUEST:
            assert answer.json()["code"] not in OF_SHAPE, answer.text

    holds()
