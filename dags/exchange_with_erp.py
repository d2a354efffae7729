"""
### Orders and reference go between the hub and the ERP, every five minutes

Reads what the ERP has changed, tells it purchase orders and statuses. One run at a time, wherever it runs; what could
not be exchanged is the next time. Without `OBMEN_ERP_URL` it does nothing: the ERP calls the hub then.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gateway.airflow.assets import FACTS, ORDERS
from gateway.airflow.tasks import OURS, SETTINGS, opened


@dag(schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"), max_active_runs=1, doc_md=__doc__, **OURS)
def exchange_with_erp() -> None:
    @task(inlets=[FACTS], outlets=[ORDERS])
    def exchange() -> None:
        from gateway.exchanging_erp import exchange_with_erp

        if SETTINGS.erp_url:
            with opened() as hub:
                exchange_with_erp(hub)

    exchange()


exchange_with_erp()
