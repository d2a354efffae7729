"""What every DAG of ours has, and the hub that its tasks work on."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from gateway.config import load_settings
from gateway.domain.errors import Misuse

if TYPE_CHECKING:
    from gateway.wiring import Hub

SETTINGS = load_settings()
LANES = list(range(1, max(1, SETTINGS.lanes) + 1))
"""Tasks beside each other; fixed while Airflow reads the DAGs, so that no task has to say it first."""
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
"""Begin of what runs all the time: without one, the second run would get the first one's date and never start."""


GIVES_WAY = 10
"""How nice the system lets a task be: packets are loaded first, also on a machine that has other tasks to do."""


def _failed(context: Mapping[str, Any]) -> None:
    """Airflow gave the task up: an incident in the hub, which tells people as all others do."""
    from gateway.incident_sources import task_failed

    with opened() as hub:
        task_failed(hub, _name(context), str(context.get("exception") or "its log says why"))


def _recovered(context: Mapping[str, Any]) -> None:
    from gateway.incident_sources import task_recovered

    with opened() as hub:
        task_recovered(hub, _name(context))


def _name(context: Mapping[str, Any]) -> str:
    task = context["ti"]
    lane = f"[{task.map_index}]" if task.map_index >= 0 else ""
    return f"{task.dag_id}.{task.task_id}{lane}"


OURS: dict[str, Any] = {
    "catchup": False,
    "tags": ["obmen"],
    "default_args": {
        "owner": "obmen",
        "retries": 3,
        "retry_delay": timedelta(seconds=5),
        "on_failure_callback": _failed,
        "on_success_callback": _recovered,
    },
}


def open_ours() -> "Hub":
    """The wired hub. What it logs goes to the task's log: Airflow has set up structlog, and we leave it so."""
    from gateway.wiring import open_hub  # not while Airflow reads the DAGs

    return open_hub(SETTINGS, made=True)


@contextmanager
def opened(gives_way: bool = True) -> Iterator["Hub"]:
    """The hub for the time of a task, which gives way to those that do not. What was asked wrongly fails at once."""
    if gives_way:
        os.nice(max(0, GIVES_WAY - os.nice(0)))
    hub = open_ours()
    try:
        yield hub
    except Misuse as error:
        raise AirflowFailException(str(error)) from error
    finally:
        hub.close()
