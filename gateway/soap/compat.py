"""Imports spyne 2.14 where it can't import itself (Python 3.12 and later), and quietly where it can.

Import this module before any `spyne.…`; it exports nothing, spyne is simply ready afterwards.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from importlib import import_module
from types import ModuleType

# The bundled `six` finds these through an import hook that Python 3.12 no longer understands.
# A name that already stands in sys.modules is never looked up, so the hook isn't needed.
_SIX_MOVES = {
    "collections_abc": "collections.abc",
    "http_cookies": "http.cookies",
    "urllib.error": "urllib.error",
    "urllib.parse": "urllib.parse",
    "urllib.request": "urllib.request",
}

# All that the gateway may use of spyne; each is loaded inside the fence.
_PARTS = (
    "spyne",
    "spyne.interface.wsdl",
    "spyne.protocol.soap",
    "spyne.server",
    "spyne.util.xml",
)


def _parse_header(line: str) -> tuple[str, dict[str, str]]:
    """What spyne wants of `cgi`: "text/xml; charset=utf-8" → ("text/xml", {"charset": "utf-8"})."""
    message = Message()
    message["content-type"] = line
    (value, _), *parameters = message.get_params(failobj=[("", "")])
    return value, dict(parameters)


def _cgi() -> ModuleType:
    """The one function of `cgi` (gone in 3.13, a DeprecationWarning before) that spyne calls."""
    module = ModuleType("cgi")
    module.__dict__["parse_header"] = _parse_header
    return module


@contextmanager
def _lent_cgi() -> Iterator[None]:
    """Nobody but spyne should come to see our stand-in for `cgi`."""
    own = sys.modules.get("cgi")
    sys.modules["cgi"] = _cgi()
    try:
        yield
    finally:
        del sys.modules["cgi"]
        if own is not None:
            sys.modules["cgi"] = own


def _drop_six_hook() -> None:
    """Left in place, the hook would make every failed import on 3.11 an ImportWarning."""
    hook = sys.modules["spyne.util.six"].__dict__["_importer"]
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not hook]


def _load_spyne() -> None:
    for moved, real in _SIX_MOVES.items():
        sys.modules[f"spyne.util.six.moves.{moved}"] = import_module(real)
    with warnings.catch_warnings(), _lent_cgi():
        warnings.simplefilter("ignore")
        for part in _PARTS:
            import_module(part)
    _drop_six_hook()


_load_spyne()
