"""Shared by the unit tests: reads a packet as the gateway does, and runs properties without a clock."""

from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings

from connectors.formats import survey
from connectors.shipped import catalogue
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Survey
from gateway.domain.problem import Problem

MOSCOW = ZoneInfo("Europe/Moscow")
GIGABYTE = 1 << 30
Place = tuple[str, str | None, int | None, str | None]

_CATALOGUE = catalogue()


def surveyed(content: bytes | str, feed: str = "shipments", limit: int = GIGABYTE, zone: ZoneInfo = MOSCOW) -> Survey:
    """The survey of a content; every problem that it found has words in both languages."""
    found = survey(FEEDS[feed], content if isinstance(content, bytes) else content.encode(), limit, zone)
    for problem in found.problems:
        worded(problem)
    return found


def worded(problem: Problem) -> None:
    """Fails where the catalogue does not know the problem, or its words want what the problem does not bring."""
    for language in ("ru", "en"):
        _CATALOGUE.wording(problem, language)


def places(found: Survey) -> list[Place]:
    """(code, document, row, field) of every problem but those of the lines' arithmetic, in their order."""
    kept = (each for each in found.problems if each.code not in ARITHMETIC)
    return [(each.code, each.document, each.row, each.field) for each in kept]


ARITHMETIC = ("AMOUNT_DIFFERS", "VAT_DIFFERS", "AMOUNT_NEGATIVE", "LINE_DOUBLED", "STOCK_NEGATIVE")
"""Checked by tests of their own; others write lines without a thought for them."""


def codes(found: Survey) -> list[str]:
    """Codes of the problems, but for those of the lines' arithmetic."""
    return [each.code for each in found.problems if each.code not in ARITHMETIC]


def property_of(examples: int) -> settings:
    """Always the same examples: a property that fails does so for everybody, and nothing is timed."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
