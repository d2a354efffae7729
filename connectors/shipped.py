"""Finds the folders that travel with the code: `schemas/` and `dags/`, in a checkout or in an installed wheel."""

import tomllib
from pathlib import Path

from gateway.domain.problem import Catalogue

_HERE = Path(__file__).parent
_ROOT = _HERE / "_shipped" if (_HERE / "_shipped").is_dir() else _HERE.parent

SCHEMAS = _ROOT / "schemas"
DAGS = _ROOT / "dags"


def catalogue() -> Catalogue:
    """Every problem of `schemas/problems.toml`."""
    return Catalogue(tomllib.loads((SCHEMAS / "problems.toml").read_text(encoding="utf-8")))
