"""
### What was sent is added up

Reconciles every party whose facts changed, and fills the analytics tables beside it: after each load, and every ten
minutes whatever happens. While packets wait and lanes load them it gives way. Start it by hand with a party or days to
have these done again although nothing changed, and at once.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from gateway.airflow.assets import ANALYTICS, FACTS, RECONCILIATION
from gateway.airflow.forms import PERIOD, wished
from gateway.airflow.tasks import LANES, OURS, opened


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/10 * * * *", timezone="UTC"), assets=[FACTS]),
    max_active_runs=1,
    params=PERIOD,
    doc_md=__doc__,
    **OURS,
)
def reconcile() -> None:
    @task
    def catch_up(params: dict[str, str]) -> None:
        """What the form asks for is due; receipts know of what the crosswalk has changed."""
        from gateway.mapping import catch_up
        from gateway.reconciling import ask_again
        from gateway.sealing import seal_when_due

        with opened() as hub:
            wish = wished(hub, params)
            if wish.given:
                ask_again(hub, wish.parties, wish.first, wish.last)
            catch_up(hub)
            seal_when_due(hub)

    @task(inlets=[FACTS], outlets=[RECONCILIATION, ANALYTICS])
    def reconcile_parties(lane: int, params: dict[str, str]) -> int:
        """Lanes take party after party until none is left; how many this one took."""
        from gateway.reconciling import reconcile_rest

        with opened() as hub:
            return reconcile_rest(hub, gives_way=not wished(hub, params).given)

    catch_up() >> reconcile_parties.expand(lane=LANES)


reconcile()
