"""The wheel, installed alone in a fresh environment, shows its demo in an empty folder."""

import sys
from pathlib import Path
from zipfile import ZipFile

from tests.acceptance.fresh_venv import ROOT, assert_demo_works, wheel


def test_the_installed_wheel_runs_its_demo_in_an_empty_folder(tmp_path: Path) -> None:
    assert_demo_works(sys.executable, tmp_path)


def test_schemas_and_dags_travel_inside_the_wheel() -> None:
    shipped = {name for name in ZipFile(wheel()).namelist() if name.startswith("connectors/_shipped/")}
    for folder, pattern in (("schemas", "*.xsd"), ("schemas", "*.toml"), ("dags", "*.py")):
        ours = {f"connectors/_shipped/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob(pattern)}
        assert ours <= shipped
