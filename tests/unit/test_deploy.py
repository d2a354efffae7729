"""What is written for machines that we can't start here: it parses, is pinned, and names only what there is."""

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config import PREFIX, Settings

yaml = pytest.importorskip("yaml", reason="the extra `airflow` brings it: make test")
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(DEPLOY.rglob("*.y*ml"))
PINNED = re.compile(r"[\w./-]+:(?!latest)[\w.-]*\d[\w.-]*$")


def documents(file: Path) -> list[Any]:
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each is not None]


def compose() -> Any:
    return documents(DEPLOY / "compose.yaml")[0]


def environments() -> Iterator[tuple[str, str]]:
    """(service, variable) of everything that compose and Kubernetes start."""
    for name, service in compose()["services"].items():
        yield from ((name, variable) for variable in service.get("environment", ()))
    for file in (DEPLOY / "helm").glob("*.yaml"):
        yield from ((file.name, found) for found in re.findall(r"(?:name|envName): (\w+)[,}]", file.read_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_it_parses(file: Path) -> None:
    assert documents(file)


def test_every_image_is_pinned_to_a_version() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (*FILES, DEPLOY / "Dockerfile"))
    images = [
        *re.findall(r"^ *(?:- )?image: ([^\s{&]+)", text, re.MULTILINE),
        *re.findall(r"^FROM (\S+:\S+)", text, re.MULTILINE),
    ]
    assert len(images) > 8
    assert [each for each in images if not PINNED.fullmatch(each)] == []


def test_every_setting_of_ours_exists() -> None:
    ours = {variable for _, variable in environments() if variable.startswith(PREFIX)}
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert len(ours) > 5
    assert ours - known == set()


def test_every_setting_of_airflow_exists() -> None:
    pytest.importorskip("airflow", reason="the extra `airflow` is not installed: make test brings it")
    found = importlib.util.find_spec("airflow")
    assert found
    assert found.submodule_search_locations
    (template,) = Path(found.submodule_search_locations[0]).glob("config_templates/config.yml")
    known = yaml.safe_load(template.read_text(encoding="utf-8"))
    named = [re.fullmatch(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)", variable) for _, variable in environments()]
    asked = {(each[1].lower(), each[2].lower()) for each in named if each}
    helm = documents(DEPLOY / "helm" / "values.yaml")[0]["config"]
    asked |= {(section, name) for section, options in helm.items() for name in options}
    celery = {("celery", "broker_url"), ("celery", "result_backend")}  # of a provider, which only `cluster` brings
    assert len(asked) > 10
    assert sorted(each for each in asked - celery if each[1] not in known.get(each[0], {}).get("options", {})) == []


def test_every_file_that_is_mounted_or_copied_exists() -> None:
    volumes = [each for service in compose()["services"].values() for each in service.get("volumes", ())]
    mounted = {each.partition(":")[0] for each in volumes if each.startswith("./")}
    filled_in = {"./tls", "./airflow", "./metrics.token"}  # certificates and passwords: docs/airflow.md tells how
    assert [each for each in mounted - filled_in if not (DEPLOY / each).exists()] == []
    copied = re.findall(r"^COPY (?!--from)(\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert [each for each in copied if not (ROOT / each).exists()] == []


def test_what_is_asked_of_a_person_is_named_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    named = set(re.findall(r"^(\w+)=", (DEPLOY / "example.env").read_text(encoding="utf-8"), re.MULTILINE))
    assert asked == named


def test_services_depend_on_services_and_speak_of_versions_that_we_lock() -> None:
    services = compose()["services"]
    assert {name for each in services.values() for name in each.get("depends_on", ())} <= set(services)
    locked = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert documents(DEPLOY / "helm" / "values.yaml")[0]["airflowVersion"] == locked["apache-airflow"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"image: obmen:{version}" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
