"""A content that is worth a thread is read while it is validated: the survey is the same as one after the other."""

import sys

import pytest

from tests.packets import line, shipment, shipments
from tests.unit.reading import surveyed

CONTENTS = {
    "valid": shipments("p-1", shipment("1", line(1))),
    "of wrong values": shipments("p-1", shipment("1", line(1, quantity="x"))),
    "without what reading needs": b'<packet xmlns="urn:obmen:packet:v1"/>',
    "cut short": shipments("p-1", shipment("1", line(1)))[:-20],
    "of no calendar": shipments("p-1", shipment("1", line(1), date="0000-01-01")),
    "no XML": b"stock of the day",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_read_beside_its_validation_a_content_gives_the_same_survey(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = surveyed(content)
    monkeypatch.setattr(sys.modules["connectors.formats.survey"], "WORTH_A_THREAD", 0)
    assert surveyed(content) == expected
