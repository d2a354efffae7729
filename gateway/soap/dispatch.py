"""Spyne between the front door and the operations: arguments in, records out, the WSDL."""

import binascii
import logging
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from spyne import Application, Boolean, ComplexModel, Fault, ValidationError
from spyne.interface.wsdl import Wsdl11
from spyne.protocol.soap import Soap11

from gateway.domain.errors import ContractBroken
from gateway.soap.answers import response
from gateway.soap.arguments import Parameter, check_arguments
from gateway.soap.front_door import NAMESPACE, Envelope
from gateway.soap.note import Note
from gateway.soap.records import Acceptance
from gateway.soap.service import Call, DistributorExchange

logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)  # it logs whole payloads


_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,30}\s*")


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


class _Operation(NamedTuple):
    """An operation of the service: what to call, and its arguments by the contract's names, in their order."""

    function: Callable[..., Any]
    kinds: dict[str, Any]
    parameters: dict[str, Parameter]


class _Context(NamedTuple):
    """What spyne's parts and the operations look at of spyne's own context."""

    udc: Call | None
    app: Application


class Dispatcher:
    """One per process; `answer` may run in many threads at once.

    Of spyne it takes the declared types, their readers and the WSDL; its own way to an operation is longer.
    """

    def __init__(self) -> None:
        self._soap = _Soap(validator="soft")
        self._application = Application(
            [DistributorExchange],
            NAMESPACE,
            name="DistributorExchange",
            in_protocol=self._soap,
            out_protocol=Soap11(),
        )
        self._application.transport = "http://schemas.xmlsoap.org/soap/http"
        self._operations = {name: _operation(each) for name, each in DistributorExchange.public_methods.items()}

    def wsdl(self, address: str) -> bytes:
        """The contract in one file, the same for every caller."""
        document = Wsdl11(self._application.interface)
        document.build_interface_document(address)
        return bytes(document.get_interface_document())

    def answer(self, envelope: Envelope, call: Call, note: Note) -> bytes:
        """The response's bytes. Raises ContractBroken for wrong arguments, and whatever the operation raises."""
        if (operation := self._operations.get(envelope.operation)) is None:
            raise ContractBroken(f"there is no operation {envelope.operation[:40]}")
        context = _Context(call, self._application)
        arguments = self._arguments(envelope, operation, context)
        note.packet_id = arguments.get("packetId")
        result = operation.function(context, *arguments.values())
        note.outcome = "ok"
        if isinstance(result, Acceptance):
            note.packet_id, note.outcome = result.packetId, result.status
        return response(envelope.operation, result)

    def _arguments(self, envelope: Envelope, operation: _Operation, context: _Context) -> dict[str, Any]:
        """Every parameter's value, None where it is not given."""
        found: dict[str, Any] = dict.fromkeys(operation.kinds)
        try:
            element = envelope.element()
            check_arguments(element, operation.parameters)
            for argument in element.iterchildren("*"):
                name = argument.tag.rpartition("}")[2]
                value = self._soap.from_element(context, operation.kinds[name], argument)
                found[name] = [*(found[name] or ()), value] if operation.parameters[name].repeats else value
        except ContractBroken:
            raise
        except Fault as error:
            raise ContractBroken(f"{envelope.operation}: {str(error.faultstring)[:200]}") from error
        except Exception as error:  # spyne meets a value that it can't read in many ways
            raise ContractBroken(f"the arguments of {envelope.operation} can't be read") from error
        return found


def _operation(method: Any) -> _Operation:
    kinds = dict(method.in_message.get_flat_type_info(method.in_message))
    parameters = {
        name: Parameter(
            required=kind.Attributes.min_occurs > 0,
            repeats=kind.Attributes.max_occurs > 1,
            record=issubclass(kind, ComplexModel),
            flag=issubclass(kind, Boolean),
        )
        for name, kind in kinds.items()
    }
    return _Operation(method.function, kinds, parameters)
