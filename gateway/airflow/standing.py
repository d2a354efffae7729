"""An Airflow on this machine: its parts as processes of ours, its own tables in a SQLite file of a folder."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from gateway.children import Child, kept
from gateway.config import Settings
from gateway.domain.errors import Misuse

PARTS = {
    "api-server": [],
    "dag-processor": [],
    "triggerer": ["--skip-serve-logs"],  # they are read from the folder that they are written to
    "scheduler": ["--skip-serve-logs"],
}
"""As they begin; they end the other way round, so that tasks which end with the scheduler can still say so."""
PERSON = "admin"
_PART = [sys.executable, "-m", "gateway.airflow.part"]
START_SECONDS = 180
"""A machine that is slow, and busy with other work, needs a minute."""


@dataclass(frozen=True)
class Standing:
    """An Airflow at work; its parts log into `logs`."""

    address: str
    password: str
    environment: Mapping[str, str]
    logs: Path


@contextmanager
def standing(
    home: Path, dags: Path, settings: Settings, port: int = 0, given: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Standing]:
    """Starts what is missing of it in `home`, waits until its page answers, and ends it after the block.

    `given` are further variables of Airflow's. Raises Misuse where it does not start.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, **settings.as_environment(), **variables(home, dags, settings, address), **given}
    password = _password(home)
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    _prepare(environment, logs)
    with ExitStack() as stack:
        files = {part: stack.enter_context((logs / f"{part}.log").open("ab")) for part in PARTS}
        for part, words in PARTS.items():
            if part == "scheduler":
                _wait(address, logs)  # tasks fail that have nobody to tell that they began
            stack.enter_context(kept([Child([*_PART, part, *words], files[part], apart=True)], environment))
        _wait(address, logs, "scheduler", "dag_processor", "triggerer")
        yield Standing(address, password, environment, logs)


def variables(home: Path, dags: Path, settings: Settings, address: str) -> dict[str, str]:
    """Airflow's settings, as docs/airflow.md explains them."""
    return {
        "AIRFLOW_HOME": str(home.absolute()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(max(1, settings.lanes) + 4),
        "AIRFLOW__CORE__TASK_SUCCESS_OVERTIME": "60",  # to say so to the hub, on a machine that loads
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{PERSON}:admin",
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(urlsplit(address).port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",  # ours change with a new version only
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    }


def _password(home: Path) -> str:
    """Airflow's simple login reads it from this file; one that is there stays."""
    file = home / "simple_auth_manager_passwords.json.generated"
    if not file.exists():
        file.touch(0o600)
        file.write_text(json.dumps({PERSON: secrets.token_urlsafe(9)}))
    password: str = json.loads(file.read_text())[PERSON]
    return password


def _prepare(environment: Mapping[str, str], logs: Path) -> None:
    with (logs / "migrate.log").open("wb") as log:
        making = [sys.executable, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(making, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise Misuse(f"Airflow's own database can't be made: see {log.name}")


def _wait(address: str, logs: Path, *parts: str) -> None:
    """Until the page answers, and says that these parts are well."""
    ends = time.monotonic() + START_SECONDS
    while not _are_well(address, parts):
        if time.monotonic() > ends:
            raise Misuse(f"Airflow does not start: see {logs}")
        time.sleep(0.5)


def _are_well(address: str, parts: tuple[str, ...]) -> bool:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=5)
    try:
        connection.request("GET", "/api/v2/monitor/health")
        health = json.loads(connection.getresponse().read())
        return all(health[part]["status"] == "healthy" for part in parts)
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """Below those that the system gives to whoever asks for any: nobody gets it in the minute until we listen there."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
