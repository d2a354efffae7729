"""`obmen airflow`: the gateway, and on the same machine an Airflow in place of the embedded worker."""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from connectors.shipped import DAGS
from gateway.airflow.standing import PERSON, standing
from gateway.config import load_settings

SEND_SECONDS = 5


def airflow(
    demo: Annotated[bool, typer.Option("--demo", help="With a store and senders of its own, gone at the end.")] = False,
    home: Annotated[Path, typer.Option(help="Where Airflow keeps its own tables and logs.")] = Path("airflow"),
    port: Annotated[int, typer.Option(help="Of Airflow's page; 0 for a free one.")] = 8081,
    dags: Annotated[bool, typer.Option("--dags", help="Only print where the DAGs are.")] = False,
) -> None:
    """Run gateway and pages, with Airflow in place of the worker, until SIGTERM."""
    if dags:
        typer.echo(DAGS)
        return
    from gateway.demo import gateway_at_work
    from gateway.demo import running as demo_at_work

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    settings = load_settings()
    with ExitStack() as stack:
        world = stack.enter_context(demo_at_work(lanes=0)) if demo else None
        if world:
            settings = settings.model_copy(update={"database": world.settings.database})
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="obmen-airflow-")))
        else:
            address = stack.enter_context(gateway_at_work(settings.model_copy(update={"lanes": 0})))
            typer.echo(f"Obmen is up: {address}/")
        typer.echo("Airflow starts; that takes half a minute …")
        running = stack.enter_context(standing(home, DAGS, settings, port))
        typer.echo(f"Airflow is up: {running.address}/ — log in as {PERSON} with password {running.password}")
        if world:
            typer.echo(world.told(world.first_day()))
        while True:
            time.sleep(SEND_SECONDS)
            if world:
                world.another_packet()
