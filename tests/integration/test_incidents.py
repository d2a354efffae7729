"""Incidents: one open for each rule and subject, who is told of what and when, and who does what about it."""

from datetime import timedelta
from pathlib import Path

from tests.integration.incident_world import contact, world_in

HOUR = timedelta(hours=1)
CHIEF = {"roles": frozenset({"chiefs"})}


def test_a_repeated_breach_is_counted_and_told_once_and_after_recovery_a_new_incident_opens(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        world.breaks()
        for _ in range(2):
            world.clock.pass_by(60)
            world.breaks()
        assert (world.states(), world.notices()) == ([("open", 2)], [("opened", "anna", "01 12:00")])
        world.recovers()
        world.recovers()
        assert world.states() == [("recovered", 2)]
        assert world.notices() == [("opened", "anna", "01 12:00"), ("recovered", "anna", "01 12:02")]
        world.breaks()
        assert world.states() == [("recovered", 2), ("open", 0)]
        assert world.notices(2) == [("opened", "anna", "01 12:02")]
        assert world.steps() == [("opened", None), ("recovered", None)]
