"""What machines ask of a gateway: `/healthz`, `/readyz`, and `/metrics` for those who may."""

from hmac import compare_digest
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, to_thread
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.callers import client_address
from gateway.config import Settings
from gateway.domain.party import is_within
from gateway.monitoring import readiness

if TYPE_CHECKING:
    from gateway.wiring import Hub

PATHS = ("/healthz", "/readyz", "/metrics")
AT_ONCE = 2
"""Looks at the store on monitors' behalf have threads of their own: while it hangs, they keep no page waiting."""
RELAYED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
NEVER_KEPT = {"Cache-Control": "no-store"}


def monitoring(hub: "Hub") -> Starlette:
    """Beside the pages, which want a browser and a person."""
    looks = CapacityLimiter(AT_ONCE)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=NEVER_KEPT)

    async def readyz(_: Request) -> Response:
        found = await to_thread.run_sync(readiness, hub, limiter=looks)
        words = {name: "ok" if holds else "failing" for name, holds in found.items()}
        return JSONResponse(words, 200 if all(found.values()) else 503, NEVER_KEPT)

    async def metrics(request: Request) -> Response:
        if not may_read(request, hub.settings):
            return PlainTextResponse("see OBMEN_METRICS_FROM and OBMEN_METRICS_TOKEN\n", 403, NEVER_KEPT)
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        content = await to_thread.run_sync(encode, hub.metrics.registry, limiter=looks)
        return Response(content, headers={**NEVER_KEPT, "Content-Type": content_type})

    ends = zip(PATHS, (healthz, readyz, metrics), strict=True)
    return Starlette(routes=[Route(path, end) for path, end in ends])


def may_read(request: Request, settings: Settings) -> bool:
    """Whoever shows the token, or calls from where it takes none.

    A proxy beside the gateway would lend every stranger its own address: what was relayed counts as from where it came
    only if the proxy is trusted to tell.
    """
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if settings.metrics_token and scheme.lower() == "bearer":
        return compare_digest(shown.strip().encode(), settings.metrics_token.encode())
    peer = request.client.host if request.client else ""
    told = "x-forwarded-for" in request.headers and is_within(peer, settings.trusted_networks)
    if not told and any(name in request.headers for name in RELAYED):
        return False
    return is_within(client_address(request.scope, settings.trusted_networks), settings.metrics_networks)
