"""
### Notices go out, every minute

Incidents follow findings and time, then what waits in the outbox is sent by e-mail, messenger or webhook: each at least
once, under an id by which its receiver drops doubles. A server that is away is an incident of its own.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gateway.airflow.assets import INCIDENTS, NOTICES, RECONCILIATION
from gateway.airflow.tasks import OURS, opened


@dag(schedule=CronTriggerTimetable("* * * * *", timezone="UTC"), max_active_runs=1, doc_md=__doc__, **OURS)
def send_notices() -> None:
    @task(inlets=[INCIDENTS, RECONCILIATION], outlets=[INCIDENTS, NOTICES])
    def send_all() -> int:
        """How many messages went."""
        from gateway.notifying import send_due

        with opened() as hub:
            return send_due(hub)

    send_all()


send_notices()
