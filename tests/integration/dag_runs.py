"""Airflow in a process of its own, since it takes over logging and settings: reads the DAGs, or runs some of them.

`python -m tests.integration.dag_runs read` · `… run '[["load_packets", {}], …]'`; one JSON document on standard output.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from connectors.shipped import DAGS
from tests.acceptance.commands import ROOT, environment
from tests.stores import url_in

FORBIDDEN = ("socket.", "sqlite3.", "subprocess.", "os.listdir", "os.scandir", "urllib.")


def airflow(home: Path, folder: Path, *words: str, **variables: str) -> Any:
    """What this module says in a process of its own, whose Airflow lives in `home`, about the folder's store."""
    variables["OBMEN_DATABASE"] = url_in(folder)
    ours = environment(
        None,
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        **variables,
    )
    if not home.exists():
        _done([sys.executable, "-m", "airflow", "db", "migrate"], ours)
    return json.loads(_done([sys.executable, "-m", __name__, *words], ours).splitlines()[-1])


def _done(command: list[str], variables: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def read() -> dict[str, Any]:
    """What Airflow's own reading finds, and what is touched while the files are read once more."""
    bag = _bag()
    sources = {file.stem: file.read_text(encoding="utf-8") for file in DAGS.glob("*.py")}
    touched: list[str] = []
    sys.addaudithook(lambda event, words: _note(touched, event, words))
    for name, source in sources.items():
        exec(compile(source, name, "exec"), {"__name__": name})
    return {
        "errors": bag.import_errors,
        "warnings": [str(each) for found in bag.captured_warnings.values() for each in found],
        "slowest": max(each.duration.total_seconds() for each in bag.dagbag_stats),
        "touched": list(touched),
        "dags": {dag_id: _told(dag) for dag_id, dag in bag.dags.items()},
    }


def _bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(DAGS)


def _note(touched: list[str], event: str, words: tuple[Any, ...]) -> None:
    if event.startswith(FORBIDDEN) or (event == "open" and not str(words[0]).endswith((".py", ".pyc"))):
        touched.append(f"{event} {words[:1]}")


def _told(dag: Any) -> dict[str, Any]:
    return {
        "owner": dag.owner,
        "tags": sorted(dag.tags),
        "doc": dag.doc_md or "",
        "form": sorted(dag.params),
        "must": sorted(name for name in dag.params if _must_be_given(dag.params.get_param(name))),
        "reads": sorted({each.name for task in dag.tasks for each in task.inlets}),
        "writes": sorted({each.name for task in dag.tasks for each in task.outlets}),
        "retries": min(task.retries for task in dag.tasks),
    }


def _must_be_given(asked: Any) -> bool:
    """Whether Airflow's page leaves its button grey until a person has written something here."""
    given = asked.value if isinstance(asked.value, str) else ""
    return not given and "null" not in asked.schema["type"]


def run(wanted: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """`dag.test()` of each, one after the other: its state, its tasks' states and answers, how often they ran."""
    bag = _bag()
    results = []
    for dag_id, answers in wanted:
        done = bag.dags[dag_id].test(run_conf=answers)
        ran = {f"{each.task_id}[{each.map_index}]": each for each in done.get_task_instances()}
        states = {name: str(each.state) for name, each in ran.items()}
        given = {name: each.xcom_pull(each.task_id, map_indexes=each.map_index) for name, each in ran.items()}
        results.append([dag_id, str(done.state), states, given, max(each.try_number for each in ran.values())])
    return results


if __name__ == "__main__":
    said = read() if sys.argv[1] == "read" else run(json.loads(sys.argv[2]))
    sys.stdout.flush()
    os.write(1, ("\n" + json.dumps(said, default=str) + "\n").encode())
