"""A line of an order in the other side's code and unit, exactly: nothing is rounded, what does not fit is a problem."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, Protocol

from gateway.domain.credit import plain
from gateway.domain.crosswalk import Code, Item, factor, packed, usual_unit
from gateway.domain.order import is_figure
from gateway.domain.problem import Problem

_MILLION = 10**6
_NOTHING = Decimal(0)
ONE = Fraction(1)


class Sku(NamedTuple):
    """Our product: its key, code and own unit."""

    key: int
    code: str
    unit: str | None


class Packing(NamedTuple):
    """A code of the distributor's, the unit that goes with it, and how many of the SKU's that is (None: unknown)."""

    code: str
    unit: str | None
    times: Fraction | None


Translation = tuple[str, str | None, Fraction, Decimal]
"""What a line was put into: product, unit, how many of the SKU's that is, all of it in the SKU's unit."""


class Line(Protocol):
    """A line as it came (`OrderLine`), or a row of the store that holds one."""

    @property
    def n(self) -> int: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def price(self) -> Decimal | None: ...
    @property
    def amount(self) -> Decimal | None: ...


class Translated(NamedTuple):
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
        return self._replace(quantity=exact(whole) or _NOTHING, remainder=_NOTHING, ours=ours, amount=None)


def packing(name: str, units: Mapping[str, Fraction], sku: Sku) -> Packing:
    """How a SKU is ordered by a code: in the code's own unit where it has just one, else in the SKU's."""
    code, item = Code((), units), Item(sku.unit)
    unit = usual_unit(code, item)
    return Packing(name, unit, factor(code, item, unit))


def to_theirs(
    line: Line, sku: Sku, known: Fraction | None, theirs: Packing, price: Decimal | None
) -> Translated | Problem:
    """Ours for the distributor: `known` is what the line's unit holds of the SKU's.

    `price` is the list's, of the SKU's unit; the line's own counts before it.
    """
    name, unit, times = theirs
    if known is None or times is None:
        return Problem("ORDER_UNIT_UNKNOWN", row=line.n, field="unit", value=line.unit if known is None else unit)
    if known is times is ONE:  # most lines; fractions would take as long as the joins
        own_price = line.price if line.price is not None else price
        return Translated(
            line.n, sku, name, unit, line.quantity, _NOTHING, line.quantity, times, own_price, line.amount
        )
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


def to_ours(line: Line, sku: Sku, times: Fraction | None) -> Translated | Problem:
    """The distributor's for us: `times` is what his unit holds of the SKU's."""
    if times is None:
        return Problem("ORDER_UNIT_UNKNOWN", row=line.n, field="unit", value=line.unit)
    if times == 1:
        return Translated(line.n, sku, sku.code, sku.unit, line.quantity, _NOTHING, line.quantity, times, line.price)
    ours = exact(Fraction(line.quantity) * times)
    if ours is None:
        return _inexact(line)
    price = None if line.price is None else exact(Fraction(line.price) / times)
    return Translated(line.n, sku, sku.code, sku.unit, ours, _NOTHING, ours, Fraction(1), price)


def exact(value: Fraction) -> Decimal | None:
    """The same number as the store keeps it; None where it would have to be rounded."""
    millionths = value * _MILLION
    if millionths.denominator != 1:
        return None
    found = Decimal(millionths.numerator).scaleb(-6)
    return found if is_figure(found) else None


def _inexact(line: Line) -> Problem:
    said = f"{plain(line.quantity)} {line.unit or ''}".strip()
    return Problem("ORDER_QUANTITY_INEXACT", row=line.n, field="quantity", value=said)
