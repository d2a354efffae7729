"""A line of an order in the other side's code and unit, exactly: nothing is rounded, what does not fit is a problem."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from gateway.domain.credit import plain
from gateway.domain.crosswalk import Code, Item, factor, packed, usual_unit
from gateway.domain.order import OrderLine, is_figure
from gateway.domain.problem import Problem

_MILLION = 10**6


@dataclass(frozen=True)
class Sku:
    """Our product: its key, code and own unit."""

    key: int
    code: str
    unit: str | None


@dataclass(frozen=True)
class Translated:
    """`quantity` whole units, one of which is `times` of the SKU's; in these, what is left over and all of it."""

    n: int
    sku: Sku
    product: str
    unit: str | None
    quantity: Decimal
    remainder: Decimal
    ours: Decimal
    times: Fraction
    price: Decimal | None
    amount: Decimal | None = None

    def cut(self, available: Decimal) -> "Translated":
        """The same line for no more than what is there, in the SKU's unit."""
        if available >= self.ours:
            return self
        whole = packed(Fraction(max(available, Decimal(0))), self.times)
        ours = exact(whole * self.times) or Decimal(0)
        return replace(self, quantity=exact(whole) or Decimal(0), remainder=Decimal(0), ours=ours, amount=None)


def to_theirs(
    line: OrderLine, sku: Sku, known: Fraction | None, name: str, code: Code, price: Decimal | None
) -> "Translated | Problem":
    """Ours for the distributor: `known` is what the line's unit holds of the SKU's, `name` and `code` are his.

    `price` is the list's, of the SKU's unit; the line's own counts before it.
    """
    item = Item(sku.unit)
    unit = usual_unit(code, item)
    times = factor(code, item, unit)
    if known is None or times is None:
        return Problem("ORDER_UNIT_UNKNOWN", row=line.n, field="unit", value=line.unit if known is None else unit)
    ours = Fraction(line.quantity) * known
    whole = packed(ours, times)
    figures = exact(whole), exact(ours - whole * times), exact(ours)
    if None in figures:
        return _inexact(line)
    own = Fraction(line.price) / known if line.price is not None else None if price is None else Fraction(price)
    its_price = None if own is None else exact(own * times)
    quantity, remainder, all_of_it = (figure or Decimal(0) for figure in figures)
    amount = None if remainder else line.amount
    return Translated(line.n, sku, name, unit, quantity, remainder, all_of_it, times, its_price, amount)


def to_ours(line: OrderLine, sku: Sku, times: Fraction | None) -> "Translated | Problem":
    """The distributor's for us: `times` is what his unit holds of the SKU's."""
    if times is None:
        return Problem("ORDER_UNIT_UNKNOWN", row=line.n, field="unit", value=line.unit)
    ours = exact(Fraction(line.quantity) * times)
    if ours is None:
        return _inexact(line)
    price = None if line.price is None else exact(Fraction(line.price) / times)
    return Translated(line.n, sku, sku.code, sku.unit, ours, Decimal(0), ours, Fraction(1), price, line.amount)


def exact(value: Fraction) -> Decimal | None:
    """The same number as the store keeps it; None where it would have to be rounded."""
    millionths = value * _MILLION
    if millionths.denominator != 1:
        return None
    found = Decimal(millionths.numerator).scaleb(-6)
    return found if is_figure(found) else None


def _inexact(line: OrderLine) -> Problem:
    said = f"{plain(line.quantity)} {line.unit or ''}".strip()
    return Problem("ORDER_QUANTITY_INEXACT", row=line.n, field="quantity", value=said)
