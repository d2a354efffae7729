"""Exchanges with the ERP's own web service now and then: a process of its own, since the ERP may take its time."""

from gateway.children import when_parent_ends
from gateway.config import load_settings
from gateway.domain.errors import Busy, Overtaken, Unreachable
from gateway.exchanging_erp import exchange_with_erp
from gateway.log import configure
from gateway.wiring import Hub, open_hub
from gateway.worker import Stop


def run(hub: Hub, stop: Stop) -> None:
    """Until told to stop; what could not be exchanged is, the next time."""
    while not stop.is_set():
        try:
            found = exchange_with_erp(hub)
            if found:
                hub.log.info("exchanged with the ERP", **vars(found))
        except (Unreachable, Busy, Overtaken) as error:
            hub.log.warning("no exchange with the ERP", error=str(error))
        stop.wait(hub.settings.erp_every_seconds)


def main() -> None:
    """Ends on SIGTERM, or when the gateway that started it is gone."""
    settings = load_settings()
    configure(settings)
    stop = Stop().on_signals()
    when_parent_ends(stop.set)
    hub = open_hub(settings, made=True)
    try:
        run(hub, stop)
    finally:
        hub.close()


if __name__ == "__main__":
    main()
