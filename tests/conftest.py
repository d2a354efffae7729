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


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Packed bytes carry the time of their making: as names they would differ between processes of one run."""
    return argname if isinstance(val, bytes) else None
