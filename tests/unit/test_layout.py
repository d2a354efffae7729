"""The layout and the dependency direction of docs/architecture hold: imports are read, nothing is run."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"gateway", "schemas", "dags", "connectors", "onec_module", "tests", "docs", "bench", "deploy"}
ENTRY_MODULES = (
    "gateway/wiring.py",
    "gateway/cli*.py",
    "gateway/worker.py",
    "gateway/erp_worker.py",
    "gateway/demo.py",
)
USE_CASES = tuple(
    f"gateway/{name}.py"
    for name in (
        *(
            "access",
            "answering*",
            "auditing",
            "calling",
            "closing",
            "contact_book",
            "deadline",
            "exchanging_erp",
            "guards",
            "importing",
        ),
        *("incident*", "intake", "isolating", "lineage", "loading", "lockout", "mapping", "mapping_book", "monitoring"),
        *("notice_texts", "notifying", "ordering*", "pruning", "publishing", "receipts", "reconciling*"),
        *("referencing*", "regulating*", "releasing", "reporting", "scoring*", "sealing", "suggesting"),
        *("superseding", "telling", "tokens", "transferring"),
    )
)
OUTER_LIBRARIES = ("connectors", "spyne", "fastapi", "sqlalchemy", "lxml")
OUTER_PARTS = tuple(f"gateway.{name}" for name in ("airflow", "soap", "api", "web", "cli", "worker", "wiring"))
LXML_HOMES = ("gateway/soap/front_door.py", "connectors/formats/*", "connectors/xml_parsers.py")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_DAG_LINES = 60


@dataclass(frozen=True)
class Import:
    file: str
    line: int
    name: str
    for_types_only: bool

    def is_of(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(package + ".") for package in packages)

    def stands_in(self, *patterns: str) -> bool:
        return any(fnmatch(self.file, pattern) for pattern in patterns)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"


@dataclass(frozen=True)
class Rule:
    says: str
    allows: Callable[[Import], bool]
    broken_by: tuple[str, str]  # a file and its content that the rule must catch


def domain_is_pure(found: Import) -> bool:
    if not found.stands_in("gateway/domain/*"):
        return True
    if found.is_of("cronsim"):
        return found.stands_in("gateway/domain/slot.py")
    return found.is_of("gateway.domain") or found.name.partition(".")[0] in sys.stdlib_module_names


def connectors_know_the_domain_only(found: Import) -> bool:
    return not found.stands_in("connectors/*") or not found.is_of("gateway") or found.is_of("gateway.domain")


def connectors_are_wired_in_one_place(found: Import) -> bool:
    if not found.is_of("connectors") or found.for_types_only:
        return True
    return found.stands_in("connectors/*", *ENTRY_MODULES)


def use_cases_know_no_outer_part(found: Import) -> bool:
    if not found.stands_in(*USE_CASES) or not found.is_of(*OUTER_LIBRARIES, *OUTER_PARTS):
        return True
    return found.for_types_only and found.is_of("gateway.wiring", "connectors")


RULES = [
    Rule(
        "the domain imports only the standard library, itself, and cronsim in slot.py",
        domain_is_pure,
        ("gateway/domain/packet.py", "import cronsim"),
    ),
    Rule(
        "connectors import nothing of the gateway but its domain",
        connectors_know_the_domain_only,
        ("connectors/database/journal.py", "from gateway import config"),
    ),
    Rule(
        "connectors are imported by wiring, cli and worker only",
        connectors_are_wired_in_one_place,
        ("gateway/web/pages.py", "from connectors.database import journal"),
    ),
    Rule(
        "use cases import no connector, framework or interface but for its types",
        use_cases_know_no_outer_part,
        ("gateway/intake.py", "from gateway.wiring import Hub"),
    ),
    Rule(
        "lxml stays in the front door, the formats and connectors/xml_parsers.py",
        lambda found: not found.is_of("lxml") or found.stands_in(*LXML_HOMES),
        ("gateway/soap/service.py", "from lxml import etree"),
    ),
    Rule(
        "spyne stays in gateway/soap",
        lambda found: not found.is_of("spyne") or found.stands_in("gateway/soap/*"),
        ("gateway/api/orders.py", "def late():\n    import spyne.model"),
    ),
    Rule(
        "SQLAlchemy and Alembic stay in connectors/database",
        lambda found: not found.is_of("sqlalchemy", "alembic") or found.stands_in("connectors/database/*"),
        ("gateway/wiring.py", "import sqlalchemy.orm as orm"),
    ),
    Rule(
        "Airflow stays in the DAGs and gateway/airflow",
        lambda found: not found.is_of("airflow") or found.stands_in("dags/*", "gateway/airflow/*"),
        ("gateway/worker.py", "from airflow.sdk import dag"),
    ),
    Rule(
        "pandas stays in reconciliation and reports",
        lambda found: not found.is_of("pandas") or found.stands_in("*reconcil*", "*report*"),
        ("gateway/loading.py", "import pandas as pd"),
    ),
]


def absolute(node: ast.ImportFrom, file: str) -> str:
    """gateway/soap/service.py: `from . import faults` → gateway.soap"""
    if not node.level:
        return node.module or ""
    package = Path(file).parts[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def names_of(node: ast.AST, file: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{absolute(node, file)}.{alias.name}" for alias in node.names]
    return []


def asks_for_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports_of(file: str, source: str) -> Iterator[Import]:
    tree = ast.parse(source, file)
    guarded = [node for node in ast.walk(tree) if asks_for_type_checking(node)]
    for_types = {id(inner) for node in guarded for part in node.body for inner in ast.walk(part)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        for name in names_of(node, file):
            yield Import(file, node.lineno, name, id(node) in for_types)  # type: ignore[attr-defined]


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def long_files(files: Iterator[tuple[str, str]], limit: int) -> Iterator[str]:
    for file, source in files:
        if (lines := len(source.splitlines())) > limit:
            yield f"{file} has {lines} lines, {limit} are allowed"


def long_functions(files: Iterator[tuple[str, str]], limit: int) -> Iterator[str]:
    for file, source in files:
        for node in ast.walk(ast.parse(source, file)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if (lines := (node.end_lineno or 0) - node.lineno + 1) > limit:
                yield f"{file}:{node.lineno} {node.name}() has {lines} lines, {limit} are allowed"


def strange_folders(root: Path, allowed: set[str]) -> list[str]:
    folders = {path.name for path in root.iterdir() if path.is_dir()}
    return sorted(name for name in folders - allowed if not name.startswith((".", "__")))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_imports_keep_the_rule(rule: Rule) -> None:
    found = [each for file, source in sources("gateway", "connectors", "dags") for each in imports_of(file, source)]
    assert [str(each) for each in found if not rule.allows(each)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_breaking_the_rule_is_noticed(rule: Rule) -> None:
    assert [each for each in imports_of(*rule.broken_by) if not rule.allows(each)]


def test_a_use_case_may_name_the_hub_for_its_types() -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gateway.wiring import Hub"
    assert all(use_cases_know_no_outer_part(each) for each in imports_of("gateway/intake.py", source))


def test_a_relative_import_is_read_as_what_it_means() -> None:
    (found,) = imports_of("connectors/erp/orders.py", "from ...gateway import config")
    assert found.name == "gateway.config"
    assert not connectors_know_the_domain_only(found)


def test_there_are_no_folders_but_the_agreed_ones() -> None:
    assert strange_folders(ROOT, FOLDERS) == []


def test_a_strange_folder_is_noticed(tmp_path: Path) -> None:
    for name in ("gateway", "utils", ".venv"):
        (tmp_path / name).mkdir()
    assert strange_folders(tmp_path, FOLDERS) == ["utils"]


def test_files_and_functions_stay_short() -> None:
    folders = ("gateway", "connectors", "dags", "tests", "bench")
    assert [
        *long_files(sources(*folders), MAX_FILE_LINES),
        *long_functions(sources(*folders), MAX_FUNCTION_LINES),
        *long_files(sources("dags"), MAX_DAG_LINES),
    ] == []


def test_a_long_file_and_a_long_function_are_noticed() -> None:
    source = "async def wait():\n" + "    pass\n" * 60
    assert list(long_files(iter([("a.py", source)]), 60)) == ["a.py has 61 lines, 60 are allowed"]
    assert list(long_functions(iter([("a.py", source)]), 50)) == ["a.py:1 wait() has 61 lines, 50 are allowed"]
