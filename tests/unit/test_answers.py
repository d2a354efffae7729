"""What is written of a record is to the byte what spyne writes of it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from gateway.soap import compat as compat  # before any import of spyne

# isort: split
from spyne import Application, MethodContext
from spyne.protocol.soap import Soap11
from spyne.server import ServerBase

from gateway.soap import records
from gateway.soap.answers import response
from gateway.soap.front_door import NAMESPACE
from gateway.soap.service import DistributorExchange

NOW = datetime(2026, 11, 20, 1, 2, 3, 456, UTC)
MOSCOW = NOW.astimezone(timezone(timedelta(hours=3)))
PROBLEM = records.Problem(
    code="X", severity="error", row=3, field="", value=' <a> & "б\r\n\U0001f600', message="m", remedy="r"
)
COUNTS = {"documents": 0, "rows": 1, "problemsTotal": 2}
DAY = records.DayTotals(organisation="7", date=NOW.replace(tzinfo=None), documents=1, rows=2, quantity=Decimal("1E+3"))
EXTRA = [records.NameValue(name="a", value="b"), records.NameValue(name="c")]
ANSWERS = [
    ("Ping", records.PingResult(serverTime=MOSCOW, version="1", contract="1")),
    (
        "SendPacket",
        records.Acceptance(packetId="p", feed="f", status="s", receivedAt=NOW, problems=[PROBLEM] * 2, **COUNTS),
    ),
    (
        "SendPacket",
        records.Acceptance(packetId="", feed="f", status="s", receivedAt=NOW, retryAfter=0, extra=EXTRA, **COUNTS),
    ),
    ("GetTotals", records.GetTotalsResult(totals=[DAY], until=NOW.replace(microsecond=0))),
    ("GetCatalog", records.GetCatalogResult(content=[b"ab", b"c"], text="", until=NOW)),
    ("PutPart", records.PutPartResult(received=[1, 2])),
    ("PutPart", records.PutPartResult(received=[])),
]


class Server(ServerBase):  # type: ignore[misc]
    transport = "http://schemas.xmlsoap.org/soap/http"


@pytest.fixture(scope="module")
def spyne() -> Server:
    return Server(Application([DistributorExchange], NAMESPACE, in_protocol=Soap11(), out_protocol=Soap11()))


@pytest.mark.parametrize(("operation", "record"), ANSWERS)
def test_an_answer_is_what_spyne_would_write(spyne: Server, operation: str, record: Any) -> None:
    context = MethodContext(spyne, MethodContext.SERVER)
    (context.descriptor,) = spyne.app.interface.service_method_map[f"{{{NAMESPACE}}}{operation}"]
    context.out_object = [record]
    spyne.get_out_string(context)
    assert response(operation, record) == b"".join(context.out_string)


def test_what_no_xml_can_hold_is_shown_as_such() -> None:
    answer = response("Ping", records.PingResult(serverTime=NOW, version="a\x00\ud800\uffff", contract="1"))
    assert b"<tns:version>a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</tns:version>" in answer
