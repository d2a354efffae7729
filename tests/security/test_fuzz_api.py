"""The REST interface keeps its OpenAPI document, whatever schemathesis makes of it: no 500, no answer beside it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

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
EXCLUDED = [
    positive_data_acceptance,  # a document can't say which codes are known, and what is a cursor
    ignored_auth,  # takes our token for one of its own; test_api_guarded.py is about tokens
]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with hub_in(tmp_path_factory.mktemp("fuzz"), api_rate=1_000_000) as hub:
        add_site(hub)
        found = schemathesis.openapi.from_asgi(DOCUMENT, api(hub))
        found.config.update(headers={"Authorization": f"Bearer {issue(hub, 'fuzz', list(Scope))}"})
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
        case.call_and_validate(excluded_checks=EXCLUDED)

    holds()
