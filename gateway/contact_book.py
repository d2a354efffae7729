"""Use case: the contact book, a YAML file of people, channels and routes, in the version that was loaded last."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from gateway.domain.contact import CHANNELS, Absence, Channel, Contact, Route, within
from gateway.domain.errors import Misuse
from gateway.domain.incident import DISTRIBUTOR, Escalation, Severity
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Absence(_Strict):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    stand_in: str | None = Field(None, alias="stand-in")

    @model_validator(mode="after")
    def _in_order(self) -> "_Absence":
        if self.first > self.last:
            raise ValueError("ends before it begins")
        return self


class _Person(_Strict):
    language: Literal["ru", "en"] | None = None
    zone: str = ""
    party: str | None = None
    roles: Texts = ()
    email: Texts = ()
    telegram: Texts = ()
    webhook: Texts = ()
    other: Texts = ()
    digest: time | None = None
    quiet: tuple[time, time] | None = None
    urgent: Severity | None = None
    absent: tuple[_Absence, ...] = ()

    @field_validator("quiet", mode="before")
    @classmethod
    def _hours(cls, value: Any) -> Any:
        begin, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
        if not dash:
            raise ValueError("is two times, as 22:00-07:00")
        return begin.strip(), end.strip()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value and value not in available_timezones():
            raise ValueError("is no time zone of the IANA database, as Europe/Moscow is")
        return value

    @model_validator(mode="after")
    def _digest_is_not_quiet(self) -> "_Person":
        if self.quiet and self.digest and within(self.quiet, self.digest):
            raise ValueError("the digest's time lies in the quiet hours")
        return self


class _Route(_Strict):
    rule: str | None = None
    severity: Severity | None = None
    party: str | None = None
    tell: Texts = Field(min_length=1)
    escalate: dict[Annotated[float, Field(gt=0)], Texts] = Field(default_factory=dict)


class _Book(_Strict):
    people: dict[Name, _Person]
    tell: tuple[_Route, ...] = ()


@repeated
def load_book(hub: "Hub", text: str, who: str) -> int:
    """Puts a new version in force; how many people are in it. Raises Misuse with every mistake and its place."""
    book = _read(hub, text)
    with hub.exchange.writing() as connection:
        parties = hub.parties.party_keys(connection)
        people = [_contact(hub, name, person, parties) for name, person in book.people.items()]
        routes = [_route(each, parties) for each in book.tell]
        hub.contacts.replace(connection, people, routes, text, who, hub.clock())
        hub.outbox.drop_removed(connection)
    return len(people)


def _read(hub: "Hub", text: str) -> _Book:
    try:
        book = _Book.model_validate(hub.formats.read_yaml(text) or {})
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise Misuse("; ".join(each.replace("Value error, ", "") for each in wrong)) from None
    mistakes = [*_wrong_names(book), *_wrong_addresses(hub, book), *_wrong_routes(hub, book)]
    if mistakes:
        raise Misuse("; ".join(mistakes))
    return book


def _wrong_names(book: _Book) -> Iterable[str]:
    """A name in a route or of a stand-in that nobody bears would be found out too late."""
    roles = {role for person in book.people.values() for role in person.roles}
    if DISTRIBUTOR in roles | set(book.people):
        yield f"{DISTRIBUTOR} means the party that an incident is about: call nobody so"
    for name, person in book.people.items():
        for absence in person.absent:
            if absence.stand_in is not None and absence.stand_in not in book.people:
                yield f"people.{name}.absent: there is no {absence.stand_in}"
    known = roles | set(book.people) | {DISTRIBUTOR}
    for number, route in enumerate(book.tell):
        for name in (*route.tell, *(each for names in route.escalate.values() for each in names)):
            if name not in known:
                yield f"tell.{number}: nobody is called {name}, and nobody has that role"


def _wrong_addresses(hub: "Hub", book: _Book) -> Iterable[str]:
    for name, person in book.people.items():
        for kind in CHANNELS:
            for address in getattr(person, kind):
                if refusal := hub.notifier.refusal(kind, address):
                    yield f"people.{name}.{kind}: {refusal}"


def _wrong_routes(hub: "Hub", book: _Book) -> Iterable[str]:
    for number, route in enumerate(book.tell):
        if route.rule is not None and route.rule not in hub.problems.definitions:
            yield f"tell.{number}.rule: there is no problem {route.rule}"


def _contact(hub: "Hub", name: str, person: _Person, parties: Mapping[str, int]) -> Contact:
    channels = [Channel(0, kind, address) for kind in CHANNELS for address in getattr(person, kind)]
    return Contact(
        name=name,
        language=person.language or hub.settings.language,
        time_zone=ZoneInfo(person.zone or hub.settings.time_zone).key,
        party=_party(person.party, parties),
        roles=frozenset(person.roles),
        digest=person.digest,
        quiet=person.quiet,
        urgent=person.urgent,
        absences=tuple(Absence(each.first, each.last, each.stand_in) for each in person.absent),
        channels=tuple(channels),
    )


def _route(route: _Route, parties: Mapping[str, int]) -> Route:
    steps = (Escalation(timedelta(hours=hours), tell) for hours, tell in sorted(route.escalate.items()))
    return Route(route.tell, tuple(steps), route.rule, route.severity, _party(route.party, parties))


def _party(code: str | None, parties: Mapping[str, int]) -> int | None:
    if code is not None and code not in parties:
        raise Misuse(f"there is no party {code}")
    return parties[code] if code is not None else None
