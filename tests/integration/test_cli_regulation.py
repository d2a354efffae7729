"""`obmen regulation …` as a person uses it: a file is tried, loaded, shown; who agreed what; excuses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import cli_hub, cli_regulation
from gateway.domain.errors import Misuse
from gateway.domain.terms import RULES, WORDS
from gateway.regulating_file import agreed
from gateway.regulating_rules import agree
from tests.integration.regulated import EVENING, World, at, world_in

DOCS = Path(__file__).parents[2] / "docs"
FILE = """
groups:
  south: [VOLGA]
calendars:
  company:
    free: [2026-11-05]
regulations:
  - feeds: [shipments, stock]
    calendar: company
    schedule: workdays at 21:00
    grace: 30 min
    escalate: {4 h: [chiefs]}
  - group: south
    feeds: stock
    warehouses: [MAIN, COLD]
  - site: VOLGA/main
    feeds: stock
    warehouse: COLD
    from: 2026-11-20
    grace: 2 h
"""


def obmen(world: World, *arguments: str) -> list[str]:
    """What the command says, with the world's clock."""
    result = CliRunner().invoke(cli_regulation.regulation, arguments)
    if isinstance(result.exception, Misuse):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "agreed.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path / "agreed.yaml"


def test_a_file_is_tried_loaded_shown_and_told_of(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_in(tmp_path / "store") as world:
        monkeypatch.setattr(cli_hub, "open_hub", lambda settings: world.hub)
        monkeypatch.setattr(type(world.hub), "close", lambda hub: None)
        monkeypatch.setattr(cli_hub, "configure", lambda settings: None)
        world.send("02 20:00", 1, 2)
        world.send("10 20:00", 1, 9)
        world.clock.now = at("13 12:00")
        assert obmen(world, "try", str(file), "--days", "11")[-3:] == [
            "4\tSLOT_LATE\tVOLGA/main",
            "4\tSLOT_MISSING\tVOLGA/main",
            "would have opened 8 incidents in 11 days",
        ]
        assert (world.slots(), world.incidents()) == ([], [])
        assert obmen(world, "load", str(file), "--by", "anna") == ["6 clauses changed"]
        assert obmen(world, "load", str(file), "--by", "anna") == ["0 clauses changed"]
        told = obmen(world, "show", "VOLGA-main", "stock")
        assert told[0] == "from 2026-11-13"
        assert told[-6:][0].startswith("from 2026-11-20, warehouse COLD")
        assert "  grace: 2 h" in told[-6:]
        assert "  escalate: 4 h → chiefs" in told
        obmen(world, "set", "VOLGA-main", "stock", "grace=none", "--by", "boris")
        assert "  grace: none" in obmen(world, "show", "VOLGA-main", "stock")
        assert obmen(world, "history")[0].split("\t")[1:3] == ["boris", "site VOLGA/main stock"]
        excused = ("excuse", "VOLGA", "2026-11-13", "2026-11-20", "--reason", "отпуск", "--by", "anna")
        assert obmen(world, *excused) == ["excuse 1"]
        world.clock.now = at("17 23:00")
        assert obmen(world, "check")[0].startswith("0 packets judged, ")
        assert {state for _, state, _ in world.slots()} == {"excused"}
        assert len(obmen(world, "excuses")) == 1
        obmen(world, "unexcuse", "1", "--by", "anna")
        assert obmen(world, "excuses") == []


def test_a_file_that_names_what_is_not_there_changes_nothing(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_in(tmp_path / "store") as world:
        monkeypatch.setattr(cli_hub, "open_hub", lambda settings: world.hub)
        monkeypatch.setattr(type(world.hub), "close", lambda hub: None)
        monkeypatch.setattr(cli_hub, "configure", lambda settings: None)
        world.agree(**EVENING)
        for old, new, reason in (
            ("site: VOLGA/main", "site: VOLGA/other", r"regulation 3 \(site VOLGA/other\): there is no site"),
            ("feeds: [shipments, stock]", "feeds: weather", "there is no feed weather"),
            ("calendar: company", "calendar: moon", "there is no calendar moon"),
            ("grace: 2 h", "grace: 2 fortnights", "grace: 'fortnights' is no unit"),
            ("feeds: stock", "feeds: shipments", "warehouses are agreed for stock alone"),
            ("[VOLGA]", "[DON]", "group south: there is no party DON"),
            ("grace: 30 min", "grace: 30 min\n    grace: 1 h", "grace stands here twice"),
        ):
            file.write_text(FILE.replace(old, new), encoding="utf-8")
            with pytest.raises(Misuse, match=reason):
                obmen(world, "load", str(file), "--by", "anna")
        assert len(obmen(world, "history")) == 1


def test_the_docs_tell_every_rule_and_their_sample_loads(tmp_path: Path) -> None:
    text = (DOCS / "regulation.md").read_text(encoding="utf-8")
    assert [name for name in (*WORDS, *RULES) if f"`{name}`" not in text] == []
    with world_in(tmp_path) as world:
        sample = world.hub.formats.read_yaml((DOCS / "samples" / "regulation.yaml").read_text(encoding="utf-8"))
        assert agree(world.hub, agreed(sample), "anna") == 8
