"""Column types that hold the same values in SQLite and MS SQL."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Numeric, String, Unicode, UnicodeText
from sqlalchemy.dialects import mssql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

SCALE = 6
_UNIT = 10**SCALE
_BINARY = "Latin1_General_100_BIN2"
"""By code point; which alphabet names the collation makes no difference to NVARCHAR."""

Key = BigInteger().with_variant(Integer, "sqlite")
Bytes = LargeBinary()
Text = UnicodeText()


def Name(length: int) -> TypeEngine[str]:
    """Words for people, Cyrillic included; `length` counts characters."""
    return Unicode(length).with_variant(mssql.NVARCHAR(_units(length)), "mssql")


def Code(length: int = 100) -> TypeEngine[str]:
    """An identifier: compared byte by byte in both stores, so that case counts."""
    return Unicode(length).with_variant(mssql.NVARCHAR(_units(length), collation=_BINARY), "mssql")


def _units(length: int) -> int:
    """NVARCHAR counts halves of surrogate pairs, as an emoji is one; a text in bounds must not fail there."""
    return min(2 * length, 4000)


class size_of(GenericFunction[int]):
    """How many bytes a binary value has. LEN, which `length` becomes in MS SQL, would leave out trailing blanks."""

    type = Integer()
    inherit_cache = True


@compiles(size_of)
def _size_of(element: size_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"length({compiler.process(element.clauses, **options)})"


@compiles(size_of, "mssql")
def _size_of_in_mssql(element: size_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"DATALENGTH({compiler.process(element.clauses, **options)})"


class Exact(TypeDecorator[Decimal]):
    """Money and quantities with six decimals: DECIMAL in MS SQL, millionths in a BIGINT in SQLite."""

    impl = Numeric(18, SCALE)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = BigInteger() if dialect.name == "sqlite" else Numeric(18, SCALE)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return _millionths(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return self.of_units(value) if dialect.name == "sqlite" else Decimal(value)

    @staticmethod
    def of_units(value: int) -> Decimal:
        """What so many millionths are."""
        return _of_millionths(value)


@lru_cache(10_000)
def _millionths(value: Decimal) -> int:
    """Remembered: the same few quantities and prices come again and again."""
    return int(Decimal(value).scaleb(SCALE))


@lru_cache(10_000)
def _of_millionths(value: int) -> Decimal:
    found: Decimal = Decimal(value) / _UNIT
    return found


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: DATETIME2(6) in MS SQL, text that sorts in SQLite."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = String(27) if dialect.name == "sqlite" else mssql.DATETIME2(6)  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return instant_text(moment) if dialect.name == "sqlite" else moment.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC)


def instant_text(moment: datetime) -> str:
    """The spelling in SQLite, which ADBC writes too: microseconds always, no offset."""
    return moment.isoformat("T", "microseconds")[:26]
