"""Shared by the tests of the installed product: build the wheel, install it alone, run its demo in an empty folder."""

import atexit
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 900  # seconds; guards against a hang and measures nothing


def run(*command: str | Path, cwd: Path) -> str:
    """What the command printed on stdout; fails with all it printed, also on stderr."""
    environment = {name: value for name, value in os.environ.items() if not is_ours(name)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def is_ours(variable: str) -> bool:
    """The checkout must not shine through: neither its settings nor its import path."""
    return variable.startswith("OBMEN_") or variable in ("PYTHONPATH", "VIRTUAL_ENV")


@cache
def wheel() -> Path:
    """The wheel of this checkout, built once a run by the locked hatchling of this environment."""
    folder = Path(mkdtemp(prefix="obmen-wheel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def install_alone(python: str | Path, folder: Path) -> Path:
    """A fresh environment with the wheel and what it needs, and no extra; returns its folder of commands."""
    run(python, "-m", "venv", folder, cwd=folder.parent)
    commands = folder / "bin"
    constraints = ROOT / "requirements.lock"
    run(commands / "python", "-m", "pip", "install", "--quiet", "--no-compile", "-c", constraints, wheel(), cwd=folder)
    return commands


def demo(commands: Path, folder: Path) -> Mapping[str, Any]:
    """`obmen demo --once --json` in an empty folder → its one JSON document."""
    folder.mkdir()
    outcome: Mapping[str, Any] = json.loads(run(commands / "obmen", "demo", "--once", "--json", cwd=folder))
    return outcome


def assert_demo_works(python: str | Path, tmp_path: Path) -> None:
    outcome = demo(install_alone(python, tmp_path / "venv"), tmp_path / "empty")
    assert outcome["packets"]["loaded"] > 0
    assert set(outcome["rows"]) == {"loaded", "unmapped", "quarantined"}
    assert outcome["rows"]["loaded"] > 0
    assert outcome["seconds"] > 0
