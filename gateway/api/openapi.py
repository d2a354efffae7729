"""The OpenAPI document: what FastAPI makes of the routes, with the errors that every one of them may answer with.

`python -m gateway.api.openapi docs/openapi.json` writes it; a test holds the file equal.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from gateway.api.problems import MEDIA_TYPE, ProblemAnswer

if TYPE_CHECKING:
    from fastapi import FastAPI

COMMAND = "python -m gateway.api.openapi docs/openapi.json"
DESCRIPTION = """\
Between the manufacturer's ERP and the hub: the reference and what the ERP knows go in, orders and facts come out.

Every request carries a token (`Authorization: Bearer …`) with the scope that its operation names. Exact numbers are
strings. Lists come in pages: `next` is the `cursor` of the page that follows. A write with an `Idempotency-Key` may
be sent again: it is done once, and answered as before. An error is a problem with codes; nothing of it is done.
"""
ERRORS = {
    400: ("Broken", "The request can't be read."),
    401: ("Stranger", "No valid token."),
    403: ("Forbidden", "The token lacks the scope."),
    404: ("Unknown", "There is no such thing."),
    413: ("TooLarge", "The request is too large."),
    415: ("NotJson", "The body is not JSON."),
    422: ("Wrong", "What the request says is wrong."),
    429: ("TooMany", "Too many requests; `Retry-After` says when."),
    500: ("Failed", "The hub failed."),
    503: ("Busy", "The hub is busy; `Retry-After` says when."),
}
"""What any operation may answer with."""
OWN_ERRORS = {
    409: ("Conflict", "It does not go together with what stands."),
    412: ("Changed", "The record is not the one that the request means."),
}
CONFLICTS: dict[int | str, dict[str, Any]] = {409: {}}
"""What a route adds that may answer so."""
_SCHEMAS = "#/components/schemas/{model}"


def document(app: "FastAPI") -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        app.openapi_schema = _with_errors(found)
    return app.openapi_schema


def problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS.format(model="ProblemAnswer")}}}}


def _with_errors(found: dict[str, Any]) -> dict[str, Any]:
    components = found["components"]
    _, shapes = models_json_schema([(ProblemAnswer, "serialization")], ref_template=_SCHEMAS)
    schemas = {**components["schemas"], **shapes["$defs"]}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["schemas"] = dict(sorted(schemas.items()))
    components["responses"] = {name: problem(text) for name, text in (ERRORS | OWN_ERRORS).values()}
    for operations in found["paths"].values():
        for operation in operations.values():
            answers = {status: each for status, each in operation["responses"].items() if int(status) not in ERRORS}
            answers |= {str(status): _reference(name) for status, (name, _) in ERRORS.items()}
            for status, (name, _) in OWN_ERRORS.items():
                if str(status) in answers:
                    answers[str(status)] = _reference(name)
            operation["responses"] = dict(sorted(answers.items()))
    return found


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{name}"}


def text(app: "FastAPI") -> str:
    """As the file has it."""
    return json.dumps(document(app), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    from gateway.api.app import application

    Path(sys.argv[1]).write_text(text(application()), encoding="utf-8", newline="\n")
