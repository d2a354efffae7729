"""The same demo on the other supported interpreters, wherever they are found."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.fresh_venv import assert_demo_works

SUPPORTED = ("3.11", "3.12", "3.13")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def candidates(version: str) -> Iterator[Path]:
    if on_path := shutil.which(f"python{version}"):
        yield Path(on_path)
    yield from sorted(Path.home().glob(f".pyenv/versions/*/bin/python{version}"))


def makes_environments(python: Path) -> bool:
    """pyenv's stubs stand on the PATH for versions that aren't switched on; Debian's Python may lack ensurepip."""
    tried = subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.parametrize("version", [version for version in SUPPORTED if version != RUNNING])
def test_the_demo_runs_on_python(version: str, tmp_path: Path) -> None:
    python = next(filter(makes_environments, candidates(version)), None)
    if python is None:
        pytest.skip(f"no working Python {version} on the PATH or under ~/.pyenv/versions")
    assert_demo_works(python, tmp_path)
