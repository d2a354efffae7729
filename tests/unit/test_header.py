"""The packet's header, where the XSD lets through what is odd."""

import pytest

from tests.packets import shipments
from tests.unit.reading import codes, surveyed


@pytest.mark.parametrize("blank", ["\u0085", "\u00a0", "\u2007"])
def test_an_id_of_blanks_that_only_unicode_calls_so_is_empty(blank: str) -> None:
    survey = surveyed(shipments(blank))
    assert survey.header
    assert (survey.header.id, codes(survey)) == ("", [])
