"""Parsers that several threads make at once; in processes of their own, since only the first of each counts."""

import subprocess
import sys
import textwrap

STARTS = 20
"""Without the lock one start in five fails."""
_ALL_AT_ONCE = textwrap.dedent(
    """
    from sys import setswitchinterval
    from threading import Barrier, Thread
    from connectors.xml_parsers import packet_schema
    from gateway.domain.feeds import FEEDS

    def compiles(feed):
        together.wait()
        packet_schema(feed)
        compiled.append(feed)

    setswitchinterval(1e-5)
    compiled, together = [], Barrier(2 * len(FEEDS))
    threads = [Thread(target=compiles, args=(feed,)) for feed in 2 * list(FEEDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compiled) == len(threads)
    """
)


def test_the_first_packets_of_a_process_may_come_all_at_once() -> None:
    for _ in range(STARTS):
        done = subprocess.run([sys.executable, "-c", _ALL_AT_ONCE], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
