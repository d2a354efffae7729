"""The words of the pages that stand in no template: English msgids, which templates translate."""

from dataclasses import dataclass

from gateway.domain import incident
from gateway.domain.receipt import State, Status


def N_(message: str) -> str:
    """Marks a msgid for extraction; the template that shows it translates."""
    return message


@dataclass(frozen=True)
class Group:
    """States that operations staff ask for together; `tone` colours the number."""

    name: str
    states: tuple[str, ...]
    tone: str


LANGUAGE_NAMES = {"ru": "Русский", "en": "English"}

NAVIGATION = (
    ("/", N_("Packets"), ("/packets/", "/attempts/")),
    ("/incidents", N_("Incidents"), ("/incidents/",)),
    ("/reference", N_("Exchange format"), ("/reference/",)),
)
"""The pages that every other leads to, and the beginnings of the addresses below each."""

STATES = {
    State.ACCEPTED: (N_("accepted"), "busy"),
    State.HELD: (N_("held"), "held"),
    State.LOADING: (N_("loading"), "busy"),
    State.LOADED: (N_("loaded"), "good"),
    State.LOADED_WITH_PROBLEMS: (N_("with problems"), "warn"),
    State.FAILED: (N_("failed"), "bad"),
    State.SUPERSEDED: (N_("superseded"), "still"),
    State.REFUSED: (N_("refused"), "bad"),
    Status.REJECTED: (N_("rejected"), "bad"),
    Status.CONFLICT: (N_("conflict"), "bad"),
    Status.THROTTLED: (N_("throttled"), "still"),
}
"""Each state of a packet, and each status of an attempt without one: its word and the tone of its badge."""

GROUPS = {
    "attention": Group(
        N_("Need attention"),
        (Status.REJECTED, Status.CONFLICT, State.FAILED, State.HELD, State.LOADED_WITH_PROBLEMS),
        "warn",
    ),
    "not-accepted": Group(N_("Not accepted"), (Status.REJECTED, Status.CONFLICT, Status.THROTTLED), "bad"),
    "under-way": Group(N_("Under way"), (State.ACCEPTED, State.HELD, State.LOADING), "busy"),
    "done": Group(N_("Done"), (State.LOADED, State.LOADED_WITH_PROBLEMS), "good"),
}

FEEDS = {
    "stock": N_("Stock"),
    "movements": N_("Stock movements"),
    "shipments": N_("Shipments"),
    "receivables": N_("Receivables"),
    "settlements": N_("Settlements"),
    "outlets": N_("Outlets"),
    "products": N_("Products"),
    "orders": N_("Orders"),
    "order-statuses": N_("Order statuses"),
    "transfer-orders": N_("Transfer orders"),
}

MODES = {
    "snapshot": N_("snapshot: all there is"),
    "replace": N_("replaces its window"),
    "merge": N_("adds and corrects"),
}

CHANGES = {
    "changed": (N_("changed"), "busy"),
    "deleted": (N_("deleted"), "bad"),
    "withdrawn": (N_("withdrawn"), "bad"),
    "returned": (N_("returned"), "good"),
}
"""What becomes of a document."""

OCCURRENCES = {"once": N_("exactly one"), "optional": N_("at most one"), "many": N_("any number")}

SEVERITIES = {"critical": (N_("critical"), "bad"), "error": (N_("error"), "bad"), "warning": (N_("warning"), "warn")}

INCIDENT_STATES = {
    incident.State.OPEN: (N_("open"), "bad"),
    incident.State.ACKNOWLEDGED: (N_("acknowledged"), "busy"),
    incident.State.RECOVERED: (N_("recovered"), "good"),
    incident.State.CLOSED: (N_("closed"), "still"),
}

STEPS = {
    incident.Kind.OPENED: N_("opened"),
    incident.Kind.WORSENED: N_("got worse"),
    incident.Kind.TOLD: N_("told at the end of a mute"),
    incident.Kind.ESCALATED: N_("escalated"),
    incident.Kind.OVERDUE: N_("overdue"),
    incident.Kind.ACKNOWLEDGED: N_("acknowledged"),
    incident.Kind.ASSIGNED: N_("assigned"),
    incident.Kind.COMMENTED: N_("commented"),
    incident.Kind.MUTED: N_("muted"),
    incident.Kind.UNMUTED: N_("no longer muted"),
    incident.Kind.RECOVERED: N_("recovered"),
    incident.Kind.CLOSED: N_("closed"),
}

PERIODS = {1: N_("last 24 hours"), 7: N_("last 7 days"), 30: N_("last 30 days")}

FAILURES = {
    403: (N_("Not allowed"), N_("The request came from another site. Open the page here and try again.")),
    404: (N_("Nothing here"), N_("There is no such page, or what it showed is not kept any more.")),
    405: (N_("Not this way"), N_("This address can't be used like that.")),
    413: (N_("Too much"), N_("What was sent is too large for a form.")),
    500: (N_("The hub failed"), N_("It is written down. If it happens again, tell the engineer this reference:")),
    503: (N_("The store is away"), N_("Nothing that was accepted is lost. Try again in half a minute.")),
}
OTHER_FAILURE = (N_("That did not work"), N_("The request could not be understood."))
