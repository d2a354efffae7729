"""The feeds of the contract: reader, staging and facts are made from these; a test holds them equal to the XSDs."""

from gateway.domain.feed import Dating, Feed, Field, Kind, Mode, Register

_DOCUMENT = (Field("id"), Field("number", required=True), Field("date", Kind.DATE, required=True))
_DELETED = Field("deleted", Kind.FLAG)
_OUTLET = Field("outlet", Kind.CODE, Register.OUTLET)
_WAREHOUSE = Field("warehouse", Kind.CODE, Register.WAREHOUSE)
_LINE = Field("n", Kind.INTEGER, required=True)
_POSITION = Field("n", Kind.INTEGER)
_GOODS = (Field("product", Kind.CODE, Register.PRODUCT, required=True), Field("unit"), Field("okei"))
_BATCH = (Field("batch"), Field("produced", Kind.DATE), Field("expiry", Kind.DATE))
_QUANTITY = Field("quantity", Kind.NUMBER, required=True, signed=True)
_PRICE = Field("price", Kind.NUMBER)
_AMOUNT = Field("amount", Kind.NUMBER, required=True, signed=True)
_MAYBE_AMOUNT = Field("amount", Kind.NUMBER, signed=True)

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
        _POSITION,
        *_GOODS,
        Field("quantity", Kind.NUMBER, required=True),
        Field("reserved", Kind.NUMBER),
        Field("inTransit", Kind.NUMBER),
        *_BATCH,
    ),
    dated="asOf",
    numbered="code",
    identified=("code", "asOf"),
    totals=("quantity",),
    per_warehouse=True,
)

MOVEMENTS = Feed(
    name="movements",
    modes=(Mode.REPLACE, Mode.MERGE),
    document="document",
    row="line",
    document_fields=(
        *_DOCUMENT,
        Field("kind", required=True),
        _WAREHOUSE,
        Field("toWarehouse", Kind.CODE, Register.WAREHOUSE),
        Field("supplierDocument"),
        _DELETED,
    ),
    row_fields=(_LINE, *_GOODS, _QUANTITY, _MAYBE_AMOUNT, *_BATCH),
    signs={"purchase": 1, "purchase-return": -1, "write-off": 1, "surplus": 1, "transfer": 1},
    totals=("quantity", "amount"),
)

SHIPMENTS = Feed(
    name="shipments",
    modes=(Mode.REPLACE, Mode.MERGE),
    document="shipment",
    row="line",
    document_fields=(
        *_DOCUMENT,
        Field("kind"),
        _OUTLET,
        _WAREHOUSE,
        Field("order"),
        Field("agreement"),
        Field("currency"),
        _DELETED,
    ),
    row_fields=(
        _LINE,
        *_GOODS,
        Field("quantity", Kind.NUMBER, signed=True),
        _PRICE,
        Field("discount", Kind.NUMBER, signed=True),
        _AMOUNT,
        Field("vat", Kind.NUMBER, signed=True),
        Field("vatRate", Kind.NUMBER),
        *_BATCH,
        Field("gtin"),
        Field("alcocode"),
        Field("form2"),
    ),
    signs={"sale": 1, "return": -1, "correction": 1},
    default_kind="sale",
    totals=("quantity", "amount"),
)

RECEIVABLES = Feed(
    name="receivables",
    modes=(Mode.SNAPSHOT,),
    document="outlet",
    row="item",
    document_fields=(Field("code", Kind.CODE, Register.OUTLET, required=True),),
    row_fields=(
        _POSITION,
        Field("agreement"),
        Field("number", required=True),
        Field("date", Kind.DATE, required=True),
        Field("due", Kind.DATE),
        Field("amount", Kind.NUMBER, required=True),
        Field("openAmount", Kind.NUMBER, required=True),
        Field("currency"),
    ),
    dating=Dating.WINDOW,
    numbered="code",
    totals=("amount",),
)

SETTLEMENTS = Feed(
    name="settlements",
    modes=(Mode.REPLACE, Mode.MERGE),
    document="document",
    row=None,
    document_fields=(
        *_DOCUMENT,
        Field("kind", required=True),
        _OUTLET,
        Field("agreement"),
        _AMOUNT,
        Field("pieces", Kind.NUMBER, signed=True),
        Field("currency"),
        _DELETED,
    ),
    signs={"invoice": 1, "payment": 1, "return": -1, "offset": 1, "packaging": 1},
    totals=("amount",),
)

OUTLETS = Feed(
    name="outlets",
    modes=(Mode.SNAPSHOT, Mode.MERGE),
    document="outlet",
    row=None,
    document_fields=(
        Field("code", Kind.CODE, Register.OUTLET, required=True),
        Field("name", required=True),
        *(Field(name) for name in ("legalName", "inn", "kpp", "legalAddress", "address", "channel", "phones", "email")),
        Field("latitude", Kind.NUMBER),
        Field("longitude", Kind.NUMBER),
        Field("fsrarId"),
        Field("closed", Kind.FLAG),
        _DELETED,
    ),
    dating=Dating.NONE,
    numbered="code",
    identified=("code",),
)

PRODUCTS = Feed(
    name="products",
    modes=(Mode.SNAPSHOT, Mode.MERGE),
    document="product",
    row=None,
    document_fields=(
        Field("code", Kind.CODE, Register.PRODUCT, required=True),
        Field("name", required=True),
        Field("gtin"),
        Field("unit"),
        Field("factor", Kind.NUMBER),
        Field("manufacturerCode"),
        Field("closed", Kind.FLAG),
        _DELETED,
    ),
    dating=Dating.NONE,
    numbered="code",
    identified=("code",),
)

ORDERS = Feed(
    name="orders",
    modes=(Mode.MERGE,),
    document="order",
    row="line",
    document_fields=(
        *_DOCUMENT,
        Field("wanted", Kind.DATE),
        Field("place"),
        Field("agreement"),
        Field("comment"),
        Field("currency"),
        _DELETED,
    ),
    row_fields=(_LINE, *_GOODS, _QUANTITY, _PRICE, _MAYBE_AMOUNT),
    totals=("quantity", "amount"),
)

ORDER_STATUSES = Feed(
    name="order-statuses",
    modes=(Mode.MERGE,),
    document="order",
    row="line",
    document_fields=(
        Field("id", required=True),
        Field("number", named="sender_number"),
        Field("date", Kind.INSTANT, required=True, named="happened_at"),
        Field("revision", Kind.INTEGER),
        Field("status", required=True),
        Field("reason"),
        Field("shipment"),
    ),
    row_fields=(_LINE, *_GOODS, _QUANTITY),
    numbered="id",
    identified=("id", "status", "date"),
    totals=("quantity",),
)

FEEDS = {
    feed.name: feed
    for feed in (
        STOCK,
        MOVEMENTS,
        SHIPMENTS,
        RECEIVABLES,
        SETTLEMENTS,
        OUTLETS,
        PRODUCTS,
        ORDERS,
        ORDER_STATUSES,
    )
}
