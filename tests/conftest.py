"""Which tests run on which store: all but those that are of one store by nature run on both."""

import pytest

from tests import stores


def pytest_sessionstart() -> None:
    stores.OWNER.unlink(missing_ok=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if stores.SERVER and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="is about SQLite's files"))
        if not stores.SERVER and item.get_closest_marker("mssql"):
            item.add_marker(pytest.mark.skip(reason="OBMEN_TEST_MSSQL_URL is not set"))
