"""The catalogue and its offers as CommerceML files in a zip, cut into segments as 1C's configurations do."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from connectors.formats.commerceml_records import Offer, PriceType, Product
from connectors.formats.commerceml_writing import DIALECTS, written_catalogue, written_offers
from gateway.domain.errors import Misuse

Record = TypeVar("Record")
KEY, NAME = "obmen", "Каталог товаров"
"""The id of catalogue and classifier: the same with every file, so that who reads it knows it again."""
SEGMENT = 5000


def write_catalogue(
    path: Path,
    products: Sequence[Product],
    offers: Sequence[Offer],
    types: Sequence[PriceType],
    made: datetime,
    dialect: int,
    segment: int = SEGMENT,
) -> int:
    """`import0_N.xml` with so many products each, `offers0_N.xml` with theirs; how many files.

    Raises Misuse where the zip can't be made, or there is no such dialect.
    """
    if dialect not in DIALECTS:
        raise Misuse(f"dialect is one of {', '.join(map(str, DIALECTS))}")
    files = [
        (f"import0_{n}.xml", written_catalogue(some, KEY, NAME, made, dialect))
        for n, some in enumerate(_cut(products, segment), start=1)
    ]
    files += [
        (f"offers0_{n}.xml", written_offers(some, types, KEY, NAME, made, dialect))
        for n, some in enumerate(_cut(offers, segment), start=1)
    ]
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files:
                archive.writestr(name, content)
    except OSError as error:
        raise Misuse(f"{path} can't be written: {error.strerror}") from error
    return len(files)


def _cut(records: Sequence[Record], segment: int) -> Iterator[Sequence[Record]]:
    for start in range(0, len(records) or 1, segment):
        yield records[start : start + segment]
