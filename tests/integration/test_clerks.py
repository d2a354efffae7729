"""Clerks answer as the gateway would, one that dies is followed by another, and none outlives its gateway."""

import asyncio
import os
import signal
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from gateway.domain.errors import Busy, Malformed
from gateway.domain.party import Sender
from gateway.metrics import Submitted
from gateway.soap.clerks import Clerks
from gateway.soap.desk import Answer
from gateway.soap.note import Note
from tests.acceptance.commands import PATIENCE, clerks_of, is_alive
from tests.clocks import running
from tests.hubs import add_site, hub_in, settings_for
from tests.packets import long_ago, shipments
from tests.security.posting import envelope

XML = "text/xml; charset=utf-8"
NUMBER = 2


@asynccontextmanager
async def called_in(folder: Path, counted: list[Submitted]) -> AsyncIterator[Clerks]:
    clerks = Clerks(settings_for(folder, clerks=NUMBER, threads=NUMBER), counted.append)
    clerks.call_in()
    try:
        await until_here(clerks)
        yield clerks
    finally:
        await clerks.close()


async def until_here(clerks: Clerks) -> None:
    async with asyncio.timeout(PATIENCE):
        while clerks.here < NUMBER:
            await asyncio.sleep(0.05)


def noted() -> Note:
    return Note(running(), "127.0.0.1")


def prepared(folder: Path) -> Sender:
    with hub_in(folder) as hub:
        return add_site(hub)


async def sent(clerks: Clerks, sender: Sender, packet_id: str, note: Note) -> Answer | None:
    content = b64encode(long_ago(shipments(packet_id))).decode()
    named = f"<feed>shipments</feed><packetId>{packet_id}</packetId><content>{content}</content>"
    return await clerks.answer(envelope("SendPacket", named), XML, sender, note)


def test_a_clerk_answers_and_tells_the_gateway_what_to_note_and_to_count(tmp_path: Path) -> None:
    async def run() -> None:
        counted: list[Submitted] = []
        sender, note = prepared(tmp_path), noted()
        async with called_in(tmp_path, counted) as clerks:
            first = await sent(clerks, sender, "p-1", note)
            assert first
            assert (first[0], b">accepted<" in first[2]) == (200, True)
            assert (note.operation, note.outcome, note.packet_id) == ("SendPacket", "accepted", "p-1")
            assert [(each.feed, each.status, each.rows) for each in counted] == [("shipments", "accepted", 1)]
            assert await sent(clerks, sender, "p-1", noted()) == first
            refused = await clerks.answer(b"<nonsense/>", XML, sender, note)
            assert refused
            assert (refused[0], note.outcome) == (500, Malformed.code)
            unknown = await clerks.answer(envelope("GetReceipt", "<packetId>p-2</packetId>"), XML, sender, note)
            assert unknown
            assert b">unknown<" in unknown[2]

    uvloop.run(run())


def test_requests_of_a_clerk_that_dies_are_busy_and_another_takes_its_place(tmp_path: Path) -> None:
    async def run() -> None:
        sender = prepared(tmp_path)
        async with called_in(tmp_path, []) as clerks:
            processes = clerks_of(os.getpid())
            for process in processes:
                os.kill(process, signal.SIGSTOP)
            asked = [asyncio.create_task(sent(clerks, sender, f"p-{number}", noted())) for number in range(NUMBER)]
            await asyncio.sleep(0)
            for process in processes:
                os.kill(process, signal.SIGKILL)
            for each in asked:
                with pytest.raises(Busy) as told:
                    await each
                assert told.value.retry_after
            assert await clerks.answer(b"", XML, sender, noted()) is None, "the gateway works on it itself"
            await until_here(clerks)
            again = await sent(clerks, sender, "p-0", noted())
            assert again
            assert b">accepted<" in again[2]

    uvloop.run(run())


def test_a_gateway_that_stops_right_after_a_clerk_has_died_does_stop(tmp_path: Path) -> None:
    async def run() -> None:
        sender = prepared(tmp_path)
        async with called_in(tmp_path, []) as clerks:
            asked = asyncio.create_task(sent(clerks, sender, "p-1", noted()))
            await asyncio.sleep(0)
            for each in clerks_of(os.getpid()):
                os.kill(each, signal.SIGKILL)
            with pytest.raises(Busy):
                await asked
            async with asyncio.timeout(PATIENCE):
                await clerks.close()

    uvloop.run(run())


def test_clerks_go_with_the_gateway(tmp_path: Path) -> None:
    async def run() -> list[int]:
        async with called_in(tmp_path, []):
            return clerks_of(os.getpid())

    prepared(tmp_path)
    processes = uvloop.run(run())
    assert len(processes) == NUMBER
    assert [each for each in processes if is_alive(each)] == []
