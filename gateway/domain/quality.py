"""What is wrong with a packet that is loaded, by the limits that are agreed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from gateway.domain.delivery import Delivery
from gateway.domain.feed import Mode
from gateway.domain.terms import CONTROL_MISSING, PACKET_EMPTY, PACKET_SMALL, QUARANTINE_SHARE, UNKNOWN_SHARE, Terms

WEEKS = 8
_WEEK, _DAY = timedelta(weeks=1), timedelta(days=1)
LIKE_DAYS_AT_LEAST = 3
"""Of fewer like weekdays no median is made."""
Findings = Mapping[str, Mapping[str, str]]
"""What fills the message, by rule."""


def rows_per_day(delivery: Delivery) -> float:
    """How much a packet holds, for a day of its window: windows grow through the month."""
    return density(_size(delivery), delivery.first, delivery.last)


def density(size: int, first: date | None, last: date | None) -> float:
    days = (last - first).days + 1 if first and last else 1
    return size / max(days, 1)


def like_days(today: datetime) -> list[tuple[datetime, datetime]]:
    """The same weekday in the weeks before, from midnight to midnight; `today` is in the site's zone."""
    begin = today.replace(hour=0, minute=0, second=0, microsecond=0)
    return [(begin - weeks * _WEEK, begin - weeks * _WEEK + _DAY) for weeks in range(1, WEEKS + 1)]


def findings(terms: Terms, delivery: Delivery, before: Sequence[float]) -> Findings:
    """The limits that a packet breaks; `before`: rows a day of earlier ones of its weekday, if that counts."""
    found: dict[str, Mapping[str, str]] = {}
    for rule, limit, bad, of in (
        (UNKNOWN_SHARE, terms.unknown, delivery.rows_unmapped, delivery.rows_loaded),
        (QUARANTINE_SHARE, terms.quarantined, delivery.rows_quarantined, _judged(delivery)),
    ):
        if limit is not None and bad * 100 > limit * of:
            found[rule] = {"rows": str(bad), "all": str(of), "limit": str(limit)}
    if is_whole(delivery):
        found |= _scanty(terms, delivery, before)
    if terms.control and not delivery.controlled:
        found[CONTROL_MISSING] = {}
    return found


def is_whole(delivery: Delivery) -> bool:
    """Whether it tells all of its days: what only adds or corrects may be of any size."""
    return delivery.mode != Mode.MERGE


def limits(terms: Terms, delivery: Delivery) -> list[str]:
    """The rules that a packet is held against: of these, one that is kept again has recovered."""
    return [rule for rule in agreed_limits(terms) if is_whole(delivery) or rule not in (PACKET_EMPTY, PACKET_SMALL)]


def agreed_limits(terms: Terms) -> list[str]:
    agreed = {
        UNKNOWN_SHARE: terms.unknown is not None,
        QUARANTINE_SHARE: terms.quarantined is not None,
        PACKET_EMPTY: terms.small is not None or not terms.empty,
        PACKET_SMALL: terms.small is not None,
        CONTROL_MISSING: terms.control,
    }
    return [rule for rule, is_agreed in agreed.items() if is_agreed]


def _scanty(terms: Terms, delivery: Delivery, before: Sequence[float]) -> Findings:
    usual = median(before) if len(before) >= LIKE_DAYS_AT_LEAST else 0
    if not _size(delivery):
        strange = not terms.empty or (terms.small is not None and usual > 0)
        return {PACKET_EMPTY: {"usual": _rounded(usual)}} if strange else {}
    if terms.small is None or rows_per_day(delivery) * 100 >= terms.small * usual:
        return {}
    return {PACKET_SMALL: {"rows": _rounded(rows_per_day(delivery)), "usual": _rounded(usual)}}


def _size(delivery: Delivery) -> int:
    return delivery.rows or delivery.documents


def _judged(delivery: Delivery) -> int:
    return delivery.rows_loaded + delivery.rows_quarantined


def _rounded(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")
