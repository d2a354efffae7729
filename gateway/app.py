"""The gateway as one ASGI application: the SOAP service and the pages."""

from typing import TYPE_CHECKING, Any

from gateway.soap.endpoint import PATH, SoapEndpoint
from gateway.web.pages import web

if TYPE_CHECKING:
    from gateway.wiring import Hub


class Gateway:
    """Sends each request to its end."""

    def __init__(self, hub: "Hub") -> None:
        self._soap = SoapEndpoint(hub)
        self._web = web(hub)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_soap = scope["type"] == "http" and scope["path"].rstrip("/") == PATH
        await (self._soap if is_soap else self._web)(scope, receive, send)
