"""Who sends: a site of a party, as its login makes it known."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

LANGUAGES = ("ru", "en")


@dataclass(frozen=True)
class Sender:
    """A site with what a request of its needs. No organisations listed: it may send for any."""

    site: int
    party: int
    site_code: str
    party_code: str
    party_name: str
    language: str
    time_zone: str
    organizations: frozenset[str] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Login:
    """A login with its argon2 hashes; no networks listed: it may call from anywhere."""

    sender: Sender
    secret: str
    old_secret: str | None = None
    old_until: datetime | None = None
    networks: tuple[str, ...] = ()
    is_closed: bool = False
    """Its site exchanges no more."""

    def secrets(self, now: datetime) -> list[str]:
        """The hashes that are valid: after a rotation the old one too, until its overlap ends."""
        overlaps = self.old_secret is not None and self.old_until is not None and now < self.old_until
        return [self.secret, *([self.old_secret] if overlaps and self.old_secret else [])]

    def may_call_from(self, address: str) -> bool:
        return not self.networks or is_within(address, self.networks)


def is_within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an IP address lies in one of the networks; what is no address lies in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for network in networks)


def networks(text: str) -> tuple[str, ...]:
    """IP networks or addresses with blanks or commas between, each in its one spelling. Raises ValueError."""
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(str(ip_network(word, strict=False)))
        except ValueError as error:
            raise ValueError(f"{word} is no network as 192.0.2.0/24, and no address") from error
    return tuple(found)
