"""Sends a message to an address: by e-mail, Telegram, webhook, or whatever else apprise speaks."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an e-mail; `kind` is its media type."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Message:
    """What is sent. However often that is, `id` stays the same, and a receiver drops doubles by it.

    `facts` tell a program what the text tells a person. Attachments go by e-mail only.
    """

    id: str
    title: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why a message could not be sent; `refused` where that is about the address, and others may be reached."""

    text: str
    refused: bool


@dataclass(frozen=True)
class Notifier:
    """The servers that messages go through; the secrets in them never show.

    `mail_url` is apprise's `mailto://` or `mailtos://` with the server and `from`.
    """

    mail_url: str = field(default="", repr=False)
    telegram_token: str = field(default="", repr=False)
    telegram_url: str = "https://api.telegram.org"
    domain: str = "localhost"
    """Where message ids are ours."""

    def send(self, kind: str, address: str, message: Message) -> Failure | None:
        """None where the server has taken it."""
        try:
            failure: Failure | None = _services().send(self, kind, address, message)
        except Exception as error:  # whatever it is, one channel must not stop the others
            failure = Failure(f"{type(error).__name__}: {error}", refused=False)
        return failure and replace(failure, text=self._masked(failure.text))

    def _masked(self, text: str) -> str:
        for secret in (self.telegram_token, urlsplit(self.mail_url).password):
            text = text.replace(secret, "***") if secret else text
        return text

    @staticmethod
    def refusal(kind: str, address: str) -> str | None:
        """Why an address can't be one of the kind; None where it can."""
        found: str | None = _services().refusal(kind, address)
        return found


def _services() -> Any:
    """Takes long to load, and most processes never send. apprise asks for a module that Python is giving up."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        from connectors import notify_services
    return notify_services
