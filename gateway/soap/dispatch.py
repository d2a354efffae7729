"""Spyne between the front door and the operations: arguments in, records out, the WSDL."""

import binascii
import logging
import re
from functools import cache
from typing import Any

from spyne import Application, Boolean, ComplexModel, Fault, MethodContext, ResourceNotFoundError, ValidationError
from spyne.interface.wsdl import Wsdl11
from spyne.protocol.soap import Soap11
from spyne.server import ServerBase

from gateway.domain.errors import ContractBroken
from gateway.soap.answers import response
from gateway.soap.arguments import Parameter, check_arguments
from gateway.soap.front_door import NAMESPACE, Envelope
from gateway.soap.note import Note
from gateway.soap.records import Acceptance
from gateway.soap.service import Call, DistributorExchange

logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)  # it logs whole payloads


_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,30}\s*")


class _Server(ServerBase):
    transport = "http://schemas.xmlsoap.org/soap/http"


class _Soap(Soap11):
    def boolean_from_bytes(self, cls: Any, string: str) -> bool:
        """Spyne takes all it does not know for false, and a misspelt dry run would be a real one."""
        words = {"true": True, "1": True, "false": False, "0": False}
        if (word := string.strip().lower()) not in words:
            raise ValidationError(string)
        return words[word]

    def integer_from_bytes(self, cls: Any, string: str) -> int:
        """Python reads 1_0 and digits of every script."""
        if not _INTEGER.fullmatch(string):
            raise ValidationError(string[:40])
        return int(string)

    def byte_array_from_element(self, ctx: Any, cls: Any, element: Any) -> tuple[bytes]:
        """Spyne passes over what is no base64, so damage in between would go unnoticed here."""
        try:
            return (binascii.a2b_base64("".join(element.text.split()), strict_mode=True),)
        except ValueError as error:
            raise ContractBroken(f"{str(element.tag).rpartition('}')[2]} is not base64") from error


class Dispatcher:
    """One per process; `answer` may run in many threads at once."""

    def __init__(self) -> None:
        self._application = Application(
            [DistributorExchange],
            NAMESPACE,
            name="DistributorExchange",
            in_protocol=_Soap(validator="soft", huge_tree=True),  # the front door bounds what comes
            out_protocol=Soap11(),
        )
        self._server = _Server(self._application)

    def wsdl(self, address: str) -> bytes:
        """The contract in one file, the same for every caller."""
        document = Wsdl11(self._application.interface)
        document.build_interface_document(address)
        return bytes(document.get_interface_document())

    def answer(self, envelope: Envelope, call: Call, note: Note) -> bytes:
        """The response's bytes. Raises ContractBroken for wrong arguments, and whatever the operation raises."""
        context = self._read(envelope)
        context.udc = call
        note.packet_id = _argument(context, "packetId")
        result = context.descriptor.service_class.call_wrapper(context)
        note.outcome = "ok"
        if isinstance(result, Acceptance):
            note.packet_id, note.outcome = result.packetId, result.status
        return response(envelope.operation, result)

    def _read(self, envelope: Envelope) -> Any:
        context = MethodContext(self._server, MethodContext.SERVER)
        context.in_string = [envelope.content]
        try:
            (context,) = self._server.generate_contexts(context, "utf-8")
            if context.in_error is None:
                check_arguments(context.in_body_doc, _parameters(context.descriptor.in_message))
                self._server.get_in_object(context)
        except ContractBroken:
            raise
        except Exception as error:  # spyne meets a value that it can't read in many ways
            raise ContractBroken(f"the arguments of {envelope.operation} can't be read") from error
        if isinstance(context.in_error, ResourceNotFoundError):
            raise ContractBroken(f"there is no operation {envelope.operation[:40]}")
        if isinstance(context.in_error, Fault):
            raise ContractBroken(f"{envelope.operation}: {str(context.in_error.faultstring)[:200]}")
        return context


@cache
def _parameters(message: Any) -> dict[str, Parameter]:
    """The contract's parameters of the operation that a request calls with the message."""
    kinds = message.get_flat_type_info(message)
    return {
        name: Parameter(
            required=kind.Attributes.min_occurs > 0,
            repeats=kind.Attributes.max_occurs > 1,
            record=issubclass(kind, ComplexModel),
            flag=issubclass(kind, Boolean),
        )
        for name, kind in kinds.items()
    }


def _argument(context: Any, name: str) -> str | None:
    """What the caller gave for a parameter, where the operation has it."""
    names = list(_parameters(context.descriptor.in_message))
    return context.in_object[names.index(name)] if name in names else None
