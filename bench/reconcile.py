"""A night's reconciliation: 340 distributors, each with a day's shipments and the stock in the evening. No floor."""

from datetime import UTC, date, datetime, timedelta

from bench import hubs
from bench.figures import Figure, Plan, seconds
from gateway.demo_world import Distributor, Packet, World, products
from gateway.domain.feed import Register
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.reconciling import reconcile_all
from gateway.referencing import load_reference
from gateway.wiring import Hub

PARTIES, DOCUMENTS = 340, 60
FIRST_DAY, NIGHTS = date(2026, 3, 2), 3
"""The first night has nothing to compare with; the last one counts."""


def run(plan: Plan) -> list[Figure]:
    folder = plan.folder / "hub"
    folder.mkdir()
    with hubs.opened(folder) as hub:
        who = [_added(hub, number) for number in range(min(PARTIES, plan.size(PARTIES)))]
        load_reference(hub, Register.PRODUCT, [{**each, "unit": "шт"} for each in products()])
        world = World()
        for night in range(NIGHTS):
            rows = sum(_sent(hub, each, packet) for each in who for packet in _packets(world, each, night))
            load_all(hub)
            took = seconds(lambda: reconcile_all(hub))
    name = f"a night of {len(who)} distributors"
    return [
        Figure(f"{name} reconciled", took, "s"),
        Figure(f"{name}: rows of the night", rows / took, "1/s"),
        Figure("one distributor", took / len(who) * 1000, "ms"),
    ]


def _added(hub: Hub, number: int) -> Distributor:
    who = Distributor(f"D{number}", f"ООО «{number}»", f"{7_700_000_000 + number}", f"d-{number}")
    with hub.exchange.writing() as connection:
        hub.parties.add_party(connection, who.code, who.name, "ru")
        hub.parties.add_site(connection, who.code, "main", who.login, "no hash", "Europe/Moscow", (who.inn,))
    return who


def _packets(world: World, who: Distributor, night: int) -> tuple[Packet, Packet]:
    day = FIRST_DAY + timedelta(days=night)
    created = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    return world.shipments(who, day, created, DOCUMENTS), world.stock(who, day, created)


def _sent(hub: Hub, who: Distributor, packet: Packet) -> int:
    with hub.exchange.reading() as connection:
        login = hub.parties.find_login(connection, who.login)
    answer = submit(hub, login.sender, Submission(packet.feed, packet.id, packet.xml, historic=True))
    if answer.status != "accepted":
        raise RuntimeError(f"{packet.id}: {answer.problems[:3]}")
    return answer.rows
