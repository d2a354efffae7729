"""Every error has one shape: RFC 9457 `problem+json` with the hub's coded problems, in the caller's language."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.domain.errors import (
    AuthenticationFailed,
    Busy,
    ContractBroken,
    Declined,
    Internal,
    Malformed,
    ObmenError,
    TooLarge,
)
from gateway.domain.party import LANGUAGES
from gateway.domain.problem import Problem

if TYPE_CHECKING:
    from gateway.wiring import Hub

MEDIA_TYPE = "application/problem+json"
STATUSES = {
    "REQUEST_BROKEN": 400,
    "TOKEN_REFUSED": 401,
    "SCOPE_MISSING": 403,
    "RESOURCE_UNKNOWN": 404,
    "METHOD_REFUSED": 405,
    "CONTENT_TYPE_REFUSED": 415,
    "VERSION_DIFFERS": 412,
    "REQUEST_TOO_LARGE": 413,
    "RATE_EXCEEDED": 429,
    "HUB_FAILED": 500,
    "HUB_BUSY": 503,
    "WORD_OUTDATED": 409,
    "ORDER_KNOWN": 409,
    "ORDER_REROUTED": 409,
    "ORDER_TRANSITION": 409,
    "ORDER_UNKNOWN": 404,
}
"""The HTTP status of an answer by its first problem; others are 422."""
EXAMPLE: dict[str, Any] = {
    "type": "/reference/problems#SKU_UNKNOWN",
    "title": "Unknown SKU",
    "status": 422,
    "detail": "There is no SKU with the code 000999.",
    "code": "SKU_UNKNOWN",
    "problems": [
        {
            "code": "SKU_UNKNOWN",
            "severity": "error",
            "field": "/items/0/lines/1/sku",
            "value": "000999",
            "message": "There is no SKU with the code 000999.",
            "remedy": "Send the product first, or correct the code.",
        }
    ],
}


class ProblemItem(BaseModel):
    """One coded problem; `field` is a JSON pointer into the request, or the name of a parameter or header."""

    code: str
    severity: str
    field: str | None = None
    value: str | None = None
    message: str
    remedy: str


class ProblemAnswer(BaseModel):
    """Why a request was not done; nothing of it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: str = Field(description="Where the first problem is described, below the hub's own address.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Code of the first problem: what a program should look at.")
    problems: list[ProblemItem]
    retry_after: int | None = Field(None, description="Seconds to wait before the same request may do.")
    reference: str | None = Field(None, description="Quote it to the hub's operators.")


def answer(hub: "Hub", error: ObmenError, language: str) -> Response:
    """The error as a response."""
    problems = _problems(error)
    first = problems[0]
    status = STATUSES.get(first.code, 422)
    retry_after = getattr(error, "retry_after", None)
    items = [item_of(hub, each, language) for each in problems]
    wording = hub.problems.wording(first, language)
    content: dict[str, Any] = {
        "type": f"/reference/problems#{first.code}",
        "title": wording.title,
        "status": status,
        "detail": wording.message,
        "code": first.code,
        "problems": items,
    }
    headers = {"Content-Language": language, "Cache-Control": "no-store"}
    if retry_after is not None:
        content["retry_after"] = retry_after
        headers["Retry-After"] = str(retry_after)
    if isinstance(error, Internal):
        content["reference"] = error.reference
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Obmen"'
    if status == 405:
        headers["Allow"] = first.params["allowed"]
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, headers, MEDIA_TYPE)


def code_of(error: ObmenError) -> str:
    return _problems(error)[0].code


def language_of(header: str, default: str) -> str:
    """The language that `Accept-Language` likes best of those that the hub speaks."""
    best, found = 0.0, default
    for part in header.split(",")[:20]:
        name, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES and quality > best:
            best, found = quality, language
    return found


def _problems(error: ObmenError) -> Sequence[Problem]:
    """A refusal as a coded problem: the service's faults have the same sense here."""
    if isinstance(error, Declined):
        return error.problems
    match error:
        case AuthenticationFailed():
            return [Problem("TOKEN_REFUSED")]
        case TooLarge():
            return [Problem("REQUEST_TOO_LARGE")]
        case Busy():
            return [Problem("HUB_BUSY")]
        case Internal():
            return [Problem("HUB_FAILED", params={"reference": error.reference})]
        case Malformed() | ContractBroken():
            return [Problem("REQUEST_BROKEN", params={"reason": str(error).partition(": ")[2]})]
    raise error


def item_of(hub: "Hub", problem: Problem, language: str) -> dict[str, Any]:
    wording = hub.problems.wording(problem, language)
    item = {
        "code": problem.code,
        "severity": str(hub.problems.severity(problem.code)),
        "field": problem.field if problem.row is None else f"lines[n={problem.row}].{problem.field or ''}".rstrip("."),
        "value": problem.value,
        "message": wording.message,
        "remedy": wording.remedy,
    }
    return {name: value for name, value in item.items() if value is not None}
