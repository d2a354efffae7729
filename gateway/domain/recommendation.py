"""What an outlet is recommended to order, and why, in words."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor

WEEK = 7
_WORDS = {
    "ru": "{rate} в неделю × {weeks} нед. − {left} на остатке = {quantity}; у дистрибьютора {held}",
    "en": "{rate} a week × {weeks} weeks − {left} on hand = {quantity}; the distributor has {held}",
}


@dataclass(frozen=True)
class Recommendation:
    """By the outlet's and the SKU's code, in the SKU's unit.

    `rate` a week is what the outlet took and was left owed; `weeks` lie between its deliveries. What it has left is
    reckoned: its last delivery, less what it has sold since at that rate. `held` is the distributor's stock.
    """

    outlet: str
    sku: str
    rate: Fraction
    weeks: Fraction
    last: Fraction
    delivered: date
    today: date
    held: Fraction

    @property
    def left(self) -> int:
        sold = self.rate * (self.today - self.delivered).days / WEEK
        return max(0, floor(self.last - sold))

    @property
    def quantity(self) -> int:
        """Whole units."""
        return max(0, ceil(self.rate * self.weeks - self.left))

    def explained(self, language: str) -> str:
        figures = {"rate": _plain(self.rate), "weeks": _plain(self.weeks), "held": _plain(self.held)}
        return _WORDS[language].format(**figures, left=self.left, quantity=self.quantity)


def _plain(value: Fraction) -> str:
    """To a tenth: enough for people."""
    return f"{float(value):.1f}".removesuffix(".0")
