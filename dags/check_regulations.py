"""
### Every feed is held against its regulation, every minute

What was due and did not come, came late or came bad opens an incident, and one that is over closes it. What is due is
polled by its instant: a run that was missed changes nothing but the hour at which it is noticed.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gateway.airflow.assets import FACTS, INCIDENTS
from gateway.airflow.tasks import OURS, opened


@dag(schedule=CronTriggerTimetable("* * * * *", timezone="UTC"), max_active_runs=1, doc_md=__doc__, **OURS)
def check_regulations() -> None:
    @task(inlets=[FACTS], outlets=[INCIDENTS])
    def check_all() -> None:
        from gateway.regulating import check

        with opened() as hub:
            check(hub)

    check_all()


check_regulations()
