"""What a feed is: its packet's documents and rows field by field, its modes, keys and signs."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What a field holds, and so how it is read and kept."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    INSTANT = "instant"
    FLAG = "flag"


class Mode(StrEnum):
    SNAPSHOT = "snapshot"
    REPLACE = "replace"
    MERGE = "merge"


class Register(StrEnum):
    """What a distributor code may stand for: the crosswalk's kinds."""

    PRODUCT = "product"
    OUTLET = "outlet"
    WAREHOUSE = "warehouse"


class Dating(StrEnum):
    """Where a document's date comes from, and so what a packet's window means."""

    OWN = "own"
    """The document has a date (or an instant), and it lies in the window."""
    WINDOW = "window"
    """The packet's last date: a snapshot as of that day."""
    NONE = "none"
    """A register has no dates: a snapshot speaks for all of it."""


_COMMON = ("id", "number", "date", "deleted")
"""What every document has, and its tables in columns of their own."""


@dataclass(frozen=True)
class Field:
    """One attribute of the packet; `column` is its name in our tables, `named` where it is not the attribute's.

    A code stands for a record of its `register`; a `signed` number is turned by the document's sign in the facts.
    """

    name: str
    kind: Kind = Kind.TEXT
    register: Register | None = None
    required: bool = False
    signed: bool = False
    named: str = ""

    @cached_property
    def column(self) -> str:
        return self.named or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()

    @cached_property
    def target(self) -> str:
        """The fact column with our own record that a distributor code stands for."""
        if self.register is Register.PRODUCT:
            return "sku"
        return f"our_{self.register if self.name == 'code' else self.column}"


@dataclass(frozen=True, eq=False)
class Feed:
    """One kind of data of a distributor.

    `row` is None where documents have no rows: then each counts as one, and totals are sums over documents. `signs`
    gives the direction of quantities and amounts by the document's `kind`. `dated` and `numbered` name the fields with
    the document's date and number; these identify it where it has no id, unless `identified` names other fields.
    """

    name: str
    modes: tuple[Mode, ...]
    document: str
    row: str | None
    document_fields: tuple[Field, ...]
    row_fields: tuple[Field, ...] = ()
    dating: Dating = Dating.OWN
    dated: str = "date"
    numbered: str = "number"
    identified: tuple[str, ...] = ()
    signs: dict[str, int] = field(default_factory=dict)
    default_kind: str | None = None
    totals: tuple[str, ...] = ()
    per_warehouse: bool = False

    @cached_property
    def own_document_fields(self) -> tuple[Field, ...]:
        """The document's fields beyond those that documents of every feed have."""
        return tuple(field for field in self.document_fields if field.column not in _COMMON)

    @cached_property
    def own_row_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.row_fields if field.name != "n")

    @cached_property
    def numbers_rows(self) -> bool:
        """Whether a row's number says which one it is; where it may be left out, rows come in any order."""
        return any(field.name == "n" and field.required for field in self.row_fields)

    @cached_property
    def has_products(self) -> bool:
        """Whether rows are of goods, and so have a SKU or are unmapped."""
        return any(field.register is Register.PRODUCT for field in self.row_fields)

    @cached_property
    def warehouse_field(self) -> Field | None:
        """The document's warehouse, where the scope of a packet is only the warehouses it lists."""
        coded = (field for field in self.document_fields if field.register is Register.WAREHOUSE)
        return next(coded, None) if self.per_warehouse else None
