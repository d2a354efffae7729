"""Reference records from a CSV file, as Excel in Russia or anybody else saves it."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from gateway.domain.errors import Misuse

REQUIRED = ("code", "name")


def read_records(path: Path, columns: list[str], required: Sequence[str] = REQUIRED) -> list[dict[str, str]]:
    """Records (column → text) of a file with a header line; `,` or `;` between, UTF-8 or windows-1251.

    Raises Misuse that names file, line and column of the first thing wrong.
    """
    text = text_of_file(path)
    # strict: a quote that is never closed would swallow the rest of the file
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        return _records(path, reader, columns, required)
    except csv.Error as error:
        raise Misuse(f"{path}, line {reader.line_num + 1}: {error}") from error


def _records(
    path: Path, reader: "csv.DictReader[str]", columns: list[str], required: Sequence[str]
) -> list[dict[str, str]]:
    given = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = given
    if missing := [name for name in required if name not in given]:
        raise Misuse(f"{path}: the header line has no column {', '.join(missing)}; columns are {', '.join(columns)}")
    if strange := [name for name in given if name not in columns]:
        raise Misuse(f"{path}: unknown column {', '.join(strange)}; columns are {', '.join(columns)}")
    return [_record(path, reader.line_num, row, required) for row in reader]


def delimiter_of(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def text_of_file(path: Path) -> str:
    """UTF-8 or windows-1251. Raises Misuse."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from error
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Misuse(f"{path}: neither UTF-8 nor windows-1251")


def _record(path: Path, line: int, row: dict[str, str | None], required: Sequence[str]) -> dict[str, str]:
    if None in row:
        raise Misuse(f"{path}, line {line}: more values than columns")
    record = {name: (text or "").strip() for name, text in row.items()}
    if empty := [name for name in required if not record[name]]:
        raise Misuse(f"{path}, line {line}: {', '.join(empty)} is empty")
    return record
