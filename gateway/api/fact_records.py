"""Rows of facts as answers show them; docs/views.md says what each column is, and a test holds both equal."""

from datetime import date, datetime

from pydantic import Field

from gateway.api.records import Next
from gateway.api.shapes import Exact, Shape


class Sent(Shape):
    """Whose row it is."""

    party_code: str | None = Field(examples=["VOLGA"])
    party_name: str | None
    site_code: str | None = Field(examples=["main"])
    organization: str = Field(description="INN of the party's legal entity.", examples=["6315000001"])
    date: date


class Packet(Shape):
    packet: int = Field(description="Key of the packet that brought it.")
    packet_created: datetime


class Goods(Shape):
    line: int
    product_code: str | None = Field(description="The distributor's.", examples=["85123A"])
    sku_code: str | None = Field(description="None while the code is unmapped.", examples=["000123"])
    sku_name: str | None
    unit: str | None = Field(description="As the distributor wrote it; quantities are in it.", examples=["шт"])
    quantity: Exact | None = Field(description="Signed; none where only an amount was corrected.")
    sku_unit: str | None
    numerator: int | None = Field(description="Above the line of the fraction that turns it into the SKU's unit.")
    denominator: int | None
    sku_quantity: Exact | None = Field(description="In the SKU's unit, to a millionth.")


class OfOutlet(Shape):
    outlet_code: str | None = Field(description="The distributor's.", examples=["TT-1"])
    our_outlet_code: str | None
    our_outlet_name: str | None


class OfWarehouse(Shape):
    warehouse_code: str | None = Field(description="The distributor's.", examples=["MAIN"])
    our_warehouse_code: str | None
    our_warehouse_name: str | None


class Batch(Shape):
    batch: str | None
    produced: date | None
    expiry: date | None


class Shipment(Batch, Goods, OfWarehouse, OfOutlet, Packet, Sent):
    """A line of a shipment, return or correction."""

    document_id: str
    number: str
    kind: str = Field(examples=["sale"])
    order_id: str | None
    agreement: str | None
    currency: str
    price: Exact | None
    discount: Exact | None
    amount: Exact | None = Field(description="Signed, VAT included.")
    vat: Exact | None
    vat_rate: Exact | None
    gtin: str | None


class StockPosition(Batch, Goods, OfWarehouse, Packet, Sent):
    """A position of a stock snapshot."""

    as_of: datetime
    reserved: Exact | None
    in_transit: Exact | None


class Receivable(OfOutlet, Packet, Sent):
    """An open item of an outlet."""

    agreement: str | None
    invoice_number: str | None
    invoice_date: date | None
    due: date | None
    amount: Exact | None
    open_amount: Exact | None
    currency: str


class ShipmentPage(Shape):
    items: list[Shipment]
    next: Next = None


class StockPage(Shape):
    items: list[StockPosition]
    next: Next = None


class ReceivablePage(Shape):
    items: list[Receivable]
    next: Next = None
