"""What pydantic finds wrong with a request, as coded problems."""

from collections.abc import Sequence
from typing import Any

from gateway.domain.problem import Problem

MOST = 100
"""Problems of one answer."""
_CODES = {"missing": "PARAMETER_MISSING", "extra_forbidden": "PARAMETER_UNKNOWN", "json_invalid": "REQUEST_BROKEN"}
_HIDDEN = ("ctx", "error")


def problems_of(errors: Sequence[Any]) -> list[Problem]:
    return [_problem(each) for each in errors[:MOST]]


def _problem(error: dict[str, Any]) -> Problem:
    code = _CODES.get(error["type"], "PARAMETER_WRONG")
    if code == "REQUEST_BROKEN":
        return Problem(code, params={"reason": str(error.get("ctx", {}).get("error", "JSON"))})
    given = error.get("input")
    value = None if code == "PARAMETER_MISSING" or isinstance(given, dict | list) else str(given)
    params = {"expected": _expected(error)} if code == "PARAMETER_WRONG" else {}
    return Problem(code, field=_place(error["loc"]), value=value, params=params)


def _place(location: Sequence[int | str]) -> str:
    """`body, items, 0, code` → `/items/0/code`; a parameter or header by its name."""
    source, *steps = location
    if source == "body":
        return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps) or "/"
    return str(steps[-1]) if steps else str(source)


def _expected(error: dict[str, Any]) -> str:
    """In terms of the OpenAPI document, which every integrator has, and no language of ours."""
    figures = {name: value for name, value in error.get("ctx", {}).items() if name not in _HIDDEN}
    kind = error["type"].removesuffix("_type").removesuffix("_parsing")
    return f"{kind} ({', '.join(f'{name}: {value}' for name, value in figures.items())})" if figures else kind
