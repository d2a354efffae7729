"""Where a request that has arrived is worked on: in any thread, of the gateway or of a clerk."""

import secrets
from typing import TYPE_CHECKING

from gateway.domain.errors import Internal, Refusal
from gateway.domain.party import Sender
from gateway.soap.dispatch import Dispatcher
from gateway.soap.faults import fault
from gateway.soap.front_door import judged
from gateway.soap.note import Note
from gateway.soap.service import WITHOUT_LOGIN, Call

if TYPE_CHECKING:
    from gateway.wiring import Hub

Answer = tuple[int, list[tuple[str, str]], bytes]
"""HTTP status, headers of its own, body."""


class Desk:
    """One per process; `answer` may run in many threads at once."""

    def __init__(self, hub: "Hub") -> None:
        self._hub, self._dispatcher = hub, Dispatcher()

    def wsdl(self, address: str) -> bytes:
        return self._dispatcher.wsdl(address)

    def answer(self, content: bytes, content_type: str, sender: Sender | Refusal, note: Note) -> Answer:
        """Whose sender is a refusal may ask for what needs no login. Lets nothing escape."""
        try:
            envelope = judged(content, content_type)
            note.operation = envelope.operation
            if isinstance(sender, Refusal) and envelope.operation not in WITHOUT_LOGIN:
                raise sender
            call = Call(self._hub, sender if isinstance(sender, Sender) else None)
            return 200, [], self._dispatcher.answer(envelope, call, note)
        except Exception as error:
            return self.refusal(error, note)

    def refusal(self, error: Exception, note: Note) -> Answer:
        """The boundary: whatever happened becomes an answer of the contract."""
        if isinstance(error, Refusal):
            note.outcome = error.code
            return fault(error)
        reference = secrets.token_hex(6)
        note.outcome = f"{Internal.code} {reference}"
        self._hub.log.error("request failed", reference=reference, exc_info=error)
        return fault(Internal(reference))
