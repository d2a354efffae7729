"""An ERP's own web service, by spyne, as docs/erp.md asks for it: what the hub's ERP connector is tested against.

`python -m tests.erp_service schemas/erp.wsdl` writes the contract; a test holds the file equal. It keeps everything in
memory, takes each thing once by its id, and may lose answers: the work is done, and the caller never hears of it.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.soap import compat as compat  # before any import of spyne

# isort: split
from spyne import (
    Application,
    Boolean,
    ComplexModel,
    Date,
    DateTime,
    Decimal,
    Integer,
    MethodContext,
    Service,
    Unicode,
    rpc,
)
from spyne.interface.wsdl import Wsdl11
from spyne.protocol.soap import Soap11
from spyne.server import ServerBase

NAMESPACE = "urn:obmen:erp:v1"
PORT = "ErpExchangeSoap"
ADDRESS = "http://erp.example/ws/obmen"
Text, Day, Number, Whole, Flag, Moment = (
    kind(min_occurs=1, nillable=False) for kind in (Unicode, Date, Decimal, Integer, Boolean, DateTime)
)
MayText, MayDay, MayNumber, MayWhole = (
    kind(min_occurs=0, nillable=False) for kind in (Unicode, Date, Decimal, Integer)
)


def listed(record: Any) -> Any:
    return record.customize(min_occurs=0, max_occurs="unbounded", nillable=False)


def record(called: str, /, **fields: Any) -> Any:
    return type(called, (ComplexModel,), {"__namespace__": NAMESPACE, "_type_info": list(fields.items())})


NameValue = record("NameValue", name=Text, value=MayText)
Extra = listed(NameValue)
Unit = record("Unit", name=Text, numerator=Whole, denominator=Whole, gtin=MayText, validFrom=MayDay, validTo=MayDay)
Product = record(
    "Product",
    code=Text,
    name=Text,
    gtin=MayText,
    unit=MayText,
    group=MayText,
    units=listed(Unit),
    barcodes=listed(Unicode),
    extra=Extra,
)
Outlet = record("Outlet", code=Text, name=Text, address=MayText, inn=MayText, kpp=MayText, fsrarId=MayText, extra=Extra)
Warehouse = record("Warehouse", code=Text, name=Text, extra=Extra)
Organisation = record("Organisation", inn=Text, kpp=MayText, name=MayText)
Party = record("Party", code=Text, name=Text, language=MayText, organisations=listed(Organisation), extra=Extra)
Price = record("Price", sku=Text, party=MayText, price=Number, currency=MayText, validFrom=Day, extra=Extra)
Serving = record(
    "Serving", outlet=Text, party=Text, site=Text, organisation=MayText, validFrom=MayDay, validTo=MayDay, extra=Extra
)
SaleLine = record("SaleLine", sku=Text, quantity=Number, amount=MayNumber)
Sale = record("Sale", party=Text, document=Text, date=Day, lines=listed(SaleLine), extra=Extra)
Debt = record("Debt", document=Text, date=Day, due=MayDay, amount=Number, openAmount=Number, currency=MayText)
Debts = record("Debts", party=Text, asOf=Day, items=listed(Debt), extra=Extra)
Plan = record(
    "Plan", party=Text, group=Text, firstDate=Day, lastDate=Day, quantity=MayNumber, amount=MayNumber, extra=Extra
)
OrderLine = record("OrderLine", n=Whole, product=Text, quantity=Number, unit=MayText, price=MayNumber, amount=MayNumber)
TransferOrder = record(
    "TransferOrder",
    id=Text,
    number=Text,
    date=Day,
    outlet=Text,
    party=MayText,
    wanted=MayDay,
    agreement=MayText,
    comment=MayText,
    currency=MayText,
    lines=listed(OrderLine),
    extra=Extra,
)
Cancellation = record("Cancellation", order=Text, reason=MayText)
StatusLine = record("StatusLine", n=Whole, quantity=Number)
PurchaseStatus = record(
    "PurchaseStatus",
    key=Whole,
    status=Text,
    revision=MayWhole,
    number=MayText,
    reason=MayText,
    lines=listed(StatusLine),
    extra=Extra,
)
KINDS = {
    "products": Product,
    "outlets": Outlet,
    "warehouses": Warehouse,
    "parties": Party,
    "prices": Price,
    "servings": Serving,
    "sales": Sale,
    "debts": Debts,
    "plans": Plan,
    "transferOrders": TransferOrder,
    "cancellations": Cancellation,
    "purchaseStatuses": PurchaseStatus,
}
Changes = record("Changes", next=Text, more=Flag, **{name: listed(kind) for name, kind in KINDS.items()}, extra=Extra)
PurchaseLine = record(
    "PurchaseLine",
    n=Whole,
    sku=MayText,
    quantity=MayNumber,
    unit=MayText,
    theirProduct=Text,
    theirQuantity=Number,
    theirUnit=MayText,
    price=MayNumber,
)
PurchaseOrder = record(
    "PurchaseOrder",
    key=Whole,
    id=Text,
    revision=Whole,
    number=Text,
    date=Day,
    party=MayText,
    organisation=MayText,
    cancels=Flag,
    wanted=MayDay,
    place=MayText,
    agreement=MayText,
    comment=MayText,
    currency=MayText,
    lines=listed(PurchaseLine),
    extra=Extra,
)
OrderStatus = record("OrderStatus", id=Whole, order=Text, revision=Whole, state=Text, at=Moment, extra=Extra)
Problem = record("Problem", kind=Text, record=Text, code=Text, field=MayText, message=Text, remedy=Text)
Count = record("Count", count=Whole, extra=Extra)
PingResult = record("PingResult", version=Text, extra=Extra)


@dataclass
class Books:
    """What the ERP has to say (the n-th change has the number n), and what it was told."""

    changes: list[tuple[str, Any]] = field(default_factory=list)
    purchases: dict[tuple[int, int], Any] = field(default_factory=dict)
    statuses: dict[int, Any] = field(default_factory=dict)
    problems: list[Any] = field(default_factory=list)
    calls: int = 0
    lose_every: int = 0
    """Of so many answers one is lost."""

    def say(self, kind: str, /, **fields: Any) -> None:
        self.changes.append((kind, KINDS[kind](**fields)))


def operation(*arguments: Any, returns: Any, names: list[str]) -> Any:
    result = returns.customize(min_occurs=1, nillable=False)
    return rpc(*arguments, _args=names, _returns=result, _out_variable_name="return", _port_type=PORT)


class _Server(ServerBase):  # type: ignore[misc]
    transport = "http://schemas.xmlsoap.org/soap/http"


class ErpExchange(Service):  # type: ignore[misc]
    """The operations of the contract."""

    __port_types__ = (PORT,)

    @operation(returns=PingResult, names=[])  # type: ignore[untyped-decorator]
    def Ping(ctx: Any) -> Any:
        return PingResult(version="1")

    @operation(MayText, Whole, returns=Changes, names=["after", "limit"])  # type: ignore[untyped-decorator]
    def GetChanges(ctx: Any, after: str | None, limit: int) -> Any:
        """Everything that changed after a place that an earlier answer named; without one, everything."""
        books, begin = ctx.udc, int(after or 0)
        part = books.changes[begin : begin + limit]
        end = begin + len(part)
        found = {kind: [each for name, each in part if name == kind] for kind in KINDS}
        return Changes(next=str(end), more=end < len(books.changes), **found)

    @operation(listed(PurchaseOrder), returns=Count, names=["orders"])  # type: ignore[untyped-decorator]
    def PutPurchaseOrders(ctx: Any, orders: Any) -> Any:
        """Takes purchase orders; one that it has, by key and revision, changes nothing."""
        for each in orders or ():
            ctx.udc.purchases.setdefault((each.key, each.revision), each)
        return Count(count=len(orders or ()))

    @operation(listed(OrderStatus), returns=Count, names=["statuses"])  # type: ignore[untyped-decorator]
    def PutOrderStatuses(ctx: Any, statuses: Any) -> Any:
        """Takes what became of transfer orders, by id of the status."""
        for each in statuses or ():
            ctx.udc.statuses.setdefault(each.id, each)
        return Count(count=len(statuses or ()))

    @operation(listed(Problem), returns=Count, names=["problems"])  # type: ignore[untyped-decorator]
    def PutProblems(ctx: Any, problems: Any) -> Any:
        """Hears which of its records the hub could not take in, and why."""
        ctx.udc.problems += problems or ()
        return Count(count=len(problems or ()))


def application() -> Any:
    return Application(
        [ErpExchange], NAMESPACE, name="ErpExchange", in_protocol=Soap11(validator="soft"), out_protocol=Soap11()
    )


def wsdl() -> bytes:
    app = application()
    _Server(app)
    document = Wsdl11(app.interface)
    document.build_interface_document(ADDRESS)
    tree = etree.fromstring(document.get_interface_document())
    etree.indent(tree)
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8")) + b"\n"


@contextmanager
def erp_at_work() -> Iterator[tuple[str, Books]]:
    """The service on a free port, in a thread: its address, and its books."""
    books, turn = Books(), threading.Lock()
    service = _Server(application())

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with turn:
                status, answer = _called(service, body, books, self.headers["Authorization"] or "")
                books.calls += 1
                lost = books.lose_every and books.calls % books.lose_every == 0
            if lost:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ws/obmen", books
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _called(service: Any, body: bytes, books: Books, authorization: str) -> tuple[int, bytes]:
    """HTTP status and envelope."""
    if not authorization.startswith("Basic "):
        return 401, b""
    context = MethodContext(service, MethodContext.SERVER)
    context.in_string = [body]
    (context,) = service.generate_contexts(context, "utf-8")
    context.udc = books
    if context.in_error is None:
        service.get_in_object(context)
    if context.in_error is None:
        service.get_out_object(context)
    else:
        context.out_error = context.in_error
    service.get_out_string(context)
    return 500 if context.out_error else 200, b"".join(context.out_string)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(wsdl())
