"""The feeds: their packets' documents and rows, field by field, their modes, keys and signs.

Reader, staging and fact tables are all made from these records; a test holds them equal to the XSDs.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum


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

    @property
    def target(self) -> str:
        """The fact column with our own record that a distributor code stands for."""
        return "sku" if self is Register.PRODUCT else f"our_{self.value}"


_COMMON = ("id", "number", "date", "deleted", "n")
"""What every document or row has, and its tables in columns of their own."""


@dataclass(frozen=True)
class Field:
    """One attribute of the packet; `column` is its name in our tables.

    A code stands for a record of its `register`; a `signed` number is turned by the document's sign in the facts.
    """

    name: str
    kind: Kind = Kind.TEXT
    register: Register | None = None
    required: bool = False
    signed: bool = False

    @property
    def column(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()


@dataclass(frozen=True, eq=False)
class Feed:
    """One kind of data of a distributor.

    `signs` gives the direction of quantities and amounts by the document's `kind`; `dated` and `numbered` name the
    fields with the document's date and number, which identify it where it has no id.
    """

    name: str
    modes: tuple[Mode, ...]
    document: str
    row: str
    document_fields: tuple[Field, ...]
    row_fields: tuple[Field, ...]
    dated: str = "date"
    numbered: str = "number"
    signs: dict[str, int] = field(default_factory=dict)
    default_kind: str | None = None
    totals: tuple[str, ...] = ("quantity", "amount")
    per_warehouse: bool = False

    @property
    def own_document_fields(self) -> tuple[Field, ...]:
        """The document's fields beyond those that documents of every feed have."""
        return tuple(field for field in self.document_fields if field.name not in _COMMON)

    @property
    def own_row_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.row_fields if field.name not in _COMMON)

    @property
    def warehouse_field(self) -> Field | None:
        """The document's warehouse, where the scope of a packet is only the warehouses it lists."""
        coded = (field for field in self.document_fields if field.register is Register.WAREHOUSE)
        return next(coded, None) if self.per_warehouse else None


_PARTY_GOODS = (
    Field("product", Kind.CODE, Register.PRODUCT, required=True),
    Field("unit"),
    Field("okei"),
)
_BATCH = (Field("batch"), Field("produced", Kind.DATE), Field("expiry", Kind.DATE))

SHIPMENTS = Feed(
    name="shipments",
    modes=(Mode.REPLACE, Mode.MERGE),
    document="shipment",
    row="line",
    document_fields=(
        Field("id"),
        Field("number", required=True),
        Field("date", Kind.DATE, required=True),
        Field("kind"),
        Field("outlet", Kind.CODE, Register.OUTLET),
        Field("warehouse", Kind.CODE, Register.WAREHOUSE),
        Field("order"),
        Field("agreement"),
        Field("currency"),
        Field("deleted", Kind.FLAG),
    ),
    row_fields=(
        Field("n", Kind.INTEGER, required=True),
        *_PARTY_GOODS,
        Field("quantity", Kind.NUMBER, signed=True),
        Field("price", Kind.NUMBER),
        Field("discount", Kind.NUMBER, signed=True),
        Field("amount", Kind.NUMBER, required=True, signed=True),
        Field("vat", Kind.NUMBER, signed=True),
        Field("vatRate", Kind.NUMBER),
        *_BATCH,
        Field("gtin"),
        Field("alcocode"),
        Field("form2"),
    ),
    signs={"sale": 1, "return": -1, "correction": 1},
    default_kind="sale",
)

STOCK = Feed(
    name="stock",
    modes=(Mode.SNAPSHOT,),
    document="warehouse",
    row="position",
    document_fields=(
        Field("code", Kind.CODE, Register.WAREHOUSE, required=True),
        Field("asOf", Kind.INSTANT, required=True),
    ),
    row_fields=(
        Field("n", Kind.INTEGER),
        *_PARTY_GOODS,
        Field("quantity", Kind.NUMBER, required=True),
        Field("reserved", Kind.NUMBER),
        Field("inTransit", Kind.NUMBER),
        *_BATCH,
    ),
    dated="asOf",
    numbered="code",
    totals=("quantity",),
    per_warehouse=True,
)

FEEDS = {feed.name: feed for feed in (STOCK, SHIPMENTS)}
