"""An order on its way through translation: what is known of it, and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

from gateway.domain.credit import OrderPolicy
from gateway.domain.order import Kind, State
from gateway.domain.order_translation import Translated
from gateway.domain.problem import Problem

WARNING, ERROR = "warning", "error"


@dataclass(eq=False)
class Draft:
    """`row` is the order with its revision, as `order_translation.due` gives it."""

    row: Any
    party: int | None = None
    site: int | None = None
    organization: str | None = None
    their_outlet: str | None = None
    policy: OrderPolicy = field(default_factory=OrderPolicy)
    lines: list[Translated] = field(default_factory=list)
    problems: list[tuple[Problem, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        row = self.row
        self.place = (int(row.key), int(row.revision))
        self.party, self.site, self.organization = row.party, row.site, row.organization

    @property
    def is_held(self) -> bool:
        return any(severity == ERROR for _, severity in self.problems)

    @property
    def is_new(self) -> bool:
        """Nobody has been offered this revision yet."""
        return self.row.state in (State.RECEIVED, State.HELD)

    @property
    def is_handed_over(self) -> bool:
        """Who gets it may have read it: it does not follow the mapping, but is told of it."""
        return not self.is_new and not (self.row.state == State.OFFERED and self.row.kind == Kind.TRANSFER)

    def blame(self, problem: Problem, severity: str = ERROR) -> None:
        self.problems.append((problem, severity))
