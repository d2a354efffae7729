"""What the routes have in common: scopes, pages and cursors, versions of a record, and writes that may come again."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from fastapi import Depends, Header, Query, Security
from fastapi.security import HTTPBearer, SecurityScopes
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from gateway.answering_once import Request as Repeatable
from gateway.answering_once import once
from gateway.api.door import JSON, token_of
from gateway.api.shapes import PAGE
from gateway.domain.errors import Declined
from gateway.domain.problem import Problem
from gateway.domain.token import Scope

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

T = TypeVar("T")
_bearer = HTTPBearer(
    scheme_name="token", description="As `obmen token add` showed it, once.", bearerFormat="obmen_…", auto_error=False
)


def hub_of(request: Request) -> "Hub":
    return cast("Hub", request.scope["state"]["hub"])


def _scoped(request: Request, scopes: SecurityScopes, _: Annotated[Any, Depends(_bearer)]) -> None:
    """Raises Declined where the request's token lacks one of the scopes."""
    missing = [each for each in scopes.scopes if each not in token_of(request.scope).scopes]
    if missing:
        raise Declined(Problem("SCOPE_MISSING", params={"expected": ", ".join(missing)}))


def scope(name: Scope) -> Any:
    """A route's dependency on a scope of the token."""
    return Security(_scoped, scopes=[name.value])


class Paging(BaseModel):
    """Where a list begins, and how much of it is wanted."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, Query(max_length=1000, description="`next` of the page before; none: the first page.")] = ""
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100


def cursor_of(*place: Any) -> str:
    """Where the next page begins, in letters that mean nothing to the caller."""
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """What a cursor was made of; None of no cursor. Raises Declined."""
    if not cursor:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        fits = isinstance(place, list) and [type(each) for each in place] == list(kinds)
    except ValueError:
        fits = False
    if not fits:
        raise Declined(Problem("CURSOR_BROKEN", field="cursor", value=cursor))
    return tuple(place)


def day_of(text: str) -> date:
    """A date that stood in a cursor. Raises Declined."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Declined(Problem("CURSOR_BROKEN", field="cursor")) from None


def paged(found: Sequence[T], limit: int, place: Callable[[T], tuple[Any, ...]]) -> tuple[Sequence[T], str | None]:
    """Of one record more than the limit, if there are so many: the page, and the cursor of the next."""
    page = found[:limit]
    return page, cursor_of(*place(page[-1])) if len(found) > limit else None


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern="^[!-~]+$",
        description="Made by the caller for this request, and sent again with it: it is done once.",
    ),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="Do it only while the record's `ETag` is this one.")
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="`*`: only where there is no such record yet.")
]
IfOther = Annotated[
    str | None, Header(alias="If-None-Match", description="304 without a body while the `ETag` is this one.")
]


def write(
    request: Request, schema: str, key: str | None, change: "Callable[[Connection], BaseModel | None]"
) -> Response:
    """Makes a change in one of the stores, once for each idempotency key, and answers with what it says.

    Where it says nothing, its commit stands all the same, and no key keeps it.
    """

    def text(connection: "Connection") -> str | None:
        found = change(connection)
        return None if found is None else found.model_dump_json()

    repeatable = Repeatable(token_of(request.scope).key, key, request.scope["state"]["digest"]) if key else None
    answer, again = once(hub_of(request), schema, repeatable, text)
    return Response(answer, 200, {"Idempotent-Replayed": "true"} if again else None, JSON)


def versioned(response: Response) -> Response:
    """With the version of the record that it shows."""
    response.headers["ETag"] = _version(bytes(response.body))
    return response


def _version(shown: bytes) -> str:
    """A record's `ETag`: the same as long as it says the same."""
    return f'"{hashlib.sha256(shown).hexdigest()[:32]}"'


def shown(record: BaseModel | None, what: str, if_none_match: str | None) -> Response:
    """A record with its version. Raises Declined where there is none."""
    if record is None:
        raise Declined(Problem("RESOURCE_UNKNOWN", value=what))
    content = record.model_dump_json().encode()
    if _names(if_none_match, _version(content)):
        return Response(None, 304, {"ETag": _version(content)})
    return versioned(Response(content, 200, None, JSON))


def check_version(record: BaseModel | None, if_match: str | None, if_none_match: str | None) -> None:
    """Raises Declined where the record is not as the caller thinks."""
    version = None if record is None else _version(record.model_dump_json().encode())
    wrong = if_match is not None and not (version and _names(if_match, version))
    wrong = wrong or bool(version and _names(if_none_match, version))
    if wrong:
        raise Declined(Problem("VERSION_DIFFERS", params={"held": version or "-"}))


def replaced(
    request: Request,
    schema: str,
    key: str | None,
    versions: tuple[str | None, str | None],
    find: "Callable[[Connection], BaseModel | None]",
    put: "Callable[[Connection], object]",
) -> Response:
    """Puts one record in a store as a whole, where it stands as `versions` (If-Match, If-None-Match) have it."""

    def change(connection: "Connection") -> BaseModel:
        check_version(find(connection), *versions)
        put(connection)
        found = find(connection)
        assert found is not None
        return found

    return versioned(write(request, schema, key, change))


def _names(header: str | None, version: str) -> bool:
    given = [each.strip().removeprefix("W/") for each in (header or "").split(",")]
    return version in given or "*" in given
