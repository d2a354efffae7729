"""Use case: the crosswalk goes out as a workbook and comes back corrected; what it says already changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.crosswalk import NOTHING
from gateway.mapping import Changed, map_codes

if TYPE_CHECKING:
    from gateway.wiring import Hub


def export_book(hub: "Hub", path: Path, party: int | None = None, only_open: bool = False) -> int:
    """Writes live mappings, codes that have none, and units; how many mappings and codes there are."""
    with hub.exchange.reading() as connection:
        parties = hub.parties.party_codes(connection)
    with hub.warehouse.reading() as connection:
        units = [_named(each, parties) | {"unit": each["name"]} for each in hub.units.listed_units(connection)]
        mappings = (_named(each, parties) for each in hub.mappings.listed(connection, party, only_open))
        return int(hub.formats.write_crosswalk(path, _decided(mappings), units, hub.settings.language))


def import_book(hub: "Hub", path: Path, by: str) -> Changed | None:
    """Lays a workbook's mappings and units over the crosswalk; None where it says nothing new.

    Raises Misuse that names sheet, row and column of what is wrong; then nothing is changed.
    """
    with hub.exchange.reading() as connection:
        parties = {code: key for key, code in hub.parties.party_codes(connection).items()}
    wishes, units = hub.formats.read_crosswalk(path, parties)
    return map_codes(hub, "import", by, wishes, units)


def _named(record: dict[str, Any], parties: dict[int, str]) -> dict[str, Any]:
    return record | {"party": parties.get(record["party"])}


def _decided(mappings: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A code that a person has mapped to nothing, told from one on which nobody has decided."""
    for each in mappings:
        yield each | {"our_code": NOTHING} if each["source"] and not each["our_code"] else each
