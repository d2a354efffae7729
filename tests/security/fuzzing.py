"""What a fuzzer needs: how long it runs, the gateway in this process, and what every answer must be."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, seed, settings
from lxml import etree
from structlog.testing import capture_logs

from connectors.shipped import SCHEMAS
from gateway.app import Gateway
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.hubs import add_site, hub_in
from tests.integration.exchange import Clock
from tests.security.hostile import MARK
from tests.security.raw import BASIC
from tests.security.watching import FAULTS
from tests.unit.envelopes import EXCHANGE, SOAP

EXAMPLES = int(os.environ.get("OBMEN_TEST_EXAMPLES", "0"))
"""How many mutants of each kind; 0 for the few of an ordinary run, which are always the same."""
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261121"))
PATIENCE = 60.0
"""A request that is not answered for so many seconds hangs."""
SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
Headers = list[tuple[bytes, bytes]]
AS_USUAL: Headers = [(b"content-type", b"text/xml; charset=utf-8"), (b"authorization", BASIC.encode())]


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """A property that is tried with so many examples in an ordinary run, and with new ones in a long one."""
    profile = settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )
    return (lambda test: profile(seed(SEED)(test))) if EXAMPLES else profile


@dataclass(frozen=True)
class Answer:
    """`root` is the Body's one child."""

    status: int
    root: etree._Element

    @property
    def fault(self) -> str | None:
        code = self.root.findtext("faultcode")
        return None if code is None else code.removeprefix("soap:")

    def texts(self, name: str) -> list[str]:
        return [each.text or "" for each in self.root.iter(f"{{{EXCHANGE}}}{name}")]


@dataclass(frozen=True)
class Service:
    """The gateway's application, without a network."""

    hub: Hub
    log: list[Any]
    _portal: BlockingPortal

    def post(self, content: bytes, headers: Headers = AS_USUAL) -> Answer:
        """What the gateway answers, judged: an answer of the contract, and nothing bad in the log."""
        messages: list[Any] = [{"type": "http.request", "body": content, "more_body": False}]
        said: list[Any] = []

        async def receive() -> Any:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        scope = {
            **{"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "query_string": b""},
            **{"path": PATH, "raw_path": PATH.encode(), "headers": headers, "client": ("127.0.0.1", 1)},
        }
        self._portal.start_task_soon(self._application, scope, receive, send).result(PATIENCE)
        start, body = said
        answer = self.judged(start["status"], dict(start["headers"]), body["body"])
        self.look_into_the_log()
        return answer

    def judged(self, status: int, headers: dict[bytes, bytes], body: bytes) -> Answer:
        """Fails where it is no answer of the contract."""
        assert int(headers[b"content-length"]) == len(body)
        (said,) = etree.fromstring(body).findall(f"{{{SOAP}}}Body")
        (root,) = said
        answer = Answer(status, root)
        if answer.fault is None:
            assert status == 200
            self._schema.assertValid(root)
        else:
            assert answer.fault in FAULTS
            assert status == (401 if answer.fault == "Client.Authentication" else 500)
            assert answer.fault in (root.findtext("faultstring") or "")
            assert (answer.fault == "Server.Busy") <= (b"retry-after" in headers)
        return answer

    def look_into_the_log(self) -> None:
        """Nothing failed, and no payload is there."""
        log, self.log[:] = list(self.log), []
        bad = [each for each in log if each["log_level"] == "error" or MARK in repr(each)]
        assert not bad, bad

    @cached_property
    def _application(self) -> Gateway:
        return Gateway(self.hub)

    @cached_property
    def _schema(self) -> etree.XMLSchema:
        wsdl = etree.parse(str(SCHEMAS / "exchange.wsdl"))
        (schema,) = wsdl.iter(SCHEMA)
        return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """A gateway that locks nobody out and holds nothing back for a person."""
    with (
        capture_logs() as log,
        hub_in(folder, Clock(), shrink_percent=100, login_failures=10**9, packet_bytes=1 << 24) as hub,
        start_blocking_portal() as portal,
    ):
        add_site(hub)
        yield Service(hub, log, portal)
