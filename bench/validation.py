"""Intake's reading of 1,000,000 lines, against the streaming XSD pass alone; good packets, bad ones, and memory."""

import time
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import hubs
from bench.figures import Figure, Floor, Plan, compared
from bench.memory import MEGABYTE, forget_peak, peak, resident
from bench.serving import child
from bench.shipments import packet, shipments, zipped
from connectors import formats
from connectors.client import ExchangeClient
from connectors.xml_parsers import validating_parser
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Survey
from gateway.soap.endpoint import PATH

LINES = 1_000_000
ERRORS = 10_000
YEAR = 2020
_FEED, _ZONE, _LIMIT, _CHUNK = FEEDS["shipments"], ZoneInfo("Europe/Moscow"), 1 << 30, 1 << 20
_SPOILED = (
    (b' price="', b' price="1,'),
    (b' vatRate="20"', b' vatRate="120"'),
    (b' unit="', b' units="'),
    (b' product="', b' product=" " article="'),
)
"""A comma for a point, a rate beyond all rates, a field that is none, a required one that is empty."""


def run(plan: Plan) -> list[Figure]:
    lines = plan.size(LINES)
    good = packet("packet-1", YEAR, shipments(lines, YEAR))
    good_zip, bad_zip = zipped(good), zipped(spoiled(good, max(1, lines * ERRORS // LINES)))
    file = plan.folder / "packet.zip"
    file.write_bytes(good_zip)
    intake = compared(lambda _: _surveyed(good_zip), lambda _: _validated(good), plan.pairs)
    errors = compared(lambda _: _surveyed(bad_zip, ERRORS * lines // LINES), lambda _: _surveyed(good_zip), plan.pairs)
    return [
        Figure("intake ÷ streaming XSD pass", intake.ratio, "×", Floor("≤", 2.5)),
        Figure("intake", intake.ours, "s"),
        Figure("streaming XSD pass", intake.theirs, "s"),
        Figure("packet with 10,000 errors ÷ good packet", errors.ratio, "×", Floor("≤", 3)),
        Figure("packet with 10,000 errors", errors.ours, "s"),
        Figure("peak memory of intake", peak("bench.validation:survey_file", str(file)), "MB", Floor("≤", 150)),
        Figure("peak memory of the gateway, transfer in parts", _gateway_peak(plan, good_zip), "MB", Floor("≤", 150)),
    ]


def spoiled(content: bytes, errors: int) -> bytes:
    """The packet with that many lines spoiled, evenly spread."""
    head, *lines = content.split(b"<line ")
    step = len(lines) // errors
    for number in range(errors):
        right, wrong = _SPOILED[number % len(_SPOILED)]
        lines[number * step] = lines[number * step].replace(right, wrong, 1)
    return b"<line ".join([head, *lines])


def survey_file(file: str) -> None:
    """What a child does whose memory is measured."""
    _survey(Path(file).read_bytes())


def _survey(content: bytes) -> Survey:
    return formats.survey(_FEED, content, _LIMIT, _ZONE)


def _surveyed(content: bytes, errors: int = 0) -> float:
    began = time.perf_counter()
    found = _survey(content)
    took = time.perf_counter() - began
    if len(found.problems) < errors or (found.problems and not errors):
        raise RuntimeError(f"{len(found.problems)} problems instead of {errors}: {found.problems[:3]}")
    return took


def _validated(content: bytes) -> float:
    """The pass that nobody can do without, on bytes that are unpacked already."""
    parser = validating_parser(_FEED.name)
    began = time.perf_counter()
    for start in range(0, len(content), _CHUNK):
        parser.feed(content[start : start + _CHUNK])
    parser.close()
    took = time.perf_counter() - began
    if len(parser.feed_error_log):
        raise RuntimeError(str(parser.feed_error_log))
    return took


def _gateway_peak(plan: Plan, content: bytes) -> float:
    """Megabytes above what a gateway has after a small packet, while a large one comes in parts and is taken in."""
    folder = plan.folder / "hub"
    settings = {"OBMEN_DATABASE": f"sqlite:///{folder}"}
    with hubs.hub_in(folder), child("bench.gateway_alone", log=plan.folder / "gateway.log", **settings) as gateway:
        client = ExchangeClient(gateway.address + PATH, hubs.login(), hubs.PASSWORD)
        small = zipped(packet("small", YEAR, shipments(100, YEAR)))
        _sent(client, "small", small)
        forget_peak(gateway.pid)
        before, _ = resident(gateway.pid)
        _sent(client, "packet-1", content)
        return (resident(gateway.pid)[1] - before) / MEGABYTE


def _sent(client: ExchangeClient, packet_id: str, content: bytes) -> None:
    answer = client.send(_FEED.name, packet_id, content)
    if answer.status != "accepted":
        raise RuntimeError(f"{packet_id}: {answer.problems[:3]}")
