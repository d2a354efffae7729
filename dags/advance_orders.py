"""
### Orders go on, every minute

Translates orders that came, matches what packets said of them, ends leases that ran out, tells the other side,
by e-mail where that is agreed.
*load_packets* does so too, after each load.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gateway.airflow.assets import FACTS, ORDERS
from gateway.airflow.tasks import OURS, opened


@dag(schedule=CronTriggerTimetable("* * * * *", timezone="UTC"), max_active_runs=1, doc_md=__doc__, **OURS)
def advance_orders() -> None:
    @task(inlets=[FACTS], outlets=[ORDERS])
    def advance() -> None:
        from gateway.ordering_advancing import advance_all
        from gateway.ordering_mailing import mail_next

        with opened() as hub:
            advance_all(hub)
            mail_next(hub)

    advance()


advance_orders()
