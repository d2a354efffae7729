"""Adds up a packet's rows batch by batch against its documents, and collects what is wrong with them."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.document_checks import Bounds, document_problems, label
from connectors.formats.repeats import Repeats, fingerprints, line_numbers
from connectors.formats.row_checks import row_findings
from connectors.formats.rows import MILLION, Finding, Rows
from connectors.formats.typed import exact_sum, typed_batch
from gateway.domain.feed import Feed, Register
from gateway.domain.packet import Totals
from gateway.domain.problem import Problem

LIMIT = 50_000
"""How many problems of rows, and of documents, are kept of one packet."""


class Tally:
    """Sums and problems of one packet; asked for when every batch of rows was added."""

    def __init__(self, feed: Feed, documents: pa.Table, zone: ZoneInfo) -> None:
        self._feed, self._documents, self._zone = feed, documents, zone
        self._signs = documents["sign"].to_numpy().astype(np.int64)
        self._filled = np.zeros(documents.num_rows, bool)
        self._repeats, self._doubles = Repeats(), Repeats()
        self._rows = 0
        self._sums = dict.fromkeys(feed.totals, 0)
        self._found: list[Problem] = []
        self._products: Counter[str] = Counter()
        if feed.row is None:
            self._add_documents()

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes the next batch of rows; their `<document>` is the document's place in the table."""
        places = batch.column("<document>").to_numpy().astype(np.int64)
        columns = typed_batch(batch, self._feed.row_fields, self._zone)
        rows = Rows(self._feed, columns, places, self._documents)
        lines = line_numbers(batch)
        self._filled[places] = True
        self._collect(rows, Finding("LINE_REPEATED", "n", self._repeats.of(places, lines)), lines)
        if self._feed.has_products:
            self._collect(rows, Finding("LINE_DOUBLED", "product", self._doubles.of(places, fingerprints(rows))))
            self._count_products(columns)
        self._take(rows)

    @property
    def totals(self) -> Totals:
        sums = {name: Decimal(value) / MILLION for name, value in self._sums.items()}
        return Totals(self._documents.num_rows, self._rows, **sums)

    @property
    def dates(self) -> tuple[date | None, date | None]:
        """The first and last of the documents' own dates."""
        found = pc.min_max(self._documents["date"])
        return found["min"].as_py(), found["max"].as_py()

    @property
    def products(self) -> Counter[str]:
        """How many rows each product code has."""
        return self._products

    def problems(self, bounds: Bounds) -> Iterator[Problem]:
        found = document_problems(self._feed, self._documents, bounds, self._filled)
        of_documents = list(islice(found, LIMIT))
        yield from of_documents
        yield from self._found
        if max(len(of_documents), len(self._found)) >= LIMIT:
            yield Problem("PROBLEMS_CUT", params={"limit": str(LIMIT)})

    def _add_documents(self) -> None:
        """Where documents have no rows, each counts as one."""
        columns = {name: self._documents[name].combine_chunks() for name in self._documents.column_names}
        self._take(Rows(self._feed, columns, np.arange(self._documents.num_rows), self._documents))

    def _take(self, rows: Rows) -> None:
        for name in self._feed.totals:
            self._sums[name] += exact_sum(rows.millionths(name) * self._signs[rows.places])
        for finding in row_findings(rows):
            self._collect(rows, finding)
        self._rows += len(rows)

    def _collect(self, rows: Rows, finding: Finding, shown: np.ndarray | None = None) -> None:
        for row in map(int, np.flatnonzero(finding.mask)[: LIMIT - len(self._found)]):
            column = next((f.column for f in self._feed.row_fields if f.name == finding.field), finding.field)
            value = str(shown[row]) if shown is not None else rows.shown(column, row)
            params = finding.params(row) if finding.params else {}
            where = label(self._documents, int(rows.places[row]))
            self._found.append(Problem(finding.code, where, self._rows + row + 1, finding.field, value, params))

    def _count_products(self, columns: dict[str, pa.Array]) -> None:
        field = next(field for field in self._feed.row_fields if field.register is Register.PRODUCT)
        counted = columns[field.column].value_counts()
        for code, rows in zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True):
            if code is not None:
                self._products[code] += rows
