"""Adds up a packet's rows batch by batch against its documents, and finds what contradicts itself."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.repeats import Repeats, line_numbers
from connectors.formats.typed import exact_sum, scaled, typed
from gateway.domain.feed import Feed, Kind
from gateway.domain.packet import Totals
from gateway.domain.problem import Problem

MILLION = 1_000_000
Window = tuple[date | None, date | None]
Integers = npt.NDArray[np.int64]


class Tally:
    """Sums and problems of one packet; asked for when every batch of rows was added."""

    def __init__(self, feed: Feed, documents: pa.Table, zone: ZoneInfo) -> None:
        self._feed, self._documents, self._zone = feed, documents, zone
        self._fields = {field.column: field for field in feed.row_fields}
        self._codes = [field for field in feed.row_fields if field.required and field.kind is Kind.CODE]
        self._signs = documents["sign"].to_numpy().astype(np.int64)
        self._directed = _directed(feed, documents)
        self._repeats = Repeats()
        self._rows = 0
        self._sums = dict.fromkeys(feed.totals, 0)
        self._found: list[Problem] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes the next batch of rows; their `<document>` is the document's place in the table."""
        places = batch.column("<document>").to_numpy().astype(np.int64)
        numbers = {name: typed(batch.column(name), self._fields[name], self._zone) for name in self._feed.totals}
        values = {name: scaled(column) for name, column in numbers.items()}
        for name, column in values.items():
            self._sums[name] += exact_sum(column * self._signs[places])
        self._check_lines(places, line_numbers(batch))
        for field in self._codes:
            blank = pc.equal(pc.utf8_trim_whitespace(batch.column(field.column)), "")
            for row in np.flatnonzero(blank.to_numpy(zero_copy_only=False)):
                self._add("FIELD_MISSING", places, row, field.name)
        if self._directed is not None:
            self._check_quantities(places, numbers["quantity"], values["quantity"])
        self._rows += len(batch)

    @property
    def totals(self) -> Totals:
        sums = {name: Decimal(value) / MILLION for name, value in self._sums.items()}
        return Totals(self._documents.num_rows, self._rows, **sums)

    @property
    def dates(self) -> Window:
        """The first and last of the documents' own dates."""
        found = pc.min_max(self._documents["date"])
        return found["min"].as_py(), found["max"].as_py()

    def problems(self, window: Window) -> Iterator[Problem]:
        yield from self._repeated_documents()
        yield from self._missing()
        yield from self._outside(window)
        yield from self._found

    def _label(self, place: int) -> str:
        number, day = self._documents["number"][place].as_py(), self._documents["date"][place].as_py()
        return " ".join(str(part) for part in (number, day) if part)

    def _repeated_documents(self) -> Iterator[Problem]:
        identities = self._documents["identity"]
        if pc.count_distinct(identities).as_py() == len(identities):
            return
        seen: set[str] = set()
        for place, identity in enumerate(identities.to_pylist()):
            if identity in seen:
                yield Problem("DOCUMENT_REPEATED", self._label(place), value=identity)
            seen.add(identity)

    def _missing(self) -> Iterator[Problem]:
        """What the XSD takes for filled: 0001-01-01, and white space that is not XML's, as NBSP."""
        for field in (each for each in self._feed.document_fields if each.required):
            for place in np.flatnonzero(self._documents[field.column].is_null().to_numpy()):
                yield Problem("FIELD_MISSING", self._label(int(place)), field=field.name)

    def _outside(self, window: Window) -> Iterator[Problem]:
        first, last = window
        if not first or not last:
            return
        dates = self._documents["date"]
        outside = pc.fill_null(pc.or_(pc.less(dates, first), pc.greater(dates, last)), False)
        for place in map(int, np.flatnonzero(outside.to_numpy())):
            params = {"window": f"{first} – {last}"}
            value = str(dates[place].as_py())
            yield Problem("DATE_OUTSIDE_WINDOW", self._label(place), None, self._feed.dated, value, params)

    def _check_lines(self, places: Integers, lines: Integers) -> None:
        for row in np.flatnonzero(self._repeats.of(places, lines)):
            self._add("LINE_REPEATED", places, row, "n", str(lines[row]))

    def _check_quantities(self, places: Integers, given: pa.Array, quantities: Integers) -> None:
        directed = self._directed[places]  # type: ignore[index]
        for row in np.flatnonzero(directed & given.is_null().to_numpy(zero_copy_only=False)):
            self._add("QUANTITY_MISSING", places, row, "quantity")
        for row in np.flatnonzero(directed & (quantities < 0)):
            self._add("QUANTITY_NEGATIVE", places, row, "quantity", f"{Decimal(int(quantities[row])) / MILLION:f}")

    def _add(self, code: str, places: Integers, row: np.intp, field: str, value: str | None = None) -> None:
        self._found.append(Problem(code, self._label(int(places[row])), self._rows + int(row) + 1, field, value))


def _directed(feed: Feed, documents: pa.Table) -> npt.NDArray[np.bool_] | None:
    """Which documents' quantities must be there and positive: their kind gives the direction."""
    if not feed.signs:
        return None
    kinds = pc.fill_null(documents["kind"], feed.default_kind)
    return np.asarray(pc.not_equal(kinds, "correction").to_numpy())
