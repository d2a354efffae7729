"""A batch of a packet's rows with its documents beside it: what the row checks look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.typed import scaled
from gateway.domain.feed import Feed

MILLION = 1_000_000
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """Rows that break a rule: `params` makes what fills the message from a row's number in the batch."""

    code: str
    field: str
    mask: Mask
    params: Callable[[int], dict[str, str]] | None = None


Findings = Iterator[Finding]


@dataclass(frozen=True)
class Rows:
    """Typed columns of a batch; `places` are their documents' places in the table."""

    feed: Feed
    columns: dict[str, pa.Array]
    places: Integers
    documents: pa.Table
    _scaled: dict[str, Integers] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)

    def has(self, *names: str) -> bool:
        return all(name in self.columns for name in names)

    def filled(self, *names: str) -> bool:
        """Whether each of these fields is given in any row."""
        return all(name in self.columns and self.columns[name].null_count < len(self) for name in names)

    def absent(self, name: str) -> Mask:
        if not self.columns[name].null_count:
            return np.zeros(len(self), bool)
        return np.asarray(self.columns[name].is_null().to_numpy(zero_copy_only=False))

    def millionths(self, name: str) -> Integers:
        """A number as int64 millionths, 0 where absent."""
        if name not in self._scaled:
            self._scaled[name] = scaled(self.columns[name])
        return self._scaled[name]

    def number(self, name: str) -> Floats:
        """A number as float, NaN where absent: near enough to compare within a tolerance."""
        numbers = self.millionths(name) / MILLION
        numbers[self.absent(name)] = np.nan
        return numbers

    def before(self, name: str, other: str) -> Mask:
        """Where a date is earlier than another of the same row."""
        earlier = pc.less(self.columns[name], self.columns[other])
        return np.asarray(pc.fill_null(earlier, False).to_numpy(zero_copy_only=False))

    def shown(self, name: str, row: int) -> str | None:
        """The value as the sender would write it."""
        value = self.columns[name][row].as_py()
        return plain(value) if isinstance(value, Decimal) else None if value is None else str(value)

    @cached_property
    def directed(self) -> Mask:
        """Whose quantities and amounts must be positive: `kind` gives the direction, but to corrections and offsets."""
        if not self.feed.signs:
            return np.ones(len(self), bool)
        kinds = pc.fill_null(self.documents["kind"], "")
        free = np.asarray(pc.is_in(kinds, pa.array(["correction", "offset"])).to_numpy(zero_copy_only=False))
        return ~free[self.places]


def plain(number: Decimal | float) -> str:
    """A number without exponent or needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
