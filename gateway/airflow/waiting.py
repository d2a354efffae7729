"""Waits in Airflow's triggerer until a packet is due: no worker's place is taken, and none is started before."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.triggers.base import BaseTrigger, StartTriggerArgs, TaskSuccessEvent, TriggerEvent

from gateway.airflow.tasks import SETTINGS, open_ours
from gateway.domain.errors import Busy

if TYPE_CHECKING:
    from gateway.wiring import Hub


class PacketDue(BaseTrigger):
    """Fires once there is a packet that a lane may claim. The store is asked in a thread: no other trigger waits."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{__name__}.{type(self).__name__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        hub = await asyncio.to_thread(open_ours)
        try:
            while not await asyncio.to_thread(_is_due, hub):
                await asyncio.sleep(SETTINGS.poll_seconds)
        finally:
            hub.close()
        yield TaskSuccessEvent()


class WaitForPacket(BaseOperator):
    """Goes to the triggerer at once and ends there; only `dag.test()` begins it in a worker."""

    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(trigger_cls=f"{__name__}.PacketDue", next_method="seen")

    def execute(self, context: Context) -> None:
        self.defer(trigger=PacketDue(), method_name="seen")

    def seen(self, context: Context, event: object = None) -> None:
        """Nothing is left to do."""


def _is_due(hub: "Hub") -> bool:
    from gateway.loading import is_due

    try:
        return is_due(hub)
    except Busy as error:
        hub.log.warning("store away", error=str(error))
        return False
