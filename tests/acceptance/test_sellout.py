"""A real wholesaler's sales through the whole hub: to the unit, to the penny, and only once."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.database.facts import distributor_code
from gateway.domain.feed import Register
from gateway.loading import load_all
from gateway.referencing import load_reference
from tests import sellout
from tests.facts import everything, totals
from tests.hubs import add_site, client_of, hub_in, serving

pytestmark = pytest.mark.skipif(not sellout.FILE.exists(), reason="the public sell-out file is not on this machine")


def test_a_week_of_real_sales_arrives_exactly_and_sending_it_again_changes_nothing(tmp_path: Path) -> None:
    rows = sellout.sales()
    packets = list(sellout.packets(rows))
    strange = sum(1 for row in rows if not sellout.PRODUCT.fullmatch(row.code))
    with hub_in(tmp_path) as hub:
        add_site(hub)
        load_reference(hub, Register.PRODUCT, sellout.reference(rows))
        with serving(hub) as address, client_of(address) as client:
            first = [client.send("shipments", packet_id, content) for packet_id, content in packets]
            assert {answer.status for answer in first} == {"accepted"}
            load_all(hub)
            receipts = [client.wait(packet_id) for packet_id, _ in packets]
            assert sum(receipt.rowsLoaded for receipt in receipts) == len(rows) == 10_000
            assert sum(receipt.rowsUnmapped for receipt in receipts) == strange > 0
            assert totals(hub) == (10_000, Decimal(78_286), Decimal("180667.75"))

            facts = everything(hub)
            again = [client.send("shipments", packet_id, content) for packet_id, content in packets]
            load_all(hub)
            assert [str(answer) for answer in again] == [str(answer) for answer in first]
            assert everything(hub) == facts


def test_codes_that_differ_only_in_case_stay_apart(tmp_path: Path) -> None:
    rows = sellout.sales()
    with hub_in(tmp_path) as hub:
        add_site(hub)
        load_reference(hub, Register.PRODUCT, sellout.reference(rows))
        with serving(hub) as address, client_of(address) as client:
            for packet_id, content in sellout.packets(rows):
                client.send("shipments", packet_id, content)
            load_all(hub)
        with hub.warehouse.reading() as connection:
            products = distributor_code.c.register == Register.PRODUCT
            known = connection.execute(select(distributor_code.c.code, distributor_code.c.target).where(products)).all()
    assert {code for code, _ in known} == {row.code for row in rows}
    targets = {code: target for code, target in known if target is not None}
    pairs = [(code, code.upper()) for code in targets if code != code.upper() and code.upper() in targets]
    assert len(pairs) == 27
    assert all(targets[lower] != targets[upper] for lower, upper in pairs)
