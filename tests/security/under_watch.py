"""A real gateway as a child process under watch: `python -m tests.security.under_watch FOLDER`.

It prints its address; after a line on its standard input it writes down, in FOLDER/touched, whatever Python code opens,
connects to or starts. What C code opens is caught by the canaries of the tests instead.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Any

from gateway.config import Settings
from gateway.log import configure
from tests.hubs import add_site, hub_in, serving, settings_for

GIGABYTE = 1 << 30
ADDRESS_SPACE = 12 * GIGABYTE  # a last resort for the machine's sake: the tests measure what was really used
CPU_SECONDS = 900
PACKET_BYTES = 64 << 20
WATCHED = (
    *("open", "os.listdir", "os.remove", "os.rename", "os.scandir", "ctypes.dlopen"),
    *("os.exec", "os.fork", "os.posix_spawn", "os.system", "subprocess.Popen"),
    *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"),
)
OUR_OWN = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]))
"""Code that is loaded late is no secret."""


class Watch:
    def __init__(self, report: Path) -> None:
        self._report = os.open(report, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self.armed = False
        sys.addaudithook(self._notice)

    def _notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.armed and event in WATCHED and not str(arguments[0] if arguments else "").startswith(OUR_OWN):
            os.write(self._report, f"{event} {arguments!r}\n".encode(errors="replace"))


def settings_in(folder: Path) -> Settings:
    return settings_for(folder / "store", packet_bytes=PACKET_BYTES, log="json")


def main() -> None:
    folder = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    watch = Watch(folder / "touched")
    configure(settings_in(folder))
    with hub_in(folder / "store", packet_bytes=PACKET_BYTES, log="json") as hub:
        add_site(hub)
        with serving(hub) as address:
            print(address, flush=True)
            for _ in sys.stdin:
                watch.armed = True
                print("armed", flush=True)


if __name__ == "__main__":
    main()
