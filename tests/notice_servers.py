"""Real servers that notices go to: one for mail, one for HTTP. What comes is kept; what they answer a test sets."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE = 60
"""Seconds; guards against a hang and measures nothing."""


class Mailbox:
    """Mail by mail as it came; addresses in `refused` are answered with 550."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refused: set[str] = set()
        self.on_mail: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=hub@obmen.example&mode=insecure"

    @property
    def titles(self) -> list[tuple[str, str]]:
        return [(to.partition("@")[0], str(mail["Subject"])) for to, mail in self.mails]

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: Any) -> str:
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails += [(to, mail) for to in envelope.rcpt_tos]
        self.on_mail()
        return "250 OK"


class _Listening(Controller):
    """Its port is its own from the beginning: nobody else gets it in between."""

    def __init__(self, box: Mailbox) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        super().__init__(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    box = Mailbox()
    controller = _Listening(box)
    box.port = controller.port
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class Requests:
    """Requests as they came: path, headers and JSON; `status` is the answer."""

    def __init__(self) -> None:
        self.port = 0
        self.status = 200
        self.taken: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web_server() -> Iterator[Requests]:
    requests = Requests()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.taken.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(requests.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    requests.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
