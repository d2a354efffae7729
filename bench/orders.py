"""A day's orders translated, against the joins alone; and a pull of 500 orders, against bare SQL and spyne."""

from collections.abc import Callable
from typing import Any

from spyne import Application, MethodContext, Service, rpc
from spyne.protocol.soap import Soap11
from spyne.server import ServerBase
from sqlalchemy import select

from bench import ordered
from bench.figures import Compared, Figure, Floor, Plan, compared, seconds
from connectors.database.order_tables import order_head, order_revision, order_translated
from gateway.ordering_pulling import Result, acknowledge, pull
from gateway.ordering_translating import AT_ONCE, WAREHOUSE, translate_next
from gateway.soap.dispatch import Dispatcher
from gateway.soap.front_door import NAMESPACE, judged
from gateway.soap.note import Note
from gateway.soap.records import PullOrdersResult
from gateway.soap.service import Call
from gateway.wiring import Hub

ORDERS, PULLED = 5_000, 500
SECONDS, JOINS = 5.0, 2.0
"""A day's lines may take so long, or so many times the joins alone."""
_ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    f'<PullOrders xmlns="{NAMESPACE}"><limit>{PULLED}</limit></PullOrders></soap:Body></soap:Envelope>'
).encode()


def run(plan: Plan) -> list[Figure]:
    with ordered.manufacturer(plan.folder / "hub") as hub:
        day, orders = _translation(hub, plan)
        pulled = _pull(hub, plan)
    allowed = min(day.ours / SECONDS, day.ratio / JOINS)
    return [
        Figure("a day's lines translated, of the time that they may take", allowed, "", Floor("≤", 1)),
        Figure(f"{orders * ordered.LINES} lines: read, translated, written, offered", day.ours, "s"),
        Figure("the joins alone", day.theirs, "s"),
        Figure(f"PullOrders of {PULLED} orders ÷ bare SQL and spyne's serialisation", pulled.ratio, "×", Floor("≤", 3)),
        Figure("PullOrders", pulled.ours * 1000, "ms"),
        Figure("bare SQL and serialisation", pulled.theirs * 1000, "ms"),
    ]


def _translation(hub: Hub, plan: Plan) -> tuple[Compared, int]:
    """Each pair has orders of its own: joined first or translated first, by turns."""
    orders = max(AT_ONCE, int(ORDERS * plan.share))
    taken: set[int] = set()

    def given(run: int) -> None:
        if run not in taken:
            taken.add(run)
            ordered.take(hub, run, orders)

    def ours(run: int) -> float:
        given(run)
        return seconds(lambda: _until_done(lambda: translate_next(hub)))

    def theirs(run: int) -> float:
        given(run)
        with hub.exchange.reading() as connection:
            keys = list(connection.scalars(select(order_head.c.key).where(order_head.c.id.like(f"T-{run}-%"))))
        return seconds(lambda: _joins(hub, keys))

    return compared(ours, theirs, plan.pairs), orders


def _until_done(step: Callable[[], int]) -> None:
    while step():
        pass


def _joins(hub: Hub, keys: list[int]) -> None:
    found = hub.order_translation
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        with hub.exchange.reading(beside=WAREHOUSE) as connection:
            for join in (found.routes, found.their_outlets, found.our_lines, found.their_codes):
                join(connection, some)


def _pull(hub: Hub, plan: Plan) -> Compared:
    dispatcher, bare = Dispatcher(), _bare()
    sender = ordered.sender(hub, 0)
    while (found := pull(hub, sender, 1000, True)).batch:
        _acknowledge(hub, found.batch)
    call = Call(hub, sender)
    answers: dict[int, PullOrdersResult] = {}

    def ours(run: int) -> float:
        ordered.take(hub, 1000 + run, PULLED, party=0)
        _until_done(lambda: translate_next(hub))
        taken = seconds(lambda: dispatcher.answer(judged(_ENVELOPE, "text/xml"), call, Note(hub.clock(), "127.0.0.1")))
        again = pull(hub, sender, PULLED, False)
        answers[0] = PullOrdersResult(batchId=again.batch, content=[again.content], more=again.more)
        _acknowledge(hub, again.batch or "")
        return taken

    def theirs(run: int) -> float:
        if not answers:
            ours(-1)
        with hub.exchange.reading() as connection:
            keys = list(connection.scalars(select(order_head.c.key).where(order_head.c.site == sender.site)))[-PULLED:]
        return seconds(lambda: _read(hub, keys)) + seconds(lambda: bare(answers[0]))

    return compared(ours, theirs, plan.pairs)


def _acknowledge(hub: Hub, batch: str) -> None:
    sender = ordered.sender(hub, 0)
    with hub.exchange.reading() as connection:
        results = [Result(row.id, row.given, True) for row in hub.order_batches.items(connection, batch)]
    acknowledge(hub, sender, batch, results)


def _read(hub: Hub, keys: list[int]) -> None:
    """The orders and their lines, as anybody would read them who then has to write them out."""
    current = (order_revision.c.order == order_head.c.key) & (order_revision.c.revision == order_head.c.revision)
    lines = (order_translated.c.order == order_head.c.key) & (order_translated.c.revision == order_head.c.revision)
    heads = select(order_head, order_revision).select_from(order_head.join(order_revision, current))
    rows = select(order_translated).select_from(order_head.join(order_translated, lines))
    with hub.exchange.reading() as connection:
        connection.execute(heads.where(order_head.c.key.in_(keys))).all()
        found = connection.execute(rows.where(order_head.c.key.in_(keys)).order_by(order_translated.c.order)).all()
    if len(found) != len(keys) * ordered.LINES:
        raise RuntimeError(f"of {len(keys)} orders there are {len(found)} lines")


def _bare() -> Callable[[Any], bytes]:
    """Serialises an answer as spyne does, and nothing else."""

    class Bare(Service):  # type: ignore[misc]
        @rpc(_returns=PullOrdersResult)
        def PullOrders(ctx):  # type: ignore[no-untyped-def]
            return None

    class Server(ServerBase):  # type: ignore[misc]
        transport = "bench"

    server = Server(Application([Bare], NAMESPACE, name="Bare", in_protocol=Soap11(), out_protocol=Soap11()))

    def serialise(answer: Any) -> bytes:
        context = MethodContext(server, MethodContext.SERVER)
        context.in_string = [_ENVELOPE.replace(f"<limit>{PULLED}</limit>".encode(), b"")]
        (context,) = server.generate_contexts(context, "utf-8")
        server.get_in_object(context)
        context.out_object = [answer]
        server.get_out_string(context)
        return b"".join(context.out_string)

    return serialise
