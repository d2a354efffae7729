"""What is wrong with a packet that is loaded, by the limits that are agreed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from gateway.domain.delivery import Delivery
from gateway.domain.feed import Mode
from gateway.domain.terms import CONTROL_MISSING, PACKET_EMPTY, PACKET_SMALL, QUARANTINE_SHARE, UNKNOWN_SHARE, Terms

LIKE_DAYS = timedelta(weeks=8)
LIKE_DAYS_AT_LEAST = 3
"""Of fewer like weekdays no median is made."""
Findings = Mapping[str, Mapping[str, str]]
"""What fills the message, by rule."""


def rows_per_day(delivery: Delivery) -> float:
    """How much a packet holds, for a day of its window: windows grow through the month."""
    days = (delivery.last - delivery.first).days + 1 if delivery.first and delivery.last else 1
    return _size(delivery) / max(days, 1)


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def like_days(earlier: Iterable[Delivery], today: datetime) -> list[float]:
    """Rows a day of packets of the same weekday in the weeks before; `today` is in the site's zone.

    Those that only add or correct are left out.
    """
    begin = midnight(today)
    return [
        rows_per_day(each)
        for each in earlier
        if begin - LIKE_DAYS <= each.received_at < begin
        and each.mode != Mode.MERGE
        and each.received_at.astimezone(today.tzinfo).weekday() == today.weekday()
    ]


def findings(terms: Terms, delivery: Delivery, like_days: Sequence[float]) -> Findings:
    """The limits that a packet breaks; `like_days` are rows a day of earlier packets of the same weekday."""
    found: dict[str, Mapping[str, str]] = {}
    for rule, limit, bad, of in (
        (UNKNOWN_SHARE, terms.unknown, delivery.rows_unmapped, delivery.rows_loaded),
        (QUARANTINE_SHARE, terms.quarantined, delivery.rows_quarantined, _judged(delivery)),
    ):
        if limit is not None and bad * 100 > limit * of:
            found[rule] = {"rows": str(bad), "all": str(of), "limit": str(limit)}
    if delivery.mode != Mode.MERGE:
        found |= _scanty(terms, delivery, like_days)
    if terms.control and not delivery.controlled:
        found[CONTROL_MISSING] = {}
    return found


def limits(terms: Terms) -> list[str]:
    """The rules that are agreed: of these, one that is kept again has recovered."""
    small = terms.small is not None
    agreed = {
        UNKNOWN_SHARE: terms.unknown is not None,
        QUARANTINE_SHARE: terms.quarantined is not None,
        PACKET_EMPTY: small or not terms.empty,
        PACKET_SMALL: small,
        CONTROL_MISSING: terms.control,
    }
    return [rule for rule, is_agreed in agreed.items() if is_agreed]


def _scanty(terms: Terms, delivery: Delivery, like_days: Sequence[float]) -> Findings:
    usual = median(like_days) if len(like_days) >= LIKE_DAYS_AT_LEAST else 0
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
