"""Who sends: a site of a party, as its login makes it known."""

from dataclasses import dataclass
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
