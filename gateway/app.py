"""The gateway as one ASGI application: the SOAP service, REST, what monitors ask for, and the pages."""

from typing import TYPE_CHECKING, Any

from gateway.api.app import api
from gateway.soap.clerks import Clerks
from gateway.soap.endpoint import PATH, SoapEndpoint
from gateway.web.monitoring import PATHS, monitoring
from gateway.web.pages import web

if TYPE_CHECKING:
    from gateway.wiring import Hub


class Gateway:
    """Sends each request to its end."""

    def __init__(self, hub: "Hub", clerks: Clerks | None = None) -> None:
        self._soap = SoapEndpoint(hub, clerks)
        self._api = api(hub)
        self._monitoring = monitoring(hub)
        self._web = web(hub)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._end(scope["path"] if scope["type"] == "http" else "")(scope, receive, send)

    def _end(self, path: str) -> Any:
        if path.rstrip("/") == PATH:
            return self._soap
        if f"{path}/".startswith("/api/"):
            return self._api
        return self._monitoring if path in PATHS else self._web
