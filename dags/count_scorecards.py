"""
### Distributors' scorecards are kept, every ten minutes

Counts the months in which something has changed: a delivery, a packet, an incident. Where nothing has, nothing is done.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gateway.airflow.assets import FACTS, INCIDENTS, SCORECARDS
from gateway.airflow.tasks import OURS, opened


@dag(schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC"), max_active_runs=1, doc_md=__doc__, **OURS)
def count_scorecards() -> None:
    @task(inlets=[FACTS, INCIDENTS], outlets=[SCORECARDS])
    def count_changed() -> int:
        """How many of a party and month."""
        from gateway.scoring import refresh

        with opened() as hub:
            return refresh(hub)

    count_changed()


count_scorecards()
