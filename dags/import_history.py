"""
### A site's history is taken in

Started by hand. Files and folders must be there for every worker: packets (`.xml`, `.gz`, `.zip`) or tables (`.csv`,
`.xlsx`, whose feed must be named). Files are taken in beside each other; again, it goes on where it stopped. What is
refused stands in the log of its task with every problem, and the task fails. *load_packets* loads what was accepted.
"""

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowFailException

from gateway.airflow.assets import PACKETS
from gateway.airflow.forms import FEED, MAY_BE_EMPTY, feed_of
from gateway.airflow.tasks import OURS, opened

FORM = {
    "login": Param(type="string", minLength=1, title="Login", description="Of the site whose history it is."),
    "paths": Param(type="array", minItems=1, title="Files and folders", description="One a line, as workers see them."),
    "feed": FEED,
    "organization": Param(None, type=MAY_BE_EMPTY, title="Organisation", description="INN that tables are of."),
}


@dag(schedule=None, params=FORM, doc_md=__doc__, **OURS)
def import_history() -> None:
    @task
    def files(params: dict[str, list[str]]) -> list[list[str]]:
        from pathlib import Path

        from gateway.importing import batches

        return batches(map(Path, params["paths"]))

    @task(outlets=[PACKETS])
    def take_in(batch: list[str], params: dict[str, str]) -> int:
        """How many packets were accepted; those that are here already are no others."""
        from gateway.domain.errors import Incomplete
        from gateway.importing import import_batch

        with opened() as hub:
            try:
                return import_batch(hub, params["login"], batch, feed_of(params), params["organization"] or "")
            except Incomplete as error:
                raise AirflowFailException(str(error)) from error

    take_in.expand(batch=files())


import_history()
