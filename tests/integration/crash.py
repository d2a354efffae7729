"""Crashes at named places: before or after any function of the way of a packet."""

import importlib
from collections.abc import Callable
from typing import Any

LOADING = (
    "connectors.database.queue:claim",
    "connectors.database.journal:journalled",
    "connectors.database.journal:read_payload",
    "connectors.database.bulk:_fill",
    "connectors.database.merging:merge",
    "connectors.database.scopes:withdraw",
    "connectors.database.merging:_rows",
    "connectors.database.merging:_extensions",
    "connectors.database.merging:_write_down",
    "connectors.database.bulk:_remove",
    "connectors.database.merging:unmapped_codes",
    "connectors.database.queue:finish",
    "connectors.database.journal:record_load",
)
"""Places within and between the numbered steps of `gateway/loading.py`, in their order."""

INTAKE = (
    "connectors.database.journal:stored_acceptance",
    "connectors.database.journal:keep_payload",
    "connectors.database.journal:add_attempt",
    "connectors.database.journal:add_packet",
)


class Crash(BaseException):
    """As if the process had ended here: nothing of ours catches it."""


def crash() -> None:
    raise Crash


def arm(place: str, when: str, strike: Callable[[], None]) -> Callable[[], None]:
    """Lets `strike` happen before or after the next call of `module:function`; what is returned disarms it."""
    module, name = importlib.import_module(place.split(":")[0]), place.split(":")[1]
    original = getattr(module, name)

    def disarm() -> None:
        setattr(module, name, original)

    def armed(*arguments: Any, **named: Any) -> Any:
        disarm()
        if when == "before":
            strike()
        outcome = original(*arguments, **named)
        if when == "after":
            strike()
        return outcome

    setattr(module, name, armed)
    return disarm
