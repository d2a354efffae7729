"""
### Analytics tables are filled anew, every night

*reconcile* fills them for what changed. This takes the last eight weeks of everybody, so that what came late (plans,
the manufacturer's own sales, the reference) is in them too. Start it by hand with a party or days for other spans.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gateway.airflow.assets import ANALYTICS, FACTS, RECONCILIATION
from gateway.airflow.forms import PERIOD, wished
from gateway.airflow.tasks import LANES, OURS, opened


@dag(
    schedule=CronTriggerTimetable("0 1 * * *", timezone="UTC"),
    max_active_runs=1,
    params=PERIOD,
    doc_md=__doc__,
    **OURS,
)
def refresh_analytics() -> None:
    @task
    def ask(params: dict[str, str]) -> None:
        from gateway.reconciling import ask_again, ask_for_recent

        with opened() as hub:
            wish = wished(hub, params)
            if wish.first:
                ask_again(hub, wish.parties, wish.first, wish.last)
            else:
                ask_for_recent(hub, wish.parties)

    @task(inlets=[FACTS], outlets=[ANALYTICS, RECONCILIATION])
    def refresh(lane: int, params: dict[str, str]) -> int:
        """Lanes take party after party until none is left; how many this one took."""
        from gateway.reconciling import reconcile_rest

        with opened() as hub:
            return reconcile_rest(hub, gives_way=not wished(hub, params).given)

    ask() >> refresh.expand(lane=LANES)


refresh_analytics()
