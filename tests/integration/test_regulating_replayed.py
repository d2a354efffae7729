"""A month's journal with known gaps, checked hour by hour, in one go after a month away, and killed between its steps.

Slots and incidents are the same whichever way: exactly what the gaps call for.
"""

import shutil
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest

from gateway.regulating import check
from gateway.regulating_rules import Excuse, excuse
from tests.integration.crash import Crash, arm, crash
from tests.integration.regulated import EVENING, World, at, november, world_in

pytestmark = pytest.mark.sqlite  # the store's folder is copied
HOUR = timedelta(hours=1)
SENT = {  # when → the days that the packet covers
    "02 20:10": (1, 2),
    "03 21:30": (1, 3),  # the last moment of grace
    "05 21:30": (5, 5),  # a second later than that
    "06 20:00": (1, 5),  # the day itself is not among them
    "10 09:00": (1, 9),
    "11 08:00": (11, 11),  # the 10th never comes
    "12 20:00": (12, 12),
    "13 23:59": (13, 13),
    "16 20:00": (16, 16),
}
LATER = {"05 21:30": timedelta(seconds=1)}
SLOTS = [
    (2, "on-time", "02 20:10"),
    (3, "on-time", "03 21:30"),
    (5, "late", "05 21:30"),
    (6, "late", "10 09:00"),
    (9, "late", "10 09:00"),
    (10, "missing", None),
    (11, "on-time", "11 08:00"),
    (12, "on-time", "12 20:00"),
    (13, "late", "13 23:59"),
    (16, "on-time", "16 20:00"),
    (17, "excused", None),
    (18, "excused", None),
    (19, "missing", None),
    (20, "late", None),
]
INCIDENTS = [
    ("SLOT_LATE", "recovered", "05 21:30", "05 21:30"),
    ("SLOT_LATE", "recovered", "06 21:30", "10 09:00"),
    ("SLOT_MISSING", "recovered", "07 21:30", "10 09:00"),
    ("SLOT_LATE", "recovered", "10 21:30", "11 08:00"),
    ("SLOT_MISSING", "open", "11 21:30", None),
    ("SLOT_LATE", "recovered", "13 21:30", "13 23:59"),
    ("SLOT_LATE", "open", "19 21:30", None),
]
PLACES = (
    "connectors.database.slots:to_look_at",
    "connectors.database.slots:unjudged_packets",
    "connectors.database.slots:judged",
    "connectors.database.slots:covered_by",
    "connectors.database.slots:put",
    "connectors.database.slots:overdue",
    "connectors.database.incidents:add",
    "connectors.database.incidents:store",
    "connectors.database.incidents:add_step",
)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the month's packets, all loaded and none judged."""
    folder = tmp_path_factory.mktemp("journal") / "store"
    with world_in(folder) as world:
        world.agree(**EVENING)
        given = Excuse(world.volga.sender.party, None, "*", november(17), november(18), "отпуск")
        excuse(world.hub, given, "anna")
        for text, (first, last) in SENT.items():
            world.send(text, first, last, later=LATER.get(text), check_too=False)
    return folder


def hourly(world: World, step: Callable[[], object]) -> None:
    world.clock.now = at("02 12:00")
    while world.clock.now < at("20 23:00"):
        world.clock.now += HOUR
        step()


def told(world: World) -> tuple[object, ...]:
    return world.slots(), world.incidents(), world.histories()


def test_a_month_with_known_gaps_gives_exactly_these_slots_and_incidents_however_it_is_checked(
    journal: Path, tmp_path: Path
) -> None:
    places = cycle((place, when) for place in PLACES for when in ("before", "after"))
    crashes = 0

    def killed(world: World) -> Callable[[], None]:
        def step() -> None:
            nonlocal crashes
            disarm = arm(*next(places), crash)
            try:
                check(world.hub)
            except Crash:
                crashes += 1
            finally:
                disarm()

        return step

    ways: dict[str, Callable[[World], None]] = {
        "hour by hour": lambda world: hourly(world, lambda: check(world.hub)),
        "in one go": lambda _: None,
        "killed": lambda world: hourly(world, killed(world)),
    }
    found = {}
    for name, way in ways.items():
        shutil.copytree(journal, tmp_path / name)
        with world_in(tmp_path / name, joins=False) as world:
            way(world)
            world.go("20 23:00")
            found[name] = told(world)
            check(world.hub)
            assert told(world) == found[name]
    assert crashes > 15
    assert found["hour by hour"][:2] == (SLOTS, INCIDENTS)
    assert found["in one go"] == found["hour by hour"]
    assert found["killed"] == found["hour by hour"]
