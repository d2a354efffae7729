"""How a scorecard's figures and dates are written for people, in their language."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from gateway.domain.delivery import SlotState
from gateway.domain.feeds import FEEDS
from gateway.domain.scorecard import Part

NOTHING = "—"
_PARTS = {
    "ru": dict(zip(Part, ("Своевременность", "Полнота", "Качество", "Реакция"), strict=True)),
    "en": dict(zip(Part, ("Timeliness", "Completeness", "Quality", "Reaction"), strict=True)),
}
_STATES = {
    "ru": {SlotState.LATE: "с опозданием", SlotState.MISSING: "не получено", SlotState.BAD: "вне норм качества"},
    "en": {SlotState.LATE: "late", SlotState.MISSING: "not received", SlotState.BAD: "beyond the limits of quality"},
}
_FEEDS = {
    "stock": "остатки",
    "movements": "движения",
    "shipments": "отгрузки",
    "receivables": "дебиторка",
    "settlements": "взаиморасчёты",
    "outlets": "торговые точки",
    "products": "номенклатура",
    "orders": "заказы",
    "order-statuses": "статусы заказов",
}
_NOTICES = {
    "ru": "Оценка обмена за {month}: {rating} ({grade}). {parts}.",
    "en": "Rating of the exchange for {month}: {rating} ({grade}). {parts}.",
}
_DAYS = {"ru": "dd.MM.yyyy", "en": "d MMM yyyy"}
assert set(_FEEDS) == set(FEEDS)


class Words:
    """Of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.parts, self.states, self.notice = _PARTS[language], _STATES[language], _NOTICES[language]

    def feed(self, name: str | None) -> str:
        """The contract's own word, and in Russian what it means."""
        return f"{_FEEDS[name]} ({name})" if name in _FEEDS and self.language == "ru" else name or NOTHING

    def month(self, month: date) -> str:
        return format_date(month, "LLLL yyyy", locale=self.language)

    def day(self, day: date) -> str:
        return format_date(day, _DAYS[self.language], locale=self.language)

    def moment(self, moment: datetime | None, zone: ZoneInfo) -> str:
        if moment is None:
            return NOTHING
        return format_datetime(moment.astimezone(zone), f"{_DAYS[self.language]} HH:mm", locale=self.language)

    def percent(self, value: Decimal | None) -> str:
        return NOTHING if value is None else format_decimal(value, "0.0", locale=self.language)

    def sum(self, formula: str) -> str:
        """A formula's figures, written as all the others are."""
        return formula.replace(".", ",") if self.language == "ru" else formula
