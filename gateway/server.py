"""`obmen up`: gateway, pages and embedded worker in one command, with a clean stop on SIGTERM."""

import os
import signal
import socket
import ssl

import uvicorn

from gateway.app import Gateway
from gateway.config import Settings
from gateway.domain.errors import Busy, Misuse
from gateway.sealing import seal
from gateway.soap.clerks import Clerks
from gateway.soap.endpoint import PATH
from gateway.soap.http import edge
from gateway.wiring import Hub, open_hub
from gateway.worker import beside

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

KEEP_ALIVE_SECONDS = 75
"""Longer than a reverse proxy keeps its connections to us, so that it is never us who close one under a request."""
OTHER_FILES = 500
"""Files that are no connections: the store's, the log, the worker's."""


class _Announcing(uvicorn.Server):
    """Says where it listens, once it does; lets the clerks go when all is answered."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address
        self.clerks: Clerks | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"Obmen is up: {self._address}/ · WSDL {self._address}{PATH}?wsdl", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self.clerks:
            await self.clerks.close()


def listening(settings: Settings) -> tuple[uvicorn.Config, socket.socket, Settings]:
    """How uvicorn serves, where it listens, and the settings with that port. Raises Misuse."""
    config = uvicorn.Config(
        app=None,  # type: ignore[arg-type]  # see `furnish`: the hub wants to know the port
        host=settings.host,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it would believe anybody on this machine; we believe OBMEN_TRUSTED_PROXIES
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=30,
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
    )
    _check_certificate(settings)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)  # uvicorn's own way logs a line
    except OSError as error:
        raise Misuse(f"can't listen at {settings.host}:{settings.port}: {error.strerror}") from error
    return config, listener, settings.model_copy(update={"port": listener.getsockname()[1]})


def furnish(config: uvicorn.Config, hub: Hub, clerks: Clerks | None = None) -> uvicorn.Config:
    """The gateway behind its HTTP edge."""
    config.app = Gateway(hub, clerks)
    config.http = edge(hub)
    return config


def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; requests under way are answered first."""
    config, listener, settings = listening(settings)
    server = _Announcing(config, settings.address)
    for number in (signal.SIGTERM, signal.SIGINT):
        # before uvicorn listens to signals, and again after: it raises them once more when it is done, and we are not
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    _allow_files(settings.connections)
    hub = open_hub(settings)
    try:
        server.clerks = Clerks(settings, hub.metrics.count) if settings.clerks and os.name == "posix" else None
        furnish(config, hub, server.clerks)
        with beside(settings):
            server.run(sockets=[listener])
    finally:
        _close(hub)
        listener.close()


def _close(hub: Hub) -> None:
    """The last rows of the audit journal are stored and sealed before the hub is away."""
    try:
        if hub.audit.flush():
            seal(hub)
    except Busy as error:
        hub.log.warning("the audit journal is sealed later", error=str(error))
    finally:
        hub.close()


def _check_certificate(settings: Settings) -> None:
    if not settings.tls_certificate:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise Misuse(f"OBMEN_TLS_CERTIFICATE and OBMEN_TLS_KEY can't be used: {error.strerror or error}") from error


def _allow_files(connections: int) -> None:
    """Each connection is an open file, and many systems allow 1,024 unless asked."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES if hard == resource.RLIM_INFINITY else min(connections + OTHER_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
