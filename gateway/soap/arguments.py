"""An operation's arguments, judged before spyne reads them: those of the contract, each a text of its own.

Spyne passes over names that it does not know (a misspelt dry run would be a real one), cuts a text off where an element
begins in it, and has no words for what is empty or missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.errors import ContractBroken


@dataclass(frozen=True)
class Parameter:
    """What the contract says of an argument; a record holds elements, everything else is text.

    An empty flag is no absent one: who means a dry run must not get a real one.
    """

    required: bool
    repeats: bool = False
    record: bool = False
    flag: bool = False


def check_arguments(operation: Any, parameters: Mapping[str, Parameter]) -> None:
    """`operation` is its element, as spyne's parser made it.

    Takes out what is optional and empty: 1C sends an absent text so. Raises ContractBroken.
    """
    given: set[str] = set()
    for argument in list(operation.iterchildren("*")):
        name = str(argument.tag).rpartition("}")[2]
        if (known := parameters.get(name)) is None:
            raise ContractBroken(f"there is no argument {name[:40]}; they are {', '.join(parameters) or 'none'}")
        if name in given and not known.repeats:
            raise ContractBroken(f"{name} is given twice")
        if len(argument) and not known.record:
            raise ContractBroken(f"{name} must be text: escape the XML in it, or put it into CDATA")
        given.add(name)
        if not len(argument) and (not argument.text or argument.text.isspace()):
            if known.required or known.flag:
                raise ContractBroken(f"{name} is empty")
            operation.remove(argument)
    if missing := [name for name, known in parameters.items() if known.required and name not in given]:
        raise ContractBroken(f"{', '.join(missing)} must be given")
