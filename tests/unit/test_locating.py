"""An error of a packet is told with its document, row and field, whatever the packet looks like."""

import pytest

from connectors.formats import locating
from tests.packets import element, line, position, shipment, shipments, stock, warehouse
from tests.unit.reading import Place, places, surveyed

DAY = "РН-1 2026-11-05"
BAD = ("NUMBER_INVALID", DAY, 2, "quantity")


def packet(*lines: str, **override: object) -> str:
    """Three lines of which the second has no number for a quantity."""
    given = lines or (line(1), line(2, quantity="x"), line(3))
    return shipments("p-1", shipment("РН-1", *given, **override)).decode()


def with_prefix(content: str, prefix: str = "p") -> str:
    """The packet as a writer makes it that puts a prefix before every element."""
    for tag in ("packet", "shipment", "line", "attribute", "control"):
        content = content.replace(f"<{tag}", f"<{prefix}:{tag}").replace(f"</{tag}", f"</{prefix}:{tag}")
    return content.replace(" xmlns=", f" xmlns:{prefix}=")


def found_in(content: str | bytes, feed: str = "shipments") -> list[Place]:
    survey = surveyed(content, feed)
    assert survey.header is None
    return places(survey)


@pytest.mark.parametrize(
    ("override", "code", "field"),
    [
        ({"quantity": "x"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": "1,5"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": "1 000"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": "1e3"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": "NaN"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": "1.0000001"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": "1000000000000"}, "NUMBER_INVALID", "quantity"),
        ({"quantity": ""}, "FIELD_MISSING", "quantity"),
        ({"vatRate": "120"}, "NUMBER_INVALID", "vatRate"),
        ({"amount": None}, "FIELD_MISSING", "amount"),
        ({"product": None}, "FIELD_MISSING", "product"),
        ({"product": ""}, "FIELD_MISSING", "product"),
        ({"product": " \n "}, "FIELD_LENGTH", "product"),
        ({"product": "9" * 101}, "FIELD_LENGTH", "product"),
        ({"expiry": "01.03.2027"}, "DATE_INVALID", "expiry"),
        ({"expiry": "2027-02-29"}, "DATE_INVALID", "expiry"),
        ({"expiry": "0000-01-01"}, "DATE_INVALID", "expiry"),
        ({"gtin": "46A"}, "FIELD_INVALID", "gtin"),
        ({"okei": "796 "}, None, None),
        ({"okei": "шт"}, "FIELD_INVALID", "okei"),
        ({"article": "7"}, "FIELD_UNKNOWN", "article"),
        ({"Quantity": "7"}, "FIELD_UNKNOWN", "Quantity"),
    ],
)
def test_a_wrong_field_of_a_row_is_told_with_its_row(
    override: dict[str, str], code: str | None, field: str | None
) -> None:
    survey = surveyed(packet(line(1), line(2, **override), line(3)))
    assert places(survey) == ([(code, DAY, 2, field)] if code else [])


@pytest.mark.parametrize(
    ("override", "place"),
    [
        ({"kind": "sold"}, ("VALUE_NOT_LISTED", DAY, None, "kind")),
        ({"kind": ""}, ("VALUE_NOT_LISTED", DAY, None, "kind")),
        ({"date": "05.11.2026"}, ("DATE_INVALID", "РН-1 05.11.2026", None, "date")),
        ({"date": None}, ("FIELD_MISSING", "РН-1", None, "date")),
        ({"number": None}, ("FIELD_MISSING", "2026-11-05", None, "number")),
        ({"currency": "руб"}, ("FIELD_INVALID", DAY, None, "currency")),
        ({"deleted": "да"}, ("FIELD_INVALID", DAY, None, "deleted")),
        ({"sum": "1"}, ("FIELD_UNKNOWN", DAY, None, "sum")),
    ],
)
def test_a_wrong_field_of_a_document_is_told_with_its_document(override: dict[str, str], place: Place) -> None:
    number = override.pop("number", "РН-1")
    assert found_in(shipments("p-1", shipment(number, **override))) == [place]


@pytest.mark.parametrize(
    ("override", "code", "field"),
    [
        ({"created": None}, "FIELD_MISSING", "created"),
        ({"created": "2026-11-20"}, "DATE_INVALID", "created"),
        ({"created": "2026-11-20T24:00:00"}, "DATE_INVALID", "created"),
        ({"created": "0001-01-01T00:00:00"}, "FIELD_MISSING", "created"),
        ({"from": "1 ноября"}, "DATE_INVALID", "from"),
        ({"mode": "append"}, "VALUE_NOT_LISTED", "mode"),
        ({"organization": "ООО"}, "FIELD_INVALID", "organization"),
        ({"feed": "stock"}, "FEED_DIFFERS", "feed"),
        ({"version": "1"}, "FIELD_UNKNOWN", "version"),
    ],
)
def test_a_wrong_field_of_the_header_is_told_without_a_document(
    override: dict[str, str], code: str, field: str
) -> None:
    assert found_in(shipments("p-1", **override)) == [(code, None, None, field)]


def test_a_wrong_total_is_told_as_a_number() -> None:
    assert found_in(shipments("p-1", control={"rows": "-1"})) == [("NUMBER_INVALID", None, None, "rows")]


def test_a_warehouse_is_told_by_its_code_and_day() -> None:
    wrong = warehouse("MAIN", position(), position(quantity="x"), as_of="2026-11-20T21:00:00")
    assert found_in(stock("s-1", wrong), "stock") == [("NUMBER_INVALID", "MAIN 2026-11-20", 2, "quantity")]
    empty = warehouse("MAIN", as_of="0001-01-01T00:00:00")
    assert found_in(stock("s-1", empty), "stock") == [("FIELD_MISSING", "MAIN 0001-01-01", None, "asOf")]


def test_rows_count_through_the_whole_packet_and_documents_keep_theirs() -> None:
    first = shipment("РН-1", line(1), line(2))
    second = shipment("РН-2", line(1, quantity="x"), line(2), line(3, amount="y"))
    assert found_in(shipments("p-1", first, second)) == [
        ("NUMBER_INVALID", "РН-2 2026-11-05", 3, "quantity"),
        ("NUMBER_INVALID", "РН-2 2026-11-05", 5, "amount"),
    ]


def test_several_errors_of_one_row_are_several_problems_and_none_is_told_twice() -> None:
    wrong = line(2, quantity="x", amount=None, article="7", expiry="soon")
    assert sorted(found_in(packet(line(1), wrong))) == sorted(
        [
            ("NUMBER_INVALID", DAY, 2, "quantity"),
            ("FIELD_MISSING", DAY, 2, "amount"),
            ("FIELD_UNKNOWN", DAY, 2, "article"),
            ("DATE_INVALID", DAY, 2, "expiry"),
        ]
    )


@pytest.mark.parametrize(
    "content",
    [
        packet().replace("<line", "<!-- line --><line"),
        packet().replace("<line", "<?line n='7'?><line"),
        packet().replace("<packet", "<!-- <packet> --><packet").replace("</packet>", "</packet><!-- -->"),
        packet().replace("<line", "\r\n\t <line"),
        packet().replace("<line", "<![CDATA[ ]]><line"),
        packet().replace("/>", "></line>"),
        packet().replace("<line", "<attribute name='a' value='line'/><line", 1),
        packet().replace('quantity="x"', "quantity='&#120;'"),
        with_prefix(packet()),
        with_prefix(packet()).replace("<p:line", '<p:line xmlns:p="urn:obmen:packet:v1"'),
        packet().replace("<line", '<d2p1:line xmlns:d2p1="urn:obmen:packet:v1"'),
        packet().replace("<line", '<line xmlns="urn:obmen:packet:v1" xmlns:unused="urn:other"'),
        with_prefix(packet(), "пакет"),
    ],
)
def test_the_way_of_writing_changes_no_place(content: str) -> None:
    assert found_in(content) == [BAD]


@pytest.mark.parametrize(
    "stranger",
    [
        "<row/>",
        "<Line/>",
        "<x:row xmlns:x='urn:other'/>",
        "<line xmlns='urn:other' n='1'/>",
        "<shipment/>",
        "<packet/>",
        "<control/>",
        "<position/>",
        "<row><line/><line n='x'/></row>",
    ],
)
def test_an_element_that_can_t_stand_there_is_told_and_hides_nothing_behind_it(stranger: str) -> None:
    found = found_in(packet().replace("<line", f"{stranger}<line", 1))
    assert found[0][0] == "ELEMENT_UNEXPECTED" or found[-1][0] == "ELEMENT_UNEXPECTED"
    assert {each[0] for each in found} == {"ELEMENT_UNEXPECTED", "NUMBER_INVALID"}
    assert [each[3] for each in found if each[0] == "NUMBER_INVALID"] == ["quantity"]


def test_different_strangers_are_told_apart_and_the_same_one_once_in_its_document() -> None:
    survey = surveyed(packet(line(1), "<a/>", "<b/>", line(2), "<a/>", "<c/>"))
    told = sorted((each.code, each.document, each.value) for each in survey.problems)
    assert told == [("ELEMENT_UNEXPECTED", DAY, name) for name in "abc"]


def rounds(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows with every validation that finds something; each costs as much as all that is gathered."""
    judged: list[object] = []
    real = locating._Locator._errors

    def counted(locator: locating._Locator, tree: object) -> object:
        judged.append(tree)
        return real(locator, tree)

    monkeypatch.setattr(locating._Locator, "_errors", counted)
    return judged


def test_thousands_of_different_strangers_are_found_together(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = rounds(monkeypatch)
    survey = surveyed(packet(*(f"<s{number}/>" for number in range(3000)), line(1, quantity="x")))
    assert len(survey.problems) == 3001
    assert ("NUMBER_INVALID", DAY, 1, "quantity") in places(survey)
    assert len(judged) < 10


def test_where_problems_are_too_many_the_rest_is_not_even_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "LIMIT", 5)
    monkeypatch.setattr(locating, "ELEMENTS_AT_ONCE", 10)
    judged = rounds(monkeypatch)
    assert len(found_in(packet(*(line(n, quantity="x") for n in range(1, 1000))))) == 6
    assert len(judged) < 10


def test_one_and_the_same_problem_is_not_looked_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "LIMIT", 50)
    monkeypatch.setattr(locating, "ELEMENTS_AT_ONCE", 10)
    judged = rounds(monkeypatch)
    assert [each[0] for each in found_in(shipments("p-1", *["<shipment/>"] * 2000))][-1] == "PROBLEMS_CUT"
    assert len(judged) < 100


@pytest.mark.parametrize("where", ["<line", "<shipment", "</packet"])
def test_text_where_none_belongs_is_told(where: str) -> None:
    content = packet(line(1)).replace(where, f"лишнее{where}", 1)
    ((code, _, row, field),) = found_in(content)
    assert (code, row, field) == ("ELEMENT_INVALID", None, None)


def test_a_prefix_of_two_meanings_is_refused_without_a_crash() -> None:
    two = '<p:line xmlns:p="urn:other" n="1"/></p:shipment>'
    found = found_in(with_prefix(packet()).replace("</p:shipment>", two))
    assert BAD in found
    assert "ELEMENT_UNEXPECTED" in {each[0] for each in found}


@pytest.mark.parametrize(
    "content",
    [
        packet()[:-20],
        packet().replace("</shipment>", ""),
        packet() + "<packet/>",
        packet().replace("</packet>", "<line n='4' product="),
        packet().replace("<line", "<p:line", 1),
        packet().replace('unit="шт"', 'unit="&nbsp;"', 1),
        packet().replace("<line", "<line <", 1),
        packet().replace('n="1"', 'n="1" n="1"', 1),
        packet().replace("<line", "\x01<line", 1),
        packet().replace("<line", "&#0;<line", 1),
        "<packet",
        "   ",
        "no XML at all",
        "<packet>" + "<a>" * 300,
    ],
)
def test_xml_that_breaks_off_is_told(content: str) -> None:
    assert found_in(content)[-1][0] == "XML_MALFORMED"


@pytest.mark.parametrize("at_once", [1, 2, 20_000])
def test_errors_before_the_break_are_told_too(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "ELEMENTS_AT_ONCE", at_once)
    for broken in (packet()[:-20], packet() + "<", packet().replace("</packet>", "</line>")):
        assert [each[0] for each in found_in(broken)] == ["NUMBER_INVALID", "XML_MALFORMED"]


def test_bytes_that_are_no_utf_8_are_malformed() -> None:
    assert [each[0] for each in found_in(packet(line(1)).encode("cp1251"))] == ["XML_MALFORMED"]


def test_a_root_that_is_no_packet_is_told() -> None:
    assert found_in("<invoice/>") == [("ELEMENT_UNEXPECTED", None, None, None)]
    assert found_in("<packet/>") == [("ELEMENT_UNEXPECTED", None, None, None)]


@pytest.mark.parametrize("name", ["p:", ":p", "a:b:c"])
def test_an_element_whose_name_is_none_is_told_in_a_packet_that_is_malformed(name: str) -> None:
    for content in (packet(f"<{name}/>"), f"<{name}/>"):
        assert [code for code, *_ in found_in(content)] == ["ELEMENT_UNEXPECTED", "XML_MALFORMED"]


def test_a_root_whose_name_no_xpath_can_say_is_told() -> None:
    assert found_in("<\ufeff a='1'/>".encode()) == [("ELEMENT_UNEXPECTED", None, None, None)]


def test_values_are_quoted_as_sent_and_cut_at_a_hundred_characters() -> None:
    survey = surveyed(packet(line(1, quantity="1,5"), line(2, product="9" * 300)))
    assert [each.value for each in survey.problems] == ["1,5", "9" * 100]
    assert surveyed(packet(line(1), kind="sold")).problems[0].params == {"allowed": "sale, return, correction"}


def test_an_element_of_very_many_attributes_is_one_problem() -> None:
    flood = " ".join(f'a{number}="1"' for number in range(5000))
    survey = surveyed(packet(line(1)).replace("<line", f"<line {flood}"))
    assert [(each.code, each.value) for each in survey.problems] == [("ELEMENT_INVALID", "line")]


def test_one_problem_more_than_the_limit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "LIMIT", 5)
    at_limit = packet(*(line(n, quantity="x") for n in range(1, 6)))
    assert found_in(at_limit) == [("NUMBER_INVALID", DAY, n, "quantity") for n in range(1, 6)]
    over = packet(*(line(n, quantity="x") for n in range(1, 7)))
    assert [each[0] for each in found_in(over)] == ["NUMBER_INVALID"] * 5 + ["PROBLEMS_CUT"]


def test_problems_do_not_depend_on_how_many_elements_are_judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line(n, **({"quantity": "x"} if n % 7 == 0 else {})) for n in range(1, 100)]
    content = shipments("p-1", shipment("РН-1", *lines), element("stranger"), shipment("РН-2", line(1, amount="y")))
    expected = sorted(found_in(content), key=str)
    assert len(expected) == 16
    for at_once in (1, 2, 3, 7, 50, 101):
        monkeypatch.setattr(locating, "ELEMENTS_AT_ONCE", at_once)
        assert sorted(found_in(content), key=str) == expected


def test_large_elements_are_judged_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    content = packet(*(line(n, batch="B" * 99, quantity="x" if n % 50 == 0 else 1) for n in range(1, 3000)))
    expected = found_in(content)
    assert len(expected) == 59
    judged = rounds(monkeypatch)
    monkeypatch.setattr(locating, "BYTES_AT_ONCE", 1 << 15)
    assert found_in(content) == expected
    assert len(judged) > 5
