"""What a regulation says once all that applies is merged: its words, as people write them, and what they mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.feed import Mode
from gateway.domain.incident import Escalation, Severity
from gateway.domain.slot import Schedule, schedule

Value = str | list[str] | dict[str, str | list[str]]
Body = Mapping[str, Value]
"""The words of a regulation by their names: what is kept, shown and merged."""
NOTHING = ("none", "нет")
SLOT_LATE, SLOT_MISSING = "SLOT_LATE", "SLOT_MISSING"
UNKNOWN_SHARE, QUARANTINE_SHARE = "UNKNOWN_SHARE", "QUARANTINE_SHARE"
PACKET_EMPTY, PACKET_SMALL, CONTROL_MISSING = "PACKET_EMPTY", "PACKET_SMALL", "CONTROL_MISSING"
QUALITY = (UNKNOWN_SHARE, QUARANTINE_SHARE, PACKET_EMPTY, PACKET_SMALL, CONTROL_MISSING)
RULES = {SLOT_LATE: Severity.WARNING, SLOT_MISSING: Severity.ERROR} | dict.fromkeys(QUALITY, Severity.WARNING)
"""What a regulation can be breached by, and how much that weighs unless agreed otherwise."""


class Covers(StrEnum):
    """Of which day the packet has to tell: of the schedule's own, or of one before."""

    SAME_DAY = "same day"
    PREVIOUS_DAY = "previous day"
    PREVIOUS_WORKDAY = "previous workday"


@dataclass(frozen=True)
class Terms:
    """The agreed rules of one feed of a site; None where nothing is agreed. Shares in percent."""

    schedule: Schedule | None = None
    zone: str = ""
    """Empty: the site's own."""
    calendar: str = "russia"
    covers: Covers = Covers.SAME_DAY
    grace: timedelta = timedelta()
    missing_after: timedelta = timedelta(days=1)
    """How long after it was due a slot counts as late; then as missing."""
    reception: timedelta | None = None
    """How long before the expected moment a packet may come; None: from the one before on."""
    warehouses: tuple[str, ...] = ()
    minimum_interval: timedelta | None = None
    history: timedelta | None = None
    closed_through: date | None = None
    shrink: int | None = None
    modes: tuple[str, ...] = ()
    resend_from: date | None = None
    resend_to: date | None = None
    unknown: int | None = None
    quarantined: int | None = None
    small: int | None = None
    """Of the median of like weekdays."""
    empty: bool = True
    control: bool = False
    severity: Mapping[str, Severity] = field(default_factory=dict)
    tell: tuple[str, ...] = ()
    escalation: tuple[Escalation, ...] = ()

    def weight(self, rule: str) -> Severity:
        return self.severity.get(rule, RULES[rule])


def terms(body: Body) -> Terms:
    """Raises ValueError that names the word which is wrong."""
    read: dict[str, Any] = {}
    for name, value in body.items():
        if name not in WORDS:
            raise ValueError(f"{name!r} is no rule; rules are {', '.join(WORDS)}")
        if value in NOTHING:
            continue
        try:
            read[_FIELDS.get(name, name)] = WORDS[name](value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return Terms(**read)


_LENGTHS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", "с", "сек"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "minute", "minutes", "м", "мин"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours", "ч", "час", "часа", "часов"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days", "д", "день", "дня", "дней"), timedelta(days=1)),
}


def length_of_time(text: str) -> timedelta:
    """`45 min`, `1 h 30 min`, `2 days`, also in Russian."""
    parts = re.findall(r"(\d+)\s*([a-zа-я]+)", text.lower())
    if not parts or re.sub(r"\s+", "", text.lower()) != "".join(map("".join, parts)):
        raise ValueError(f"{text!r} is no length of time as '45 min' or '1 h 30 min'")
    if strange := [unit for _, unit in parts if unit not in _LENGTHS]:
        raise ValueError(f"{strange[0]!r} is no unit of time: s, min, h, days")
    return sum((int(count) * _LENGTHS[unit] for count, unit in parts), timedelta())


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date as 2026-11-30") from error


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("takes one value")
    return value.strip()


def _plain(read: Callable[[str], Any]) -> Callable[[Value], Any]:
    return lambda value: read(_text(value))


def _several(value: Value) -> tuple[str, ...]:
    if isinstance(value, dict):
        raise ValueError("takes a list")
    found = value.split(",") if isinstance(value, str) else value
    return tuple(each.strip() for each in found if each.strip())


def _percent(text: str) -> int:
    digits = text.removesuffix("%").strip()
    if not digits.isdecimal() or int(digits) > 100:
        raise ValueError(f"{text!r} is no whole percentage")
    return int(digits)


def _choice(choices: Mapping[str, Any], text: str) -> Any:
    if text.lower() not in choices:
        raise ValueError(f"{text!r} is none of {', '.join(choices)}")
    return choices[text.lower()]


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no time zone as Europe/Moscow") from error


def _modes(value: Value) -> tuple[str, ...]:
    return tuple(_choice({mode.value: mode.value for mode in Mode}, each) for each in _several(value))


def _severities(value: Value) -> dict[str, Severity]:
    if not isinstance(value, dict):
        raise ValueError("takes rules with their severities")
    weights = {severity.value: severity for severity in Severity}
    for rule in value:
        if rule not in RULES:
            raise ValueError(f"{rule!r} is none of {', '.join(RULES)}")
    return {rule: _choice(weights, _text(weight)) for rule, weight in value.items()}


def _escalation(value: Value) -> tuple[Escalation, ...]:
    if not isinstance(value, dict):
        raise ValueError("takes lengths of time, each with whom to tell then")
    found = (Escalation(length_of_time(after), _several(tell)) for after, tell in value.items())
    return tuple(sorted(found, key=lambda each: each.after))


_COVERS = {each.value: each for each in Covers} | {
    "день": Covers.SAME_DAY,
    "предыдущий день": Covers.PREVIOUS_DAY,
    "предыдущий рабочий день": Covers.PREVIOUS_WORKDAY,
}
_YES = {"allowed": True, "forbidden": False, "разрешён": True, "запрещён": False}
_NEEDED = {"required": True, "optional": False, "обязателен": True, "необязателен": False}
WORDS: dict[str, Callable[[Value], Any]] = {
    "schedule": _plain(schedule),
    "zone": _plain(_zone),
    "calendar": _plain(str),
    "covers": _plain(partial(_choice, _COVERS)),
    "grace": _plain(length_of_time),
    "missing_after": _plain(length_of_time),
    "reception": _plain(length_of_time),
    "warehouses": _several,
    "minimum_interval": _plain(length_of_time),
    "history": _plain(length_of_time),
    "closed_through": _plain(day),
    "shrink": _plain(_percent),
    "modes": _modes,
    "resend_from": _plain(day),
    "resend_to": _plain(day),
    "unknown": _plain(_percent),
    "quarantined": _plain(_percent),
    "small": _plain(_percent),
    "empty": _plain(partial(_choice, _YES)),
    "control": _plain(partial(_choice, _NEEDED)),
    "severity": _severities,
    "tell": _several,
    "escalate": _escalation,
}
"""What may be agreed, and how its words are read."""
_FIELDS = {"escalate": "escalation"}
