"""The README is true: its commands are run as they stand, in an empty folder, in their order."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from gateway.airflow.standing import free_port
from tests.stores import SERVER, url_in

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATIENCE = 120
"""Seconds; guards against a hang and measures nothing."""
STORE = {"OBMEN_DATABASE": SERVER} if SERVER else {}


def commands() -> list[str]:
    """Every command of the README's shell blocks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [line for block in BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def environment(port: int) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "OBMEN_PORT": str(port), **STORE}


@contextmanager
def in_background(command: str, folder: Path, port: int) -> Iterator[None]:
    with subprocess.Popen(shlex.split(command), cwd=folder, env=environment(port)) as process:
        try:
            yield
        finally:
            process.terminate()
    assert process.returncode == 0


def when_up(port: int) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the gateway did not come up")


def run(command: str, folder: Path, port: int) -> str:
    words = shlex.split(command.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
    done = subprocess.run(words, cwd=folder, env=environment(port), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_make_target_that_the_readme_names_is_there_and_run_by_ci() -> None:
    targets = {command.split()[1] for command in commands() if command.startswith("make ")}
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text()
    assert targets == {"demo", "test", "lint", "bench"}
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
    assert [target for target in targets if not re.search(rf"^make {target}\b", ci, re.MULTILINE)] == []


def test_the_readme_can_be_followed_in_an_empty_folder(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "samples", tmp_path / "docs" / "samples")
    url_in(tmp_path)
    port, told = free_port(), {}
    ours = [command for command in commands() if command.startswith("obmen ")]
    before, after = ours[: ours.index("obmen up")], ours[ours.index("obmen up") + 1 :]
    for command in before:
        run(command, tmp_path, port)
    with in_background("obmen up", tmp_path, port):
        when_up(port)
        for command in after:
            told[command.split()[1]] = run(command, tmp_path, port)
    receipt = json.loads(told["send"])
    assert (receipt["state"], receipt["rowsLoaded"], receipt["rowsUnmapped"]) == ("loaded-with-problems", 3, 1)
    assert "1 rows of facts mapped" in told["reference"]
