"""The front door lets nothing in but one operation in a plain envelope, and takes every spelling that 1C may use."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.errors import ContractBroken, Malformed
from gateway.soap.front_door import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAME, judged
from tests.unit.envelopes import DECLARATION, EXCHANGE, SOAP, envelope, operation, receipt_of
from tests.unit.reading import property_of

BOM = b"\xef\xbb\xbf"
ENTITY = '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
WINDOWS = '<?xml version="1.0" encoding="windows-1251"?>'
CYRILLIC = receipt_of("пакет-№1")


def refusal(body: bytes | str, content_type: str = "text/xml") -> str:
    with pytest.raises(Malformed) as caught:
        judged(body if isinstance(body, bytes) else body.encode(), content_type)
    assert str(caught.value).startswith("Client.Malformed: ")
    return str(caught.value)


def accepted(body: bytes | str, content_type: str = "text/xml") -> str:
    """What goes on to the dispatcher, as text."""
    passed = judged(body if isinstance(body, bytes) else body.encode(), content_type)
    return str(etree.tostring(passed.root, encoding="utf-8"), "utf-8")


def test_an_envelope_of_one_operation_goes_on_without_its_declaration() -> None:
    passed = judged(envelope(receipt_of()).encode(), "text/xml; charset=utf-8")
    assert passed.operation == "GetReceipt"
    assert etree.tostring(passed.root).decode() == envelope(receipt_of(), declaration="")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (envelope(CYRILLIC).encode(), "text/xml"),
        (envelope(CYRILLIC).encode(), ""),
        (envelope(CYRILLIC).encode(), "text/xml;charset=UTF-8"),
        (envelope(CYRILLIC).encode(), 'TEXT/XML; Charset="utf-8"'),
        (envelope(CYRILLIC).encode(), "application/octet-stream"),
        (envelope(CYRILLIC, declaration="").encode(), "text/xml; charset=us-ascii"),
        (BOM + envelope(CYRILLIC).encode(), "text/xml"),
        (BOM + envelope(CYRILLIC, declaration=WINDOWS).encode(), "text/xml; charset=windows-1251"),
        (b"\r\n " + envelope(CYRILLIC).encode(), "text/xml"),
        (envelope(CYRILLIC, declaration=WINDOWS).encode("cp1251"), "text/xml"),
        (envelope(CYRILLIC, declaration=WINDOWS.replace("windows", "WINDOWS")).encode("cp1251"), "text/xml"),
        (envelope(CYRILLIC, declaration="").encode("cp1251"), "text/xml; charset=Windows-1251"),
        (envelope(CYRILLIC, declaration="").encode("cp1251"), "Text/XML;CHARSET = x-cp1251"),
        (envelope(CYRILLIC, declaration="").encode(), "text/xml; charset=UTF_8"),
        (envelope(CYRILLIC, declaration="").encode("cp1251"), "text/xml; charset='cp1251'; action=x"),
        (envelope(CYRILLIC, declaration="<?xml version='1.0'?>").encode("cp1251"), "text/xml; charset=windows-1251"),
    ],
)
def test_utf_8_and_windows_1251_are_read_however_they_are_declared(body: bytes, content_type: str) -> None:
    assert accepted(body, content_type) == envelope(CYRILLIC, declaration="")


def test_the_header_is_believed_before_the_declaration() -> None:
    """MSXML sends a string as UTF-8, whatever encoding the string declares."""
    assert accepted(envelope(CYRILLIC, declaration=WINDOWS), "text/xml; charset=utf-8") == envelope(CYRILLIC, "")


@pytest.mark.parametrize("content_type", ["text/xml", "", "text/xml; charset="])
def test_utf_8_under_another_declaration_and_no_charset_is_utf_8(content_type: str) -> None:
    """MSXML sends a string so where its caller has set a content type without a charset."""
    assert accepted(envelope(CYRILLIC, declaration=WINDOWS), content_type) == envelope(CYRILLIC, "")


def test_a_header_that_the_bytes_contradict_gives_way_to_the_declaration() -> None:
    body = envelope(CYRILLIC, declaration=WINDOWS).encode("cp1251")
    assert accepted(body, "text/xml; charset=utf-8") == envelope(CYRILLIC, "")


@pytest.mark.parametrize("body", [b"", b" \r\n\t", BOM, BOM + b" "])
def test_an_empty_request_is_malformed(body: bytes) -> None:
    refusal(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("doctype", ["", ENTITY])
def test_wide_encodings_are_malformed_and_hide_no_doctype(encoding: str, doctype: str) -> None:
    refusal((doctype + envelope(declaration="")).encode(encoding))


@pytest.mark.parametrize("name", ["utf-7", "koi8-r", "utf-16", "idna", "rot13", "zip", "x" * 40])
def test_other_charsets_are_malformed_whoever_names_them(name: str) -> None:
    assert name in refusal(envelope(declaration=f'<?xml version="1.0" encoding="{name}"?>'))
    assert name in refusal(envelope(), f"text/xml; charset={name}")


def test_bytes_that_do_not_fit_their_charset_are_malformed() -> None:
    refusal(envelope(CYRILLIC).encode("cp1251"))
    refusal(envelope(receipt_of("\\")).encode().replace(b"\\", b"\x98"), "text/xml; charset=windows-1251")


@pytest.mark.parametrize(
    "body",
    [
        ENTITY + envelope(declaration=""),
        DECLARATION + ENTITY + envelope(declaration=""),
        "<!DOCTYPE e>" + envelope(declaration=""),
        "<!-- --><!DOCTYPE e [<!ENTITY % p SYSTEM 'http://127.0.0.1/x'>%p;]>" + envelope(declaration=""),
        envelope(receipt_of("<![CDATA[<!DOCTYPE a>]]>")),
    ],
)
def test_a_doctype_is_malformed_wherever_it_stands(body: str) -> None:
    assert "DOCTYPE" in refusal(body)
    assert "DOCTYPE" in refusal(WINDOWS.encode() + body.removeprefix(DECLARATION).encode("cp1251"))


@pytest.mark.parametrize(
    "body",
    [
        "no XML",
        envelope()[:-5],
        envelope() + "<more/>",
        envelope(receipt_of("&xxe;")),
        envelope(receipt_of("&#0;")),
        envelope(receipt_of("&#xFFFE;")),
        envelope(receipt_of("&#xD800;")),
        envelope(receipt_of("\x01")),
        envelope(receipt_of("a\0b")),
        envelope(operation(attributes=' a="1" a="2"')),
        envelope(f'<Ping xmlns="{EXCHANGE}"></Pong>'),
        envelope("<x:Ping/>"),
        envelope(receipt_of("<x:a/>")),
        "<!doctype e>" + envelope(declaration=""),
        f"--b\r\nContent-Type: text/xml\r\n\r\n{envelope()}\r\n--b--",
        "\x1f\x8b\x08",
    ],
)
def test_broken_xml_is_malformed(body: str) -> None:
    refusal(body)


@pytest.mark.parametrize(
    "body",
    [
        operation(),
        f'<Envelope xmlns="{SOAP}x"><Body>{operation()}</Body></Envelope>',
        envelope().replace(SOAP, "http://www.w3.org/2003/05/soap-envelope"),
        envelope(""),
        envelope("only text"),
        envelope("<!-- only a comment -->"),
        envelope(operation() + operation()),
        envelope(operation() + receipt_of()),
        envelope(after=f"<e:Body>{receipt_of()}</e:Body>"),
        envelope(before=f"<e:Body>{receipt_of()}</e:Body>"),
        envelope().replace("e:Body", "e:Header"),
        envelope().replace("<e:Body>", "<e:Header><e:Body>").replace("</e:Body>", "</e:Body></e:Header>"),
    ],
)
def test_anything_but_one_operation_in_one_body_is_malformed(body: str) -> None:
    refusal(body)


@pytest.mark.parametrize("attributes", [' href="#a"', ' id="a"', ' id="a" href="#a"'])
def test_references_within_the_envelope_are_malformed(attributes: str) -> None:
    refusal(envelope(operation(attributes=attributes)))
    refusal(envelope(operation("GetReceipt", f"<packetId{attributes}/>")))
    refusal(envelope(attributes=attributes))


@pytest.mark.parametrize("body", [envelope("<Ping/>"), envelope('<Ping xmlns="urn:other"/>'), envelope("<e:Fault/>")])
def test_an_operation_of_another_namespace_is_not_ours(body: str) -> None:
    with pytest.raises(ContractBroken, match=EXCHANGE):
        judged(body.encode(), "text/xml")


@pytest.mark.parametrize(
    "body",
    [
        envelope(before="<e:Header><a>1</a></e:Header>"),
        envelope(after="<!-- -->"),
        envelope("<!-- -->" + operation()),
        envelope("\n\t" + operation() + "\n"),
        envelope(f'<p:Ping xmlns:p="{EXCHANGE}"/>'),
        f'<Envelope xmlns="{SOAP}"><Body>{operation()}</Body></Envelope>',
        envelope(attributes=' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" e:encodingStyle=""'),
    ],
)
def test_what_other_toolkits_write_around_an_operation_is_taken(body: str) -> None:
    assert judged(body.encode(), "text/xml").operation == "Ping"


def nested(depth: int) -> str:
    """An envelope whose deepest element has so many above and with it."""
    inner = depth - 3
    return envelope(operation("Ping", "<a>" * inner + "</a>" * inner))


def test_depth_elements_attributes_and_names_are_bounded_exactly() -> None:
    few = " ".join(f'a{n}="1"' for n in range(MAX_ATTRIBUTES))
    for right in (
        nested(MAX_DEPTH),
        envelope(operation("Ping", "<a/>" * (MAX_ELEMENTS - 3))),
        envelope(operation(attributes=" " + few)),
        envelope(operation("Ping", f"<{'a' * (MAX_NAME - len(EXCHANGE) - 2)}/>")),
    ):
        assert judged(right.encode(), "").operation == "Ping"
    refusal(nested(MAX_DEPTH + 1))
    refusal(envelope(operation("Ping", "<a/>" * (MAX_ELEMENTS - 2))))
    refusal(envelope(operation(attributes=f' {few} b="1"')))
    refusal(envelope(operation("Ping", f"<{'a' * MAX_NAME}/>")))
    refusal(envelope(operation(attributes=f' {"a" * (MAX_NAME + 1)}="1"')))


@pytest.mark.parametrize(
    "body",
    [
        "<a>" * 200_000,
        envelope("<a>" * 200_000),
        envelope(operation("Ping", "<a/>" * 1_000_000)),
        envelope(operation(attributes="".join(f' a{n}="1"' for n in range(300_000)))),
        envelope(f"<{'a' * 5_000_000}/>"),
    ],
)
def test_floods_are_malformed(body: str) -> None:
    refusal(body)


@pytest.mark.parametrize(
    "body",
    [
        envelope("<!---->" * 500_000 + operation()),
        envelope("<?a?>" * 500_000 + operation()),
        envelope(" " * 12_000_000 + operation()),
        envelope(attributes="".join(f' xmlns:n{n}="urn:{n}"' for n in range(50_000))),
    ],
)
def test_floods_of_what_means_nothing_pass_by(body: str) -> None:
    assert judged(body.encode(), "text/xml").operation == "Ping"


def test_a_long_text_passes() -> None:
    text = "A" * 12_000_000
    assert text in accepted(envelope(operation("SendPacketText", f"<text>{text}</text>")))


REQUEST = envelope(receipt_of("пакет")).encode()
changes = st.lists(st.tuples(st.integers(0, len(REQUEST)), st.integers(0, 12), st.binary(max_size=6)), max_size=5)


@property_of(500)
@given(changes, st.sampled_from(["", "text/xml", "text/xml; charset=windows-1251", "text/xml; charset=\u00ff"]))
@example([], "text/xml; charset=")
def test_whatever_is_done_to_a_request_it_is_judged_or_refused(
    edits: list[tuple[int, int, bytes]], content_type: str
) -> None:
    body = REQUEST
    for at, removed, inserted in edits:
        body = body[:at] + inserted + body[at + removed :]
    with suppress(Malformed, ContractBroken):
        assert judged(body, content_type).operation
