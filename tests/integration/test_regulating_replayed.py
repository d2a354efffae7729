"""A month's journal with known gaps, checked hour by hour, and in one go after a month away.

Slots and incidents are the same either way: exactly what the gaps call for. With kills, and to the last notice:
`tests/durability/test_killed_months.py`.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.regulating import check
from tests.integration import month
from tests.integration.regulated import World, at, world_in

pytestmark = pytest.mark.sqlite  # the store's folder is copied


def hourly(world: World) -> None:
    world.clock.now = at("02 12:00")
    while world.clock.now < at(month.END):
        world.clock.now += month.HOUR
        check(world.hub)


def test_a_month_with_known_gaps_gives_exactly_these_slots_and_incidents_however_it_is_checked(tmp_path: Path) -> None:
    ways: dict[str, Callable[[World], None]] = {"hour by hour": hourly, "in one go": lambda _: None}
    month.journal(tmp_path / "journal")
    found = {}
    for name, way in ways.items():
        shutil.copytree(tmp_path / "journal", tmp_path / name)
        with world_in(tmp_path / name, joins=False) as world:
            way(world)
            world.go(month.END)
            found[name] = month.told(world)
            check(world.hub)
            assert month.told(world) == found[name]
    assert found["hour by hour"][:2] == (month.SLOTS, month.INCIDENTS)
    assert found["in one go"] == found["hour by hour"]
