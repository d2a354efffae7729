"""spyne works on the interpreter that runs this test, with every warning an error."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

from gateway.soap import compat

# isort: split
from spyne import Application, ByteArray, ComplexModel, DateTime, MethodContext, ServiceBase, rpc
from spyne import Decimal as XsdDecimal
from spyne.interface.wsdl import Wsdl11
from spyne.protocol.soap import Soap11
from spyne.server import ServerBase

NAMESPACE = "urn:obmen:compat"
ENVELOPE = f"""
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<Echo xmlns="{NAMESPACE}"><packet><at>2026-03-29T03:04:05Z</at><sum>1.20</sum><content>AAE=</content></packet></Echo>
</e:Body></e:Envelope>
""".strip()


class Packet(ComplexModel):  # type: ignore[misc]
    __namespace__ = NAMESPACE
    at = DateTime
    sum = XsdDecimal
    content = ByteArray


class EchoService(ServiceBase):  # type: ignore[misc]
    @rpc(Packet, _returns=Packet)  # type: ignore[untyped-decorator]
    def Echo(ctx: MethodContext, packet: Packet) -> Packet:
        assert packet.at == datetime(2026, 3, 29, 3, 4, 5, tzinfo=UTC)
        assert packet.sum == Decimal("1.20")
        assert b"".join(packet.content) == b"\x00\x01"
        return packet


class Server(ServerBase):  # type: ignore[misc]
    transport = "test"


def application() -> Application:
    return Application([EchoService], NAMESPACE, name="Echo", in_protocol=Soap11(), out_protocol=Soap11())


def answer(envelope: str) -> str:
    """One call without WSGI, in the steps in which the gateway makes it."""
    server = Server(application())
    called = MethodContext(server, MethodContext.SERVER)
    called.in_string = [envelope.encode()]
    (called,) = server.generate_contexts(called, "utf-8")
    server.get_in_object(called)
    server.get_out_object(called)
    server.get_out_string(called)
    return b"".join(called.out_string).decode()


def in_a_fresh_interpreter(program: str) -> str:
    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    return ran.stderr + ran.stdout


def test_a_call_comes_back_with_its_values() -> None:
    sent_back = answer(ENVELOPE)
    assert "Fault" not in sent_back
    assert ">1.20<" in sent_back
    assert ">AAE=<" in sent_back


def test_the_wsdl_is_generated() -> None:
    wsdl = Wsdl11(application().interface)
    wsdl.build_interface_document("http://obmen.invalid/soap")
    assert b'<wsdl:operation name="Echo"' in wsdl.get_interface_document()


def test_spyne_imports_without_a_warning() -> None:
    assert in_a_fresh_interpreter("import gateway.soap.compat, spyne.server, spyne.protocol.soap") == ""


def test_the_stand_in_for_cgi_does_not_outlive_the_import() -> None:
    assert in_a_fresh_interpreter("import gateway.soap.compat, sys; print('cgi' in sys.modules)") == "False\n"


def test_a_missing_module_is_still_an_import_error() -> None:
    missing = "import gateway.soap.compat\ntry:\n    import no_such_module\nexcept ImportError:\n    print('missing')"
    assert in_a_fresh_interpreter(missing) == "missing\n"


def test_content_type_parameters_are_read_as_cgi_read_them() -> None:
    read = compat._parse_header('text/xml; charset="windows-1251"; action=urn:x')
    assert read == ("text/xml", {"charset": "windows-1251", "action": "urn:x"})
