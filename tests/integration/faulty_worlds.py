"""Worlds in which everything adds up, seeded faults in them, and a brute force that says what each fault does.

Item k of a world is sold to outlet k alone, and fault k is in its documents: no two faults meet in one line.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

LAST_DAY = 8
STOCK_DAYS, DEBT_DAYS = (1, 3, 4, 8), (1, 4, 8)
PLACES = ("MAIN", "SHOP")
GOODS = {"sale": -1, "return": 1, "purchase": 1, "purchase-return": -1, "surplus": 1, "write-off": -1, "transfer": -1}
SHIPMENTS = ("sale", "return")
DEBTS = {"invoice": 1, "payment": -1, "return": -1, "offset": -1}
Gap = tuple[str, int, str, int, Decimal]
"""(rule, day, place or document, item, actual − expected)"""


@dataclass(frozen=True)
class Document:
    """Of one item and its outlet; `lines` are (quantity, amount). A settlement has one line and no quantity."""

    number: str
    day: int
    kind: str
    item: int
    lines: tuple[tuple[Decimal, Decimal], ...]
    place: str = "MAIN"
    to: str = ""
    supplier: str = ""

    @property
    def quantity(self) -> Decimal:
        return sum((each[0] for each in self.lines), Decimal(0))

    @property
    def amount(self) -> Decimal:
        return sum((each[1] for each in self.lines), Decimal(0))


@dataclass
class World:
    """`stock` by (day, place, item), `debts` by (day, item), `primary` sales by (document, item)."""

    items: int
    goods: list[Document] = field(default_factory=list)
    settlements: list[Document] = field(default_factory=list)
    stock: dict[tuple[int, str, int], Decimal] = field(default_factory=dict)
    debts: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    primary: dict[tuple[str, int], tuple[int, Decimal]] = field(default_factory=dict)


def generate(luck: random.Random, items: int) -> World:
    """A world whose snapshots follow from its documents."""
    world = World(items)
    held = {(place, item): _quantity(luck) * 20 for place in PLACES for item in range(items)}
    owed = {item: _amount(luck) for item in range(items)}
    for day in range(1, LAST_DAY + 1):
        for item in range(items):
            for document in _day(luck, day, item):
                world.goods.append(document)
                _move(held, document)
                _bill(world, owed, document)
            if luck.random() < 0.5:
                kind = luck.choice(("payment", "offset"))
                paid = Document(f"ПП-{day}-{item}", day, kind, item, ((Decimal(0), _amount(luck)),))
                world.settlements.append(paid)
                owed[item] -= paid.amount
        if day in STOCK_DAYS:
            world.stock |= {(day, place, item): count for (place, item), count in held.items()}
        if day in DEBT_DAYS:
            world.debts |= {(day, item): amount for item, amount in owed.items()}
    return world


def _day(luck: random.Random, day: int, item: int) -> Iterator[Document]:
    for kind in GOODS:
        if luck.random() < (0.8 if kind == "sale" else 0.3):
            lines = tuple((_quantity(luck), _amount(luck)) for _ in range(luck.randint(1, 2)))
            number, place = f"{kind}-{day}-{item}", luck.choice(PLACES)
            to = {"MAIN": "SHOP", "SHOP": "MAIN"}[place] if kind == "transfer" else ""
            supplier = f"УТ-{day}-{item}" if kind == "purchase" else ""
            yield Document(number, day, kind, item, lines, place, to, supplier)


def _move(held: dict[tuple[str, int], Decimal], moved: Document) -> None:
    held[moved.place, moved.item] += GOODS[moved.kind] * moved.quantity
    if moved.to:
        held[moved.to, moved.item] += moved.quantity


def _bill(world: World, owed: dict[int, Decimal], moved: Document) -> None:
    if moved.supplier:
        world.primary[moved.supplier, moved.item] = (moved.day, moved.quantity)
    if moved.kind in SHIPMENTS:
        kind = "invoice" if moved.kind == "sale" else "return"
        world.settlements.append(
            Document(f"С-{moved.number}", moved.day, kind, moved.item, ((Decimal(0), moved.amount),))
        )
        owed[moved.item] += DEBTS[kind] * moved.amount


def _quantity(luck: random.Random) -> Decimal:
    return Decimal(luck.randint(1, 9000)).scaleb(-3)


def _amount(luck: random.Random) -> Decimal:
    return Decimal(luck.randint(1, 900000)).scaleb(-2)


def drop(luck: random.Random, documents: list[Document], one: Document) -> None:
    documents.remove(one)


def double(luck: random.Random, documents: list[Document], one: Document) -> None:
    documents.append(replace(one, number=f"{one.number}-д"))


def shift(luck: random.Random, documents: list[Document], one: Document) -> None:
    days = [day for day in range(1, LAST_DAY + 1) if day != one.day]
    documents[documents.index(one)] = replace(one, day=luck.choice(days))


def alter(luck: random.Random, documents: list[Document], one: Document) -> None:
    """Another quantity and amount in one line; one unit of the last decimal at the least."""
    place = luck.randrange(len(one.lines))
    quantity, amount = one.lines[place]
    by = Decimal(luck.choice((1, luck.randint(1, 5000)))).scaleb(-3)
    changed = (
        quantity + by if quantity else quantity,
        amount + (by * 10 if luck.random() < 0.5 or not quantity else 0),
    )
    documents[documents.index(one)] = replace(one, lines=(*one.lines[:place], changed, *one.lines[place + 1 :]))


def drop_line(luck: random.Random, documents: list[Document], one: Document) -> None:
    if len(one.lines) == 1:
        drop(luck, documents, one)
    else:
        documents[documents.index(one)] = replace(one, lines=one.lines[:1])


FAULTS: tuple[Callable[[random.Random, list[Document], Document], None], ...] = (drop, double, shift, alter, drop_line)


def spoil(luck: random.Random, world: World, item: int) -> None:
    """One fault in what was sent of an item: in its documents, or in a snapshot."""
    where = luck.choice(("goods", "goods", "settlements", "stock", "debts"))
    if where in ("goods", "settlements"):
        documents = world.goods if where == "goods" else world.settlements
        mine = [each for each in documents if each.item == item]
        if mine:
            luck.choice(FAULTS)(luck, documents, luck.choice(mine))
            return
    if where == "debts":
        key = (luck.choice(DEBT_DAYS), item)
        world.debts[key] = luck.choice((Decimal(0), world.debts[key] + Decimal("0.01")))
        return
    place = (luck.choice(STOCK_DAYS), luck.choice(PLACES), item)
    world.stock[place] = luck.choice((Decimal(0), world.stock[place] + Decimal("0.001")))


def brute_force(world: World) -> set[Gap]:
    """Every gap of the world, one line after another, by the formulas alone."""
    found: set[Gap] = set()
    for item in range(world.items):
        goods = [each for each in world.goods if each.item == item]
        bills = [each for each in world.settlements if each.item == item]
        found |= {*_stock_gaps(world, item, goods), *_debt_gaps(world, item, bills)}
        found |= {*_billing_gaps(item, goods, bills), *_purchase_gaps(world, item, goods)}
    return {each for each in found if each[-1]}


def _stock_gaps(world: World, item: int, goods: list[Document]) -> Iterator[Gap]:
    for since, day in pairwise(STOCK_DAYS):
        together = Decimal(0)
        for place in PLACES:
            level = world.stock[since, place, item]
            for each in goods:
                if since < each.day <= day:
                    level += GOODS[each.kind] * each.quantity if each.place == place else 0
                    level += each.quantity if each.to == place else 0
            gap = world.stock[day, place, item] - level
            together += gap
            yield "stock", day, place, item, gap
        yield "goods", day, "", item, together


def _debt_gaps(world: World, item: int, bills: list[Document]) -> Iterator[Gap]:
    for since, day in pairwise(DEBT_DAYS):
        change = sum(DEBTS[each.kind] * each.amount for each in bills if since < each.day <= day)
        yield "debt", day, "", item, world.debts[day, item] - world.debts[since, item] - change


def _billing_gaps(item: int, goods: list[Document], bills: list[Document]) -> Iterator[Gap]:
    for day in range(1, LAST_DAY + 1):
        shipped = sum(-GOODS[each.kind] * each.amount for each in goods if each.kind in SHIPMENTS and each.day == day)
        billed = sum(
            DEBTS[each.kind] * each.amount for each in bills if each.kind in ("invoice", "return") and each.day == day
        )
        yield "settlements", day, "", item, Decimal(billed - shipped)


def _purchase_gaps(world: World, item: int, goods: list[Document]) -> Iterator[Gap]:
    came: dict[str, Decimal] = defaultdict(Decimal)
    for each in goods:
        if each.kind == "purchase":
            came[each.supplier] += each.quantity
    for (document, its), (day, quantity) in world.primary.items():
        if its == item:
            yield "purchases", day, document, item, came[document] - quantity
