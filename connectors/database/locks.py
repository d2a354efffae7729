"""Turns by name, where SQLite has one writer at a time anyway and MS SQL would let several go on at once."""

from hashlib import sha256

from sqlalchemy import Connection

from gateway.domain.errors import Busy, Interrupted

WAIT_SECONDS = 20
LOAD_SECONDS = 600
"""How long a load waits for its turn: another may have a million rows to merge."""
_VICTIM = -3
"""Who waits for a turn may be chosen in a deadlock too, and is told so without an error."""
AUDIT = "obmen audit"
MIGRATIONS = "obmen migrations"
ORDERS = "obmen orders"
"""Who translates and offers orders does it alone, so that cursors over steps leave none out."""
REGULATION = "obmen regulation"
SCORECARDS = "obmen scorecards"
CROSSWALK = "obmen crosswalk"
"""Loads share it; who maps codes and attributes facts to them has it alone, or facts in between would be left out."""


def of_party(party: int) -> str:
    """Loads of one party follow each other: they learn its codes, and compare their scopes with what is there."""
    return f"obmen party {party}"


def of_order(origin: int, order: str) -> str:
    """Requests about one order follow each other: the second finds what the first has made of it."""
    return f"obmen order {sha256(f'{origin} {order}'.encode()).hexdigest()[:32]}"


def of_pull(site: int) -> str:
    """Two clients of one site get one batch."""
    return f"obmen pull {site}"


def of_site(site: int) -> str:
    """Packets of one site are journalled one by one: the second with an id finds the first."""
    return f"obmen site {site}"


def of_claim(claim: int) -> str:
    """What a claim has staged is either merged or swept."""
    return f"obmen claim {claim}"


def of_findings(party: int) -> str:
    """Incidents follow a party's findings in one place at a time: whoever is last has seen the newest."""
    return f"obmen findings {party}"


def take_turn(connection: Connection, name: str, shared: bool = False, seconds: int = WAIT_SECONDS) -> None:
    """Waits for the lock and keeps it until the transaction ends. Raises Busy where it takes too long."""
    if connection.dialect.name == "mssql":
        _take(connection, name, "Shared" if shared else "Exclusive", "Transaction", seconds, _BEGIN)


def take_turn_of_session(connection: Connection, name: str) -> None:
    """As `take_turn`, but until the connection is closed, and where there may be no table of ours yet."""
    if connection.dialect.name == "mssql":
        _take(connection, name, "Exclusive", "Session", WAIT_SECONDS)


_BEGIN = "DECLARE @begun int; SELECT @begun = count(*) FROM exchange.alembic_version; "
"""With reading a table the server begins the transaction that the lock belongs to."""


def _take(connection: Connection, name: str, mode: str, owner: str, seconds: int, before: str = "") -> None:
    """Counting is off only in between: a session that stays without it would tell no row counts to anybody."""
    statement = (
        f"SET NOCOUNT ON; {before}DECLARE @turn int; "
        f"EXEC @turn = sp_getapplock @Resource = '{name}', @LockMode = '{mode}', @LockOwner = '{owner}', "
        f"@LockTimeout = {seconds * 1000}; "
        "SET NOCOUNT OFF; SELECT @turn AS turn"
    )
    answer = int(connection.exec_driver_sql(statement).scalar_one())
    if answer == _VICTIM:
        raise Interrupted("the store gave up the transaction, try again", retry_after=5)
    if answer < 0:
        raise Busy("the store is busy, try again", retry_after=5)
