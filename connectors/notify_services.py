"""The services behind `connectors.notify`, through apprise.

A double is known: in e-mail by its Message-ID, at a webhook by the header `Idempotency-Key`. Telegram and others have
no such thing; there a double is the same text once more, with the number of its incident.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.message import Message as EmailHeaders
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from apprise import Apprise, NotifyFormat
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController
from apprise.plugins.telegram import NotifyTelegram

from connectors.notify import Failure

if TYPE_CHECKING:
    from connectors.notify import Attachment, Message, Notifier

_OF_CONTENT = ("content-type", "content-transfer-encoding", "mime-version")
TIMES = {"cto": "10", "rto": "20"}
"""Seconds that a server has to be reached, and to answer."""


class Mail(NotifyEmail):
    """E-mail under a Message-ID of ours: apprise gives each try one of its own."""

    message_id = ""
    attachments: "tuple[Attachment, ...]" = ()

    def send(self, body: str, title: str = "", body_format: Any = None, **_: Any) -> bool:
        """Raises what smtplib raises, which says more than apprise's own answer."""
        headers = {"Auto-Submitted": "auto-generated", "X-Application": "Obmen"}
        prepared = NotifyEmail.prepare_emails(
            subject=title,
            body=body,
            notify_format=NotifyFormat.TEXT,
            from_addr=self.from_addr,
            to=self.targets,
            smtp_host=self.smtp_host,
            headers=headers,
            tzinfo=self.tzinfo,
        )
        with AppriseSMTPController(
            host=self.smtp_host,
            port=self.port,
            secure_mode=self.secure_mode,
            user=self.user,
            password=self.password,
            verify_certificate=self.verify_certificate,
            socket_connect_timeout=self.socket_connect_timeout,
        ) as server:
            (mail,) = prepared
            return bool(server.sendmail(self.from_addr[1], mail.to_addrs, self._ours(mail.body)))

    def _ours(self, text: str) -> str:
        found = message_from_string(text)
        del found["Message-ID"]
        if self.attachments:
            found = self._with_files(found)
        found["Message-ID"] = self.message_id
        return found.as_string()

    def _with_files(self, letter: EmailHeaders) -> EmailHeaders:
        """The letter's own headers, and its text as the first part."""
        found = MIMEMultipart()
        for name, value in letter.items():
            if name.lower() not in _OF_CONTENT:
                found[name] = value
        text = letter.get_payload(decode=True)
        assert isinstance(text, bytes)
        found.attach(MIMEText(text.decode(letter.get_content_charset("utf-8")), "plain", "utf-8"))
        for each in self.attachments:
            part = MIMEApplication(each.content, each.kind.partition("/")[2])
            part.add_header("Content-Disposition", "attachment", filename=each.name)
            found.attach(part)
        return found


def send(of: "Notifier", kind: str, address: str, message: "Message") -> Failure | None:
    service = _service(of, kind, address, message)
    with _said() as said:
        if service.notify(title=message.title, body=message.text, body_format=NotifyFormat.TEXT):
            return None
    text = " ".join(said) or "it was not taken"
    return Failure(text, refused=kind != "telegram" or "connection error" not in text)


def refusal(kind: str, address: str) -> str | None:
    if kind == "email" and not _is_mail_address(address):
        return "is no e-mail address"
    if kind == "telegram" and not (address.lstrip("-").isdigit() or address.startswith("@")):
        return "is no Telegram chat: its number, or @name of a channel"
    if kind == "webhook" and not (urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname):
        return "is no web address"
    if kind == "other" and Apprise.instantiate(address, suppress_exceptions=True) is None:
        return "is no address that apprise knows"
    return None


def _is_mail_address(text: str) -> bool:
    name, at, domain = text.rpartition("@")
    return bool(name and at and domain) and text.isprintable() and not set(text) & set(' ,;<>"')


def _service(of: "Notifier", kind: str, address: str, message: "Message") -> Any:
    return {"email": _mail, "telegram": _telegram, "webhook": _webhook, "other": _other}[kind](of, address, message)


def _mail(of: "Notifier", address: str, message: "Message") -> Mail:
    if not of.mail_url:
        raise ValueError("no mail server is set: OBMEN_MAIL_URL")
    service = Mail(**NotifyEmail.parse_url(of.mail_url) | {"targets": [address], **TIMES})
    service.message_id, service.attachments = f"<{message.id}@{of.domain}>", message.attachments
    return service


def _telegram(of: "Notifier", address: str, _: "Message") -> NotifyTelegram:
    if not of.telegram_token:
        raise ValueError("no Telegram bot is set: OBMEN_TELEGRAM_TOKEN")
    service = NotifyTelegram(of.telegram_token, [address], overflow="split", **TIMES)
    service.notify_url = f"{of.telegram_url}/bot"
    return service


def _webhook(_: "Notifier", address: str, message: "Message") -> NotifyJSON:
    parts = urlsplit(address)
    user, password = (unquote(each) if each else None for each in (parts.username, parts.password))
    return NotifyJSON(
        host=parts.hostname,
        port=parts.port,
        fullpath=parts.path,
        secure=parts.scheme == "https",
        user=user,
        password=password,
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={"Idempotency-Key": message.id},
        payload={"id": message.id, **message.facts},
        **TIMES,
    )


def _other(_: "Notifier", address: str, __: "Message") -> Any:
    service = Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        raise ValueError("apprise does not know the address")
    return service


@contextmanager
def _said() -> Iterator[list[str]]:
    """What apprise says of a failure, which it tells its log only."""
    lines: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("apprise")
    log.addHandler(listener)
    try:
        yield lines
    finally:
        log.removeHandler(listener)
