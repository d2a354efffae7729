"""Every way of filling staging stores what it is given, or says so: the same tests for each way that the store has."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from connectors.database import bulk
from connectors.database.bulk import Loader, StagingDiffers, staged
from connectors.database.bulk_memory import FEW
from connectors.database.engine import Store
from connectors.database.staging import tables_of
from connectors.formats.typed import INSTANT, NUMBER
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import claim_key
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration import looking

STOCK = FEEDS["stock"]
PACKET, TOKEN = 7, 3
CLAIM = claim_key(PACKET, TOKEN)
QUANTITIES = [Decimal("0.000001"), Decimal("-999999999999.999999"), Decimal("12.5"), None]
UNITS = ["шт", "", "👍" * 400, None]
AS_OF = datetime(2026, 11, 20, 23, 59, 59, 123456, tzinfo=UTC)
WORDS = {"identity": "Я", "number": "Я"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with hub_in(tmp_path) as found:
        yield found


def rows(quantities: list[Decimal | None] = QUANTITIES, claim: int = CLAIM) -> pa.Table:
    """Positions of stock: exact numbers at their bounds, empty and odd texts, and columns of nothing."""
    size = len(quantities)
    table = tables_of(STOCK)["row"]
    given: dict[str, Any] = {
        "claim": pa.array([claim] * size, pa.int64()),
        **{name: pa.array(range(1, size + 1), pa.int64()) for name in ("document", "position", "row", "n")},
        "quantity": pa.array(quantities, NUMBER),
        "unit": pa.array(UNITS[:size], pa.string()),
        "produced": pa.array([None, date(1, 1, 2), date(9999, 12, 31), date(2026, 2, 28)][:size], pa.date32()),
    }
    empty = {"expiry": pa.date32(), "reserved": NUMBER, "in_transit": NUMBER, "product": pa.int64()}
    columns = {each.name: given.get(each.name, pa.nulls(size, empty.get(each.name, pa.string()))) for each in table.c}
    return pa.table(columns)


def documents() -> pa.Table:
    given: dict[str, Any] = {
        "claim": pa.array([CLAIM], pa.int64()),
        "ordinal": pa.array([0], pa.int64()),
        **{name: pa.array([word]) for name, word in WORDS.items()},
        "sign": pa.array([1], pa.int64()),
        "deleted": pa.array([False]),
        "stale": pa.array([False]),
        "as_of": pa.array([AS_OF], INSTANT),
        "date": pa.array([None], pa.date32()),
    }
    return pa.table(
        {each.name: given.get(each.name, pa.nulls(1, pa.int64())) for each in tables_of(STOCK)["document"].c}
    )


def ways(store: Store) -> list[Loader]:
    return bulk._loaders(store, STOCK, PACKET, TOKEN)


def given(*parts: tuple[str, pa.Table]) -> Callable[[], bulk.Batches]:
    return lambda: iter(parts)


def stored(hub: Hub, names: tuple[str, ...], part: str = "row") -> list[tuple[Any, ...]]:
    """What the merge would see, in the order of rows."""
    table = tables_of(STOCK)[part]
    columns = [table.c[name] for name in names]
    parts = given(("document", documents()), ("row", rows()))
    with staged(hub.warehouse, STOCK, PACKET, TOKEN, parts) as merging, merging() as connection:
        found = connection.execute(select(*columns).where(table.c.claim == CLAIM).order_by(columns[0]))
        return [tuple(row) for row in found]


def test_exact_numbers_texts_and_days_arrive_as_they_were(hub: Hub) -> None:
    found = stored(hub, ("row", "quantity", "unit", "produced", "reserved", "expiry"))
    days = rows()["produced"].to_pylist()
    wanted = [(n, q, u, d, None, None) for n, q, u, d in zip(range(1, 5), QUANTITIES, UNITS, days, strict=True)]
    assert found == wanted


def test_instants_arrive_to_the_microsecond_in_utc(hub: Hub) -> None:
    assert stored(hub, ("as_of", "identity", "deleted", "date"), "document") == [(AS_OF, "Я", False, None)]


def test_every_way_by_itself_stores_what_it_is_given(hub: Hub) -> None:
    for loader in ways(hub.warehouse):
        bulk._filled(loader, STOCK, iter([("document", documents()), ("row", rows()), ("row", rows()[:0])]))
        loader.empty()
    assert looking.staged(hub) == []


def test_loads_in_memory_and_by_a_file_take_turns_on_one_connection(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    for few in (FEW, 0, FEW):
        monkeypatch.setattr(bulk, "FEW", few)
        assert len(stored(hub, ("row",))) == 4


def test_many_batches_are_verified_together(hub: Hub) -> None:
    parts = [("row", rows([Decimal(n)])) for n in range(50)]
    with staged(hub.warehouse, STOCK, PACKET, TOKEN, given(*parts)) as merging, merging() as connection:
        assert len(connection.execute(select(tables_of(STOCK)["row"])).all()) == 50


def test_staging_is_empty_afterwards_also_where_the_merge_fails(hub: Hub) -> None:
    with pytest.raises(RuntimeError), staged(hub.warehouse, STOCK, PACKET, TOKEN, given(("row", rows()))):
        raise RuntimeError
    assert looking.staged(hub) == []


@pytest.mark.parametrize("lost", [lambda each: each[1:], lambda each: each.set_column(4, "n", each["document"])])
def test_rows_that_were_lost_or_went_to_another_column_are_noticed_before_anything_is_merged(
    hub: Hub, lost: Callable[[pa.Table], pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in {type(each) for each in ways(hub.warehouse)}:
        append = way.append
        monkeypatch.setattr(way, "append", lambda self, table, each, append=append: append(self, table, lost(each)))
    shifted = rows().set_column(1, "document", pa.array([5, 6, 7, 8], pa.int64()))
    with pytest.raises(StagingDiffers), staged(hub.warehouse, STOCK, PACKET, TOKEN, given(("row", shifted))):
        pytest.fail("it would be merged")
    assert looking.staged(hub) == []


def test_a_fast_way_that_fails_is_passed_by(hub: Hub) -> None:
    """The rows are read again, and none of its own stay."""
    (*_, sure) = ways(hub.warehouse)

    class Broken(type(sure)):  # type: ignore[misc]
        def append(self, table: Any, each: pa.Table) -> None:
            super().append(table, each)
            raise OSError("the copy broke off")

    broken: Any = Broken.__new__(Broken)
    broken.__dict__.update(sure.__dict__)
    loader = bulk._fill([broken, sure], STOCK, given(("row", rows())))
    with loader.merging() as connection:
        assert len(connection.execute(select(tables_of(STOCK)["row"])).all()) == 4
    loader.empty()


@pytest.mark.mssql
def test_rows_of_an_overtaken_claimant_stay_out_of_the_other_ones_sight(hub: Hub) -> None:
    overtaken = bulk._loaders(hub.warehouse, STOCK, PACKET, TOKEN - 1)[-1]
    bulk._filled(overtaken, STOCK, iter([("row", rows(claim=claim_key(PACKET, TOKEN - 1)))]))
    assert len(stored(hub, ("row",))) == 4
    bulk.discard(hub.warehouse, STOCK, PACKET)
    assert looking.staged(hub) == []


@pytest.mark.mssql
def test_a_claimant_whose_staging_was_swept_merges_nothing(hub: Hub) -> None:
    """His claim ran out while he slept; an emptied staging must not pass for the packet."""
    with staged(hub.warehouse, STOCK, PACKET, TOKEN, given(("row", rows()))) as merging:
        bulk.sweep(hub.warehouse, lambda: {(PACKET, TOKEN)})
        assert looking.staged(hub) == ["stock_row"]
        bulk.sweep(hub.warehouse, set)
        with pytest.raises(StagingDiffers), merging():
            pytest.fail("it would be merged")
