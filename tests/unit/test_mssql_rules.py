"""What goes to MS SQL's drivers, and what is read from their errors, as far as it shows without a server."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects import mssql
from sqlalchemy.exc import DBAPIError

from connectors.database import bulk_mssql, server
from connectors.database.staging import tables_of
from connectors.database.types import Code, Name, size_of
from connectors.formats.typed import INSTANT, NUMBER
from gateway.domain.feeds import FEEDS

TABLE = tables_of(FEEDS["stock"])["row"]
WITHOUT_DRIVERS = """
import sys
sys.modules.update(pyodbc=None, mssql_python=None)
from gateway.cli import main
main()
"""


class Serialization(Exception):
    driver_error = "Serialization failure"


@pytest.mark.parametrize(
    ("cause", "deadlock"),
    [
        (Exception("40001", "[40001] [Microsoft][SQL Server]… deadlock victim. (1205) (SQLExecDirectW)"), True),
        (Exception("HY000", "[HY000] [FreeTDS][SQL Server]… deadlock victim. (1205) (SQLExecute)"), True),
        (Serialization("Driver Error: Serialization failure"), True),
        (Exception("23000", "[23000] Violation of UNIQUE KEY constraint 'uq_1205' (2627)"), False),
        (Exception("HY000", "[HY000] Lock request time out period exceeded. (1222)"), False),
        (Exception(), False),
    ],
)
def test_a_deadlock_victim_is_known_in_the_words_of_every_driver(cause: Exception, deadlock: bool) -> None:
    assert server.is_deadlock(DBAPIError("UPDATE t", {}, cause)) is deadlock


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("mssql+pyodbc://u:p@host/db", server.DRIVER),
        ("mssql+pyodbc://u:p@host/db?driver=FreeTDS", "FreeTDS"),
        ("mssql+pyodbc://u:p@source", None),
        ("mssql+pyodbc://?odbc_connect=DSN%3Dx", None),
        ("mssql+mssqlpython://u:p@host/db", None),
    ],
)
def test_pyodbc_is_told_which_driver_where_the_url_does_not(url: str, driver: str | None) -> None:
    assert server._with_driver(make_url(url)).query.get("driver") == driver


def test_every_kind_of_column_has_a_declared_type() -> None:
    """Else a column of None only, or a decimal of one digit, would be guessed."""
    for feed in FEEDS.values():
        for table in tables_of(feed).values():
            for column in table.columns:
                kind = bulk_mssql._arrow(column)
                assert pa.types.is_string(kind) or kind in bulk_mssql.ODBC, column


def test_rows_are_given_as_wide_as_their_columns_and_instants_without_a_zone() -> None:
    document = tables_of(FEEDS["stock"])["document"]
    given = pa.table({"as_of": pa.nulls(1, INSTANT), "sign": pa.array([1]), "claim": pa.array([1])})
    kinds = [pa.timestamp("us"), pa.int16(), pa.int64()]
    assert bulk_mssql.as_stored(document, given).schema.types == kinds
    with pytest.raises(pa.ArrowInvalid):
        bulk_mssql.as_stored(document, pa.table({"sign": pa.array([40_000])}))


def test_a_parameter_has_room_for_the_longest_text_of_its_column_and_never_none() -> None:
    def size(values: list[str | None]) -> tuple[int, int, int]:
        return bulk_mssql._size(pa.chunked_array([pa.array(values, pa.string())]))

    assert [size([""]), size([None]), size(["я", None, "abc"])] == [(-9, 1, 0), (-9, 1, 0), (-9, 3, 0)]
    assert size(["👍👍"])[1] >= 4
    assert size(["я" * 3000]) == (-9, 4000, 0)
    assert bulk_mssql._size(pa.chunked_array([pa.array([Decimal(1)], NUMBER)])) == (3, 38, 6)


def test_parameters_sent_at_once_are_bounded_by_bytes_and_by_rows() -> None:
    assert bulk_mssql._at_once([(-9, 4000, 0)] * 20) * 20 * 8000 <= bulk_mssql.ARRAY_BYTES
    assert bulk_mssql._at_once([(4, 10, 0)]) == bulk_mssql.ARRAY_ROWS
    assert bulk_mssql._at_once([(-9, 4000, 0)] * 100_000) == 1


def test_an_insertion_names_its_columns_as_sql_server_wants_them() -> None:
    statement = bulk_mssql.insertion(TABLE, ["claim", "row", "key"])
    assert statement == "INSERT INTO staging.stock_row (claim, row, [key]) VALUES (?, ?, ?)"


def test_texts_have_room_for_characters_that_count_twice_and_codes_compare_byte_by_byte() -> None:
    kinds = [str(kind.compile(dialect=mssql.dialect())) for kind in (Name(100), Code(14), Name(3000))]  # type: ignore[no-untyped-call]
    assert kinds == ["NVARCHAR(200)", "NVARCHAR(28) COLLATE Latin1_General_100_BIN2", "NVARCHAR(4000)"]


def test_the_size_of_bytes_counts_trailing_blanks_in_sql_server_too() -> None:
    compiled = size_of(TABLE.c.unit).compile(dialect=mssql.dialect())  # type: ignore[no-untyped-call]
    assert str(compiled) == "DATALENGTH(staging.stock_row.unit)"


def obmen(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """`obmen db upgrade` on a machine that has neither driver."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OBMEN_")}
    command = [sys.executable, "-c", WITHOUT_DRIVERS, "db", "upgrade"]
    environment = {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_without_the_drivers_the_hub_works_on_sqlite(tmp_path: Path) -> None:
    assert obmen(tmp_path).returncode == 0


@pytest.mark.parametrize("driver", ["pyodbc", "mssqlpython"])
def test_and_says_in_one_line_that_they_are_missing_for_ms_sql(tmp_path: Path, driver: str) -> None:
    done = obmen(tmp_path, OBMEN_DATABASE=f"mssql+{driver}://user:s3cret@host/db")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "docs/mssql.md" in done.stderr
    assert "s3cret" not in done.stderr
