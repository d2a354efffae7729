"""Integrators read the exchange format without a session, in both languages, and find every field and problem."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from connectors.formats.reference import FORMAT, FORMATS, format_of
from gateway.wiring import Hub
from tests.hubs import add_site
from tests.integration.visiting import page_of, send, signed_in, staffed_hub, texts, visitor


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with staffed_hub(tmp_path) as hub:
        yield hub


@pytest.fixture
def client(hub: Hub) -> TestClient:
    return visitor(hub)


def in_english(client: TestClient) -> TestClient:
    client.cookies.set("obmen-language", "en")
    return client


def test_every_link_of_the_contents_leads_somewhere_without_a_session(client: TestClient) -> None:
    links = set(page_of(client, "/reference").xpath("//main//@href"))
    assert links == {
        "/reference/problems",
        "/reference/types.xsd",
        *(f"/reference/{feed}{ending}" for feed in FORMATS for ending in ("", ".xsd", ".xml")),
    }
    assert {client.get(each).status_code for each in links} == {200}


@pytest.mark.parametrize("feed", FORMATS)
def test_a_feed_shows_its_fields_types_and_sample(client: TestClient, feed: str) -> None:
    page, told = page_of(client, f"/reference/{feed}"), format_of(feed)
    names = [each.name for element in told.elements for each in element.attributes]
    assert texts(page, "//tbody/tr/th") == names + [each.name for each in told.forms]
    assert page.xpath("//pre")[0].text_content() == told.sample.rstrip("\n") + "\n"
    fragments = {link for link in page.xpath("//main//@href") if link.startswith("#")}
    assert fragments <= {f"#{each}" for each in page.xpath("//@id")}


def test_a_field_is_described_in_the_reader_s_language(client: TestClient) -> None:
    row = "//section[@aria-labelledby='shipment']//tr[th='kind']"
    (russian,) = texts(page_of(client, "/reference/shipments"), row)
    (english,) = texts(page_of(in_english(client), "/reference/shipments"), row)
    assert russian.startswith("kind sale — реализация (по умолчанию), return — возврат")
    assert russian.endswith("одно из sale return correction необязателен")
    assert english.startswith("kind sale (default), return, or correction")
    assert english.endswith("one of sale return correction optional")


def test_the_files_are_the_hub_s_own(client: TestClient) -> None:
    for name, path in (("stock.xsd", "stock.xsd"), ("types.xsd", "types.xsd"), ("stock.xml", "samples/stock.xml")):
        answer = client.get(f"/reference/{name}")
        assert answer.content == (FORMAT / path).read_bytes()
        assert answer.headers["content-type"] == "application/xml"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_what_is_no_feed_has_no_page(client: TestClient) -> None:
    for name in ("nothing", "nothing.xsd", "types", "types.xml", "..%2Fproblems.toml", "stock.toml"):
        assert client.get(f"/reference/{name}").status_code == 404, name


def test_every_problem_stands_under_its_code(hub: Hub, client: TestClient) -> None:
    page = page_of(in_english(client), "/reference/problems")
    assert page.xpath("//tbody/tr/@id") == list(hub.problems.definitions)
    (shown,) = texts(page, "//tr[@id='CONTROL_DIFFERS']")
    assert shown.startswith("CONTROL_DIFFERS error negotiable Totals disagree field : said what was announced")
    (fixed,) = texts(page, "//tr[@id='FIELD_UNKNOWN']")
    assert "negotiable" not in fixed
    assert fixed.endswith('pass it as <attribute name="…" value="…"/>.')


def test_a_packet_s_problems_lead_to_what_is_said_of_them(hub: Hub) -> None:
    send(hub, add_site(hub), "bad", b"<no/>")
    client = signed_in(hub)
    links = page_of(client, "/attempts/1").xpath("//table[@class='problems']//@href")
    assert links
    known = page_of(client, "/reference/problems").xpath("//tbody/tr/@id")
    assert {link.removeprefix("/reference/problems#") for link in links} <= set(known)


def test_who_is_not_signed_in_may_do_so_and_comes_back(hub: Hub) -> None:
    client = visitor(hub)
    for address in ("/reference", "/reference/stock?x=1&y=2", "/reference/problems"):
        (entry,) = page_of(client, address).xpath("//header//a[@class='entry']/@href")
        assert page_of(client, entry).xpath("//input[@name='next']/@value") == [address]
    assert page_of(client, "/login").xpath("//a[@class='entry']") == []
    assert page_of(signed_in(hub), "/reference").xpath("//a[@class='entry']") == []


def test_who_is_signed_in_finds_the_way_there_and_back(hub: Hub) -> None:
    page = page_of(signed_in(hub), "/reference/stock")
    assert page.xpath("//nav[@class='sections']/a/@href") == ["/", "/incidents", "/reference"]
    assert page.xpath("//nav[@class='sections']/a[@aria-current]/@href") == ["/reference"]
    assert page_of(visitor(hub), "/reference/stock").xpath("//nav[@class='sections']") == []
