"""The one tree of errors.

ObmenError
├── Refusal                   the request is not one: becomes a SOAP fault
│   ├── AuthenticationFailed  Client.Authentication
│   ├── Malformed             Client.Malformed
│   ├── TooLarge              Client.TooLarge
│   ├── ContractBroken        Client.Contract
│   ├── Busy                  Server.Busy, with retryAfter
│   │   └── Interrupted       a transaction was given up and nothing of it is committed: run it again
│   └── Internal              Server.Internal, with an error reference
├── Declined                  the ERP asks for what can't be done: becomes coded problems of its answer
├── Unreadable                the content can't be read: becomes a problem of the packet
├── Unreachable               another system does not answer: try again later
├── Overtaken                 another claimant has the work: give it up
├── Exhausted                 every claimant of the work died over it: no further one may
├── Incomplete                some of the work failed, and the rest is done
└── Misuse                    a setting, argument or file of ours is wrong: one clear line for the person
"""

from gateway.domain.problem import Problem


class ObmenError(Exception):
    """Whatever goes wrong in a way we foresaw."""


class Refusal(ObmenError):
    """A request that is not answered with a record. `str()` is the faultstring, the only thing 1C shows."""

    code = "Server.Internal"

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        self.retry_after = retry_after
        tail = f" (retryAfter={retry_after})" if retry_after is not None else ""
        super().__init__(f"{self.code}: {message}{tail}")


class AuthenticationFailed(Refusal):
    code = "Client.Authentication"


class Malformed(Refusal):
    code = "Client.Malformed"


class TooLarge(Refusal):
    code = "Client.TooLarge"


class ContractBroken(Refusal):
    code = "Client.Contract"


class Busy(Refusal):
    code = "Server.Busy"


class Interrupted(Busy):
    """The store chose the transaction as a deadlock's victim, or its connection dropped, before it was committed."""


class Internal(Refusal):
    """An escape of ours; `reference` finds it in the log, and nothing of the inside goes out."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"the hub failed; quote reference {reference} to its operators")


class Declined(ObmenError):
    """What the ERP asked for is not done, and none of it: the problems say why."""

    def __init__(self, *problems: Problem, retry_after: int | None = None) -> None:
        self.problems, self.retry_after = problems, retry_after
        super().__init__(", ".join(dict.fromkeys(each.code for each in problems)))


class Unreadable(ObmenError):
    """Content that can't be read; carries the problem that says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


class Unreachable(ObmenError):
    """A system that the hub calls does not answer, or not as agreed."""


class Overtaken(ObmenError):
    """A claim expired and somebody else took the work."""


class Exhausted(ObmenError):
    """Whoever claimed the packet died, as often as it may be tried."""


class Incomplete(ObmenError):
    """Some of the work failed; what could be done is done, and the log tells why the rest could not."""


class Misuse(ObmenError):
    """Something a person gave us is wrong; the text says what and where."""
