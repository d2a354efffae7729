"""A refusal is a SOAP 1.1 fault whose one visible line repeats all that matters."""

import pytest
from lxml import etree

from gateway.domain.errors import (
    AuthenticationFailed,
    Busy,
    ContractBroken,
    Internal,
    Malformed,
    Refusal,
    TooLarge,
)
from gateway.soap.faults import fault

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
OURS = "{urn:obmen:exchange:v1}"


def read(refusal: Refusal) -> tuple[int, dict[str, str], dict[str, str]]:
    """HTTP status, headers, and the fault's texts by local name."""
    status, headers, body = fault(refusal)
    root = etree.fromstring(body)
    (found,) = root.findall(f"{SOAP}Body/{SOAP}Fault")
    assert [each.tag for each in found] == ["faultcode", "faultstring", "detail"]
    texts = {etree.QName(each).localname: each.text or "" for each in found.iter() if not len(each)}
    return status, dict(headers), texts


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (AuthenticationFailed("why"), 401, "Client.Authentication"),
        (Malformed("why"), 500, "Client.Malformed"),
        (TooLarge("why"), 500, "Client.TooLarge"),
        (ContractBroken("why"), 500, "Client.Contract"),
        (Busy("why"), 500, "Server.Busy"),
        (Internal("ab12"), 500, "Server.Internal"),
    ],
)
def test_every_refusal_has_its_code_in_all_three_places(refusal: Refusal, status: int, code: str) -> None:
    answered, _, texts = read(refusal)
    assert answered == status
    assert (texts["faultcode"], texts["code"]) == (f"soap:{code}", code)
    assert texts["faultstring"].startswith(f"{code}: ")


def test_only_a_failed_login_asks_for_credentials() -> None:
    assert read(AuthenticationFailed("why"))[1] == {"WWW-Authenticate": 'Basic realm="Obmen", charset="UTF-8"'}
    assert read(Malformed("why"))[1] == {}


def test_when_to_come_again_stands_in_text_detail_and_header() -> None:
    _, headers, texts = read(Busy("the store is away", retry_after=30))
    assert texts["faultstring"] == "Server.Busy: the store is away (retryAfter=30)"
    assert (texts["retryAfter"], headers["Retry-After"]) == ("30", "30")
    assert "retryAfter" not in read(Busy("later"))[2]


def test_a_failure_of_ours_gives_its_reference_and_nothing_of_the_inside() -> None:
    _, _, texts = read(Internal("ab12cd34"))
    assert texts["reference"] == "ab12cd34"
    assert texts["faultstring"] == "Server.Internal: the hub failed; quote reference ab12cd34 to its operators"


@pytest.mark.parametrize("text", ["<b>&amp;]]></b>", "line\nbreak\r\t", "\x01\x08\ufffe\uffff", "\ud800", "кавычки «»"])
def test_whatever_a_sender_put_into_the_text_the_fault_is_xml(text: str) -> None:
    _, _, texts = read(Malformed(f"see {text} here"))
    assert texts["faultstring"].startswith("Client.Malformed: see ")
    assert texts["faultstring"].endswith(" here")
    assert texts["faultstring"].isprintable()
