"""Peak memory of one piece of work, in a fresh child, so that nothing before it counts.

The kernel's mark of this address space is read, not `getrusage`: that one is inherited from whoever started the child.
Runs in a child: `python -m bench.memory MODULE:FUNCTION ARGUMENT…`.
"""

import os
import subprocess
import sys
from importlib import import_module

from bench.serving import ROOT

MEGABYTE = 1 << 20


def peak(work: str, *arguments: str) -> float:
    """Megabytes that `module:function` takes at most above what its process had after its imports."""
    command = [sys.executable, "-m", "bench.memory", work, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OBMEN_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def resident(pid: int | str = "self") -> tuple[int, int]:
    """Bytes now and at most, since the last `forget_peak`."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["VmRSS"].split()[0]) * 1024, int(lines["VmHWM"].split()[0]) * 1024


def forget_peak(pid: int | str = "self") -> None:
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def main(work: str, *arguments: str) -> None:
    module, _, function = work.partition(":")
    called = getattr(import_module(module), function)
    forget_peak()
    before, _ = resident()
    called(*arguments)
    print((resident()[1] - before) / MEGABYTE)


if __name__ == "__main__":
    main(*sys.argv[1:])
