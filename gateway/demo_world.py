"""The demo's small world: distributors, products, and the packets that their 1C would write."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.sax.saxutils import quoteattr

NAMESPACE = "urn:obmen:packet:v1"
PRODUCTS = [
    ("вода", "Вода питьевая {} л", (Decimal("0.5"), Decimal("1.5"), Decimal("5"))),
    ("квас", "Квас хлебный {} л", (Decimal("0.5"), Decimal("1"), Decimal("2"))),
    ("сок", "Сок яблочный {} л", (Decimal("0.2"), Decimal("1"), Decimal("2"))),
    ("чай", "Чай холодный {} л", (Decimal("0.5"), Decimal("1"), Decimal("1.5"))),
]
UNKNOWN = "НОВИНКА-1"
"""A code that the manufacturer's reference does not have yet."""


@dataclass(frozen=True)
class Distributor:
    code: str
    name: str
    inn: str
    login: str


DISTRIBUTORS = (
    Distributor("VOLGA", "ООО «Волга-Снаб»", "6315000001", "volga-main"),
    Distributor("URAL", "ООО «Урал-Торг»", "6670000002", "ural-main"),
    Distributor("NEVA", "АО «Нева-Дистрибуция»", "7801000003", "neva-main"),
)


def products() -> list[dict[str, str]]:
    """The manufacturer's reference: code, name, gtin."""
    names = [text.format(size) for _, text, sizes in PRODUCTS for size in sizes]
    return [
        {"code": f"{100 + number:06}", "name": name, "gtin": f"46000000{100 + number:05}"}
        for number, name in enumerate(names, start=1)
    ]


@dataclass(frozen=True)
class Packet:
    feed: str
    id: str
    xml: bytes


class World:
    """Writes packets; the same seed writes the same ones but for their ids."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._codes = [each["code"] for each in products()]
        self._number = 0

    def shipments(
        self, who: Distributor, day: date, created: datetime, documents: int, mode: str = "replace"
    ) -> Packet:
        """A day's sales and a few returns to some outlets; sometimes a product that nobody knows."""
        made = [self._shipment(who, day) for _ in range(documents)]
        rows = sum(count for _, count, _, _ in made)
        control = {
            "documents": documents,
            "rows": rows,
            "quantity": sum(quantity for _, _, quantity, _ in made),
            "amount": sum(amount for _, _, _, amount in made),
        }
        window = {"from": day, "to": day} if mode == "replace" else {}
        return self._packet("shipments", who, created, mode, window, control, [xml for xml, *_ in made])

    def stock(self, who: Distributor, day: date, created: datetime) -> Packet:
        """What lies in two warehouses in the evening."""
        total, warehouses = Decimal(0), []
        for code in ("MAIN", "SHOP"):
            quantities = [(product, Decimal(self._random.randint(0, 500))) for product in self._codes]
            total += sum(quantity for _, quantity in quantities)
            positions = "".join(_element("position", product=p, unit="шт", quantity=q) for p, q in quantities)
            warehouses.append(_open("warehouse", code=code, asOf=f"{day}T21:00:00") + positions + "</warehouse>")
        control = {"documents": 2, "rows": 2 * len(self._codes), "quantity": total}
        return self._packet("stock", who, created, "snapshot", {}, control, warehouses)

    def _shipment(self, who: Distributor, day: date) -> tuple[str, int, Decimal, Decimal]:
        self._number += 1
        kind, sign = ("return", -1) if self._random.random() < 0.1 else ("sale", 1)
        lines, quantities, amounts = [], Decimal(0), Decimal(0)
        chosen = self._random.sample(self._codes, self._random.randint(1, 6))
        if self._random.random() < 0.08:
            chosen.append(UNKNOWN)
        for n, product in enumerate(chosen, start=1):
            quantity, price = Decimal(self._random.randint(1, 24)), Decimal(self._random.randint(3000, 12000)) / 100
            amount = quantity * price
            vat = (amount * 20 / 120).quantize(Decimal("0.01"))
            lines.append(
                _element(
                    "line",
                    n=n,
                    product=product,
                    unit="шт",
                    quantity=quantity,
                    price=price,
                    amount=amount,
                    vat=vat,
                    vatRate=20,
                )
            )
            quantities, amounts = quantities + sign * quantity, amounts + sign * amount
        outlet = f"TT-{self._random.randint(1, 40):05}"
        number = f"РН-{self._number:06}"
        head = _open("shipment", id=self._guid(), number=number, date=day, kind=kind, outlet=outlet, warehouse="MAIN")
        return head + "".join(lines) + "</shipment>", len(lines), quantities, amounts

    def _packet(
        self,
        feed: str,
        who: Distributor,
        created: datetime,
        mode: str,
        window: Mapping[str, date],
        control: Mapping[str, object],
        documents: list[str],
    ) -> Packet:
        packet_id = str(uuid.uuid4())
        head = _open(
            "packet",
            xmlns=NAMESPACE,
            id=packet_id,
            feed=feed,
            organization=who.inn,
            created=created.isoformat(timespec="seconds"),
            **window,
            mode=mode,
            software="1С:УТ 11.5.17",
            module="demo",
        )
        xml = (
            f'<?xml version="1.0" encoding="UTF-8"?>{head}{_element("control", **control)}{"".join(documents)}</packet>'
        )
        return Packet(feed, packet_id, xml.encode())

    def _guid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())


def _open(tag: str, **values: object) -> str:
    return f"<{tag}{_attributes(values)}>"


def _element(tag: str, **values: object) -> str:
    return f"<{tag}{_attributes(values)}/>"
