"""Two packets with something of everything, and all that the store holds after them, to compare crashed runs with."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.domain.feed import Register
from gateway.referencing import load_reference
from tests.integration import looking
from tests.integration.exchange import Site, site_in
from tests.packets import element, line, shipment, shipments

LATER = "2026-11-21T00:00:00+03:00"
MARKED = line(2, element("mark", "QUJD"), product="UNKNOWN")
FIRST = shipments("p-1", shipment("РН-1"), shipment("РН-2", line(1), MARKED), shipment("РН-3"))
SECOND = shipments("p-2", shipment("РН-2", line(1, quantity=5), MARKED, line(1)), shipment("РН-4"), created=LATER)


def everything(volga: Site) -> dict[str, object]:
    """All that the store holds but for the moments."""
    return {
        **looking.journal(volga.hub),
        "facts": looking.contents(volga.hub, "shipments", [volga.sender.site]),
        "extensions": looking.extensions(volga.hub),
        "quarantine": looking.quarantined(volga.hub),
        "loads": looking.loads(volga.hub),
        "orphans": looking.orphans(volga.hub),
    }


def reference(volga: Site, *codes: str) -> None:
    load_reference(volga.hub, Register.PRODUCT, [{"code": code, "name": code} for code in codes])


@cache
def undisturbed() -> dict[str, object]:
    with TemporaryDirectory() as folder, site_in(Path(folder)) as volga:
        reference(volga, "000123")
        volga.load(FIRST, SECOND)
        return everything(volga)
