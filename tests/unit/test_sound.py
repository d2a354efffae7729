"""What is seen of a small packet at once is what reading it in columns finds, and of a packet with a fault nothing."""

import inspect
import re
import sys
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import document_checks, row_checks, survey, tally
from connectors.formats.sound import sound
from connectors.shipped import SCHEMAS
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Survey
from tests.packets import line, shipment, shipments
from tests.security.mutating import texts
from tests.unit.reading import GIGABYTE, MOSCOW, property_of

SAMPLES = {feed: (SCHEMAS / "packet" / "v1" / "samples" / f"{feed}.xml").read_bytes() for feed in FEEDS}
FREE = {feed: re.sub(rb"<control.*?/>", b"", sample) for feed, sample in SAMPLES.items()}
TODAY, EARLIEST = date(2024, 11, 20), date(2024, 11, 2)


def in_columns(feed: str, content: bytes) -> Survey:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys.modules["connectors.formats.survey"], "SMALL", -1)
        return at_all(feed, content)


def at_all(feed: str, content: bytes) -> Survey:
    return survey(FEEDS[feed], content, GIGABYTE, MOSCOW, TODAY, EARLIEST)


def seen(feed: str, content: bytes) -> Survey | None:
    return sound(FEEDS[feed], content, MOSCOW, (EARLIEST, TODAY))


@pytest.mark.parametrize("feed", FEEDS)
def test_a_packet_of_every_feed_is_seen_at_once(feed: str) -> None:
    assert seen(feed, FREE[feed])
    assert at_all(feed, SAMPLES[feed]) == in_columns(feed, SAMPLES[feed])


@pytest.mark.parametrize("feed", FEEDS)
def test_whatever_the_packet_it_is_surveyed_as_in_columns(feed: str) -> None:
    @property_of(100)
    @given(texts(FREE[feed], edits=3))
    def holds(content: bytes) -> None:
        expected = in_columns(feed, content)
        assert at_all(feed, content) == expected
        assert not (expected.problems and seen(feed, content))

    holds()


NBSP = "\u00a0"
FAULTS = [
    ("AMOUNT_DIFFERS", "shipments", 'price="4.95"', 'price="4.00"'),
    ("AMOUNT_NEGATIVE", "settlements", 'amount="40.00"', 'amount="-40.00"'),
    ("DATE_BEFORE_HISTORY", "settlements", "2024-11-10", "2024-11-01"),
    ("DATE_IN_FUTURE", "orders", 'date="2024-11-20"', 'date="2024-11-22"'),
    ("DATE_INVALID", "orders", 'wanted="2024-11-27"', 'wanted="0000-01-01"'),
    ("DATE_OUTSIDE_WINDOW", "settlements", "2024-11-10", "2024-11-21"),
    ("DOCUMENT_EMPTY", "orders", "<order ", '<order id="x" number="1" date="2024-11-20"/><order '),
    ("DOCUMENT_REPEATED", "settlements", "9c2e0002", "9c2e0001"),
    ("DUE_BEFORE_DATE", "receivables", 'due="2024-11-19"', 'due="2024-11-04"'),
    ("EXPIRY_BEFORE_PRODUCED", "stock", "2025-03-01", "2024-08-01"),
    ("FIELD_MISSING", "stock", 'code="SHOP"', f'code="{NBSP}"'),
    ("FIELD_MISSING", "stock", 'product="000102"', f'product="{NBSP}"'),
    ("FIELD_MISSING", "receivables", 'date="2024-10-20"', 'date="0001-01-01"'),
    ("GTIN_INVALID", "products", "4600000001012", "4600000001013"),
    ("INN_INVALID", "outlets", "7707083893", "7707083894"),
    (
        "LINE_DOUBLED",
        "orders",
        '<line n="2"',
        '<line n="3" product="7" quantity="0"/><line n="4" product="7" quantity="0"/><line n="2"',
    ),
    ("LINE_REPEATED", "stock", 'n="2"', 'n="1"'),
    ("OPEN_EXCEEDS_AMOUNT", "receivables", 'openAmount="40.00"', 'openAmount="140.00"'),
    ("QUANTITY_MISSING", "shipments", 'quantity="2" ', ""),
    ("QUANTITY_NEGATIVE", "movements", 'quantity="4"', 'quantity="-4"'),
    ("RESERVE_EXCEEDS_STOCK", "stock", 'reserved="12"', 'reserved="61"'),
    ("STOCK_NEGATIVE", "stock", 'quantity="4.5"', 'quantity="-4.5"'),
    ("TRANSFER_TO_ITSELF", "movements", 'toWarehouse="SHOP"', 'toWarehouse="MAIN"'),
    ("TRANSFER_WITHOUT_TARGET", "movements", 'toWarehouse="SHOP"', ""),
    ("VAT_DIFFERS", "shipments", 'vat="1.65"', 'vat="1.95"'),
]
"""What, of which feed, and how to break its sample so that nothing else is wrong."""


@pytest.mark.parametrize(("code", "feed", "good", "bad"), FAULTS)
def test_one_fault_alone_is_not_overlooked(code: str, feed: str, good: str, bad: str) -> None:
    content = FREE[feed].decode().replace(good, bad, 1).encode()
    assert [each.code for each in in_columns(feed, content).problems] == [code]
    assert seen(feed, content) is None


def test_every_rule_of_rows_and_documents_is_among_these() -> None:
    sources = "".join(inspect.getsource(module) for module in (row_checks, document_checks, tally))
    codes = set(re.findall(r'"([A-Z]+_[A-Z_]+)"', sources))
    assert codes - {"PROBLEMS_CUT"} <= {code for code, *_ in FAULTS}


numbers = st.sampled_from(
    [None, "0", "-0", "-1", "1", "2.5", "10", "0.005", "12.505", "25.01", "999999999.999999", "1e1"]
)
lines = st.fixed_dictionaries(
    dict.fromkeys(("quantity", "price", "discount", "vat"), numbers),
    optional={
        "n": st.sampled_from([1, 2, 3]),
        "amount": numbers.filter(bool),
        "vatRate": st.sampled_from([0, 10, 20]),
        "product": st.sampled_from(["A", " A", "a", "Й", "И\u0306", "\u00a0"]),
        "batch": st.sampled_from(["", "A", " A"]),
        "gtin": st.sampled_from(["", "4600000001012", "4600000001013"]),
        "produced": st.sampled_from(["0001-01-01", "2024-11-05", "2024-11-06"]),
        "expiry": st.sampled_from(["0001-01-01", "2024-11-05", "0000-01-01"]),
    },
)


@property_of(400)
@given(st.lists(lines, max_size=4), st.sampled_from(["sale", "return", "correction", None]))
def test_the_arithmetic_of_lines_is_that_of_columns(given: list[dict[str, Any]], kind: str | None) -> None:
    made = [line(**{"n": n} | each) for n, each in enumerate(given, start=1)]
    days = {"from": "2024-11-01", "to": "2024-11-30", "created": "2024-11-20T23:10:05+03:00"}
    content = shipments("p-1", shipment("1", *made, date="2024-11-05", kind=kind), **days)
    expected = in_columns("shipments", content)
    assert at_all("shipments", content) == expected
    assert not (expected.problems and seen("shipments", content))
