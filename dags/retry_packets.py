"""
### Parked packets are loaded again

Packets that failed as often as `OBMEN_TRIES` wait for a person. Once what stopped them is mended, start this: of one
distributor, one feed, or a period in which they came; empty means any. *load_packets* takes them from there.
"""

from airflow.sdk import dag, task

from gateway.airflow.assets import PACKETS
from gateway.airflow.forms import FEED, PERIOD, wished
from gateway.airflow.tasks import OURS, opened


@dag(schedule=None, params={**PERIOD, "feed": FEED}, doc_md=__doc__, **OURS)
def retry_packets() -> None:
    @task(inlets=[PACKETS], outlets=[PACKETS])
    def retry_parked(params: dict[str, str]) -> int:
        """How many are due again."""
        from gateway.releasing import retry_all

        with opened() as hub:
            wish = wished(hub, params)
            return retry_all(hub, wish.parties, wish.feed, wish.first, wish.last)

    retry_parked()


retry_packets()
