"""Opens MS SQL: through pyodbc with Microsoft's ODBC driver (or FreeTDS), or through Microsoft's own mssql-python."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from gateway.domain.errors import Misuse

DRIVER = "ODBC Driver 18 for SQL Server"
_DEADLOCK_STATE = "40001"
_DEADLOCK_NUMBER = "(1205)"
_DEADLOCK_WORD = "Serialization failure"
"""How mssql-python calls the state 40001."""


def open_engine(url: URL) -> Engine:
    """`mssql+pyodbc` or `mssql+mssqlpython`. Raises Misuse where the driver's package or library is missing."""
    try:
        engine = create_engine(
            _with_driver(url),
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=60,
            hide_parameters=True,  # they would bring payloads into the log
        )
    except ImportError as error:
        raise Misuse(f"OBMEN_DATABASE: {url.drivername} can't be used here ({error}): see docs/mssql.md") from error
    _settle(engine)
    return engine


def is_pyodbc(engine: Engine) -> bool:
    return engine.dialect.driver == "pyodbc"


def takes_arrays(connection: Connection) -> bool:
    """Whether the driver sends many rows of parameters at once: FreeTDS is given them one by one."""
    if not is_pyodbc(connection.engine):
        return True
    raw: Any = connection.connection.dbapi_connection
    module: Any = connection.dialect.loaded_dbapi
    return "msodbcsql" in str(raw.getinfo(module.SQL_DRIVER_NAME)).lower()


def is_deadlock(error: DBAPIError) -> bool:
    """Whether the server chose this transaction as the victim, in the spelling of either driver."""
    cause = error.orig
    if cause is None:
        return False
    state = cause.args[0] if cause.args else ""
    word = getattr(cause, "driver_error", "")
    return state == _DEADLOCK_STATE or word == _DEADLOCK_WORD or _DEADLOCK_NUMBER in str(cause)


def _with_driver(url: URL) -> URL:
    """pyodbc must be told which driver, unless the URL names a data source or has it all in `odbc_connect`."""
    told = "driver" in {name.lower() for name in url.query} or "odbc_connect" in url.query
    if url.get_driver_name() != "pyodbc" or told or not (url.host and url.database):
        return url
    return url.update_query_dict({"driver": DRIVER})


def _settle(engine: Engine) -> None:
    dialect: Any = engine.dialect
    if is_pyodbc(engine):
        dialect.loaded_dbapi.pooling = False  # the pool is SQLAlchemy's; a second one below it keeps dead sessions
    else:
        dialect._get_server_version_info = _version  # its own reading fails where the banner isn't Microsoft's


def _version(connection: Connection) -> tuple[int, ...]:
    told = connection.exec_driver_sql("SELECT CAST(SERVERPROPERTY('ProductVersion') AS VARCHAR(128))").scalar()
    return tuple(int(part) for part in str(told).split(".") if part.isdigit())
