"""
### What is no longer needed goes, every night

Contents of packets older than `OBMEN_PAYLOAD_DAYS`, of rejected ones after 30 days, and transfers that nobody finished
within a week. Ids, receipts and problems stay for ever. Then the audit journal's chain is walked from end to end: the
run fails where a row was removed or altered.
"""

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowFailException

from gateway.airflow.assets import PACKETS
from gateway.airflow.tasks import OURS, opened


@dag(schedule=CronTriggerTimetable("30 2 * * *", timezone="UTC"), max_active_runs=1, doc_md=__doc__, **OURS)
def prune() -> None:
    @task(inlets=[PACKETS])
    def prune_all() -> None:
        from gateway.pruning import prune

        with opened() as hub:
            if breach := prune(hub).audit.breach:
                raise AirflowFailException(f"the audit journal was touched: {breach}")

    prune_all()


prune()
