"""`obmen up`: gateway, pages and embedded worker in one command, with a clean stop on SIGTERM."""

import signal
import socket

import uvicorn

from gateway.app import Gateway
from gateway.config import Settings
from gateway.domain.errors import Misuse
from gateway.soap.endpoint import PATH
from gateway.wiring import open_hub
from gateway.worker import beside


class _Announcing(uvicorn.Server):
    """Says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"Obmen is up: {self._address}/ · WSDL {self._address}{PATH}?wsdl", flush=True)


def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; requests under way are answered first."""
    config = uvicorn.Config(
        app=None,  # type: ignore[arg-type]  # made below, once the port is known
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=30,
    )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)  # uvicorn's own way logs a line
    except OSError as error:
        raise Misuse(f"can't listen at {settings.host}:{settings.port}: {error.strerror}") from error
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises it again when it is done, and we are not yet
    hub = open_hub(settings)
    try:
        config.app = Gateway(hub)
        with beside(settings):
            _Announcing(config, settings.address).run(sockets=[listener])
    finally:
        hub.close()
        listener.close()
