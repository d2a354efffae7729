"""A reference file is read as Excel or anybody else saves it; what is wrong with it is told with its line."""

from pathlib import Path

import pytest

from connectors.formats import read_records
from gateway.domain.errors import Misuse

COLUMNS = ["code", "name", "gtin", "unit"]


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "products.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes) -> list[dict[str, str]]:
    return read_records(written(folder, content), COLUMNS)


def wrong(folder: Path, content: str | bytes) -> str:
    with pytest.raises(Misuse) as caught:
        read(folder, content)
    line = str(caught.value)
    assert "\n" not in line
    assert "products.csv" in line
    return line


@pytest.mark.parametrize(
    "content",
    [
        "code,name\n000123,Молоко\n",
        "code,name\r\n000123,Молоко\r\n",
        "code,name\n000123,Молоко",
        "code;name\n000123;Молоко\n",
        "\ufeffcode;name\n000123;Молоко\n",
        " code ; name \n 000123 ; Молоко \n",
        'code,name\n"000123","Молоко"\n',
        "name,code\nМолоко,000123\n",
        "code,name\n\n000123,Молоко\n\n",
        "code;name\n000123;Молоко\n".encode("cp1251"),
    ],
)
def test_usual_spellings_of_a_file_are_the_same_records(tmp_path: Path, content: str | bytes) -> None:
    assert [{**each} for each in read(tmp_path, content)] == [{"code": "000123", "name": "Молоко"}]


def test_leading_zeros_case_and_quotes_within_are_kept(tmp_path: Path) -> None:
    records = read(tmp_path, 'code,name,gtin\n0085123a,"Сок ""Я"", 1 л",04600000000001\n0085123A,Сок 5",\n')
    assert records == [
        {"code": "0085123a", "name": 'Сок "Я", 1 л', "gtin": "04600000000001"},
        {"code": "0085123A", "name": 'Сок 5"', "gtin": ""},
    ]


def test_a_value_may_hold_the_separator_a_line_break_and_odd_spaces(tmp_path: Path) -> None:
    records = read(tmp_path, 'code,name\n1,"Сок, \nяблочный"\n2,a\u2028b\x0cc\n')
    assert [each["name"] for each in records] == ["Сок, \nяблочный", "a\u2028b\x0cc"]


def test_columns_that_are_left_out_are_left_out_and_short_lines_are_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "code,name,unit\n1,A\n") == [{"code": "1", "name": "A", "unit": ""}]


def test_a_file_of_a_header_only_holds_no_records(tmp_path: Path) -> None:
    assert read(tmp_path, "code,name\n") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "code, name"),
        ("code,nme\n1,A\n", "no column name"),
        ("code|name\n1|A\n", "code, name"),
        ("code,name,colour\n1,A,red\n", "unknown column colour"),
        ("code,name\n1,A\n2,B,C\n", "line 3: more values"),
        ("code,name\n1,A\n,B\n", "line 3: code is empty"),
        ("code,name\n1,A\n2,  \n", "line 3: name is empty"),
        ("code,name\n1,A\n\n2\n", "line 4: name is empty"),
        ('code,name\n1,A\n2,"B\n3,C\n4,D\n', "line 3: "),
        ('code,name\n1,A\n2,"B"C\n', "line 3: "),
        (f"code,name\n1,A\n2,{'B' * 200_000}\n", "line 3: field larger"),
        ('"code,name\n1,A\n', "line 1: "),
        (b"code,name\n1,\x98\n", "neither UTF-8 nor windows-1251"),
        ("code,name\n1,A\n".encode("utf-16"), ""),
        (b"PK\x03\x04\x14\x00\x98\x81", ""),
    ],
)
def test_what_is_wrong_is_one_line_that_names_file_and_place(tmp_path: Path, content: str | bytes, told: str) -> None:
    assert told in wrong(tmp_path, content)


def test_a_file_that_is_not_there_or_is_a_folder_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "products.csv", tmp_path):
        with pytest.raises(Misuse, match=path.name):
            read_records(path, COLUMNS)
