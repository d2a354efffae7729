"""
### Accepted packets become facts

Waits until a packet is due, then loads in lanes until none is: each packet exactly once, of one scope in the order of
their `created`, however many lanes, workers and machines take part. Then it waits again.

- Runs all the time; there is nothing to start by hand. A pause here stops the loading, not the gateway.
- A lane that dies is followed by others when its claim runs out (`OBMEN_LEASE_SECONDS`).
- A packet that can't be loaded is tried again later, then parked: see *retry_packets*. Logs name packet and problem.
"""

from airflow.sdk import dag, task

from gateway.airflow.assets import FACTS, ORDERS, PACKETS
from gateway.airflow.tasks import LANES, LONG_AGO, OURS, opened
from gateway.airflow.waiting import WaitForPacket


@dag(schedule="@continuous", start_date=LONG_AGO, max_active_runs=1, doc_md=__doc__, **OURS)
def load_packets() -> None:
    @task(inlets=[PACKETS], outlets=[FACTS, ORDERS])
    def load(lane: int) -> int:
        """Loads until nothing is due; how many packets were taken."""
        from gateway.loading import load_all
        from gateway.ordering_advancing import advance_all
        from gateway.sealing import seal_when_due

        with opened(gives_way=False) as hub:
            taken = load_all(hub)
            advance_all(hub)
            seal_when_due(hub)
        return taken

    # it ends in the triggerer: what follows a success would be run by the DAG processor, each time anew
    WaitForPacket(task_id="wait", on_success_callback=None) >> load.expand(lane=LANES)


load_packets()
