"""Where a request comes from, through the proxies that are trusted to say so."""

from ipaddress import IPv6Address, ip_address
from typing import Any

from gateway.domain.party import is_within

NOWHERE = "unknown"


def client_address(scope: Any, trusted: tuple[str, ...]) -> str:
    """The client's IP address. `X-Forwarded-For` is believed from a trusted proxy only, from its right end on:

    each proxy appends whom it talked to, so the first address that is no trusted proxy is the client's.
    """
    peer = _address(scope["client"][0]) if scope.get("client") else None
    hops = [peer or NOWHERE]
    if is_within(hops[0], trusted):
        said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(said.decode("latin-1").split(",")):
            if (found := _address(hop.strip())) is None:
                break
            hops.append(found)
            if not is_within(found, trusted):
                break
    return hops[-1]


def _address(text: str) -> str | None:
    """In its one spelling: IPv4 stays IPv4 when it comes through an IPv6 socket."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
