"""What the list of packets is asked for: read leniently from the query, written back into links."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from gateway.web.words import GROUPS, PERIODS, STATES

TEXT_LENGTH = 100
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Filters:
    """`state` is a state or a group of them; `days` a period of words.PERIODS; `before` and `after` are keys."""

    state: str = ""
    feed: str = ""
    party: str = ""
    text: str = ""
    days: int | None = None
    before: int | None = None
    after: int | None = None
    refresh: str = ""

    @property
    def states(self) -> tuple[str, ...]:
        return GROUPS[self.state].states if self.state in GROUPS else (self.state,) if self.state else ()

    @property
    def narrow(self) -> bool:
        """Whether anything is asked for but the newest."""
        return replace(self, before=None, after=None, refresh="") != Filters()

    @property
    def refreshes(self) -> bool:
        """Only the first page renews itself: others do not change under the reader."""
        return self.before is None and self.after is None and self.refresh != "0"

    def since(self, now: datetime) -> datetime | None:
        return now - timedelta(days=self.days) if self.days else None

    def link(self, **changes: Any) -> str:
        """The address of this list with some of it changed, on its first page unless that is changed too."""
        changed = replace(self, **{"before": None, "after": None, **changes})
        named = {name: value for name, value in asdict(changed).items() if value not in ("", None)}
        return "/?" + urlencode(named) if named else "/"


def read_filters(query: Mapping[str, str]) -> Filters:
    """What is not understood is left out: a list is shown in any case."""
    state, days = query.get("state", ""), read_number(query.get("days"))
    return Filters(
        state=state if state in STATES or state in GROUPS else "",
        feed=_text(query, "feed"),
        party=_text(query, "party"),
        text=_text(query, "text"),
        days=days if days in PERIODS else None,
        before=read_number(query.get("before")),
        after=read_number(query.get("after")),
        refresh="0" if query.get("refresh") == "0" else "",
    )


def read_number(text: str | None) -> int | None:
    """A key or number that a store can hold, else None."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 19:
        return None
    number = int(text)
    return number if number <= LARGEST_KEY else None


def matching(parties: Iterable[tuple[int, str, str]], text: str) -> tuple[int, ...] | None:
    """Keys of the parties that a person means: by the code itself, else by a part of code or name; None for any."""
    if not text:
        return None
    listed = list(parties)
    exact = tuple(key for key, code, _ in listed if code == text)
    folded = text.casefold()
    return exact or tuple(key for key, code, name in listed if folded in f"{code}\0{name}".casefold())


def _text(query: Mapping[str, str], name: str) -> str:
    return query.get(name, "").strip()[:TEXT_LENGTH]
