"""What the worker does between packets: notices go out, and where that fails packets are loaded all the same."""

from pathlib import Path

import pytest

from gateway import worker
from gateway.wiring import Hub
from tests.integration.incident_world import contact, world_in
from tests.notice_servers import mail_server


def test_the_worker_sends_notices_by_itself(tmp_path: Path) -> None:
    stop = worker.Stop()
    with mail_server() as mail, world_in(tmp_path, mail_url=mail.url, poll_seconds=0.01) as world:
        world.book(contact("anna"))
        world.breaks()
        mail.on_mail = stop.set
        worker.run(world.hub, stop)
    assert [to for to, _ in mail.titles] == ["anna"]


def test_a_chore_that_fails_is_left_for_a_while_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []

    def fails(_: Hub) -> bool:
        tried.append(now[0])
        raise RuntimeError("out of luck")

    now = [100.0]
    monkeypatch.setattr(worker, "monotonic", lambda: now[0])
    chore = worker.Chore("notices", fails)
    with world_in(tmp_path) as world:
        for now[0] in (100.0, 159.0, 160.0):
            assert not chore.done(world.hub)
    assert tried == [100.0, 160.0]
