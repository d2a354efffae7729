"""Our gateway without its embedded worker, in a child: the benchmark itself decides when packets are loaded.

Runs in a child: `python -m bench.gateway_alone`, with OBMEN_DATABASE set.
"""

from bench.serving import serve
from gateway.app import Gateway
from gateway.config import load_settings
from gateway.log import configure
from gateway.wiring import open_hub


def main() -> None:
    settings = load_settings()
    configure(settings)
    hub = open_hub(settings)
    try:
        serve(Gateway(hub))
    finally:
        hub.close()


if __name__ == "__main__":
    main()
