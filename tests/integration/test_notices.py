"""Notices wait for a site until it acknowledges them, however many at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.publishing import acknowledge, notices
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site, site

MANY = 2_500
"""More than the parameters that MS SQL takes in a statement."""


@pytest.fixture
def volga(tmp_path: Path) -> Iterator[Site]:
    with hub_in(tmp_path, Clock()) as hub:
        yield site(hub)


def noticed(of: Site, count: int) -> list[int]:
    with of.hub.exchange.writing() as connection:
        for number in range(count):
            of.hub.notices.add_notice(connection, of.sender.site, "CODE", f"№ {number}", None, of.hub.clock())
    return [each.id for each in notices(of.hub, of.sender, None)]


def test_many_notices_are_acknowledged_at_once_and_counted_again_when_repeated(volga: Site) -> None:
    (first, *_) = noticed(volga, MANY)
    every = list(range(first, first + MANY))
    assert [acknowledge(volga.hub, volga.sender, every) for _ in range(2)] == [MANY, MANY]
    assert notices(volga.hub, volga.sender, None) == []


def test_notices_of_others_and_unknown_ones_are_not_counted(volga: Site) -> None:
    (own,) = noticed(volga, 1)
    other = site(volga.hub, code="branch")
    (its,) = noticed(other, 1)
    assert acknowledge(volga.hub, volga.sender, [own, its, 10**6]) == 1
    assert len(notices(other.hub, other.sender, None)) == 1
