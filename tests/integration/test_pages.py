"""The operations pages over a real store: the list of packets, and one packet."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.domain.feed import Register
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.receipt import Acceptance, Status
from gateway.loading import load_all
from gateway.referencing import load_reference
from gateway.releasing import release
from gateway.wiring import Hub
from tests.hubs import add_site
from tests.integration.visiting import NOON, Clock, facts, ids, page_of, rename, send, signed_in, staffed_hub, texts
from tests.packets import line, shipment, shipments, stock, warehouse

FOUND = {
    "state=rejected": ["wrong"],
    "state=conflict": ["Sold-1"],
    "state=loaded": ["stock-1"],
    "state=not-accepted": ["Sold-1", "wrong"],
    "state=attention": ["Sold-1", "wrong", "Sold-1"],
    "state=under-way": [],
    "feed=stock": ["stock-1"],
    "party=KAMA": ["wrong"],
    "party=ооо+в": ["Sold-1", "stock-1", "Sold-1"],
    "text=sold": ["Sold-1", "Sold-1"],
    "text=%25": [],
    "text=[s]old": [],
    "text=ol_-1": [],
    "text=sold&state=conflict&feed=shipments&party=VOLGA": ["Sold-1"],
    "days=1": ["Sold-1", "wrong", "stock-1"],
}
"""Queries of the list, and the packets they find below."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    with staffed_hub(tmp_path / "store", clock) as hub:
        yield hub


@pytest.fixture
def sender(hub: Hub) -> Sender:
    return add_site(hub)


@pytest.fixture
def client(hub: Hub) -> TestClient:
    return signed_in(hub)


def refuse(hub: Hub, sender: Sender, count: int) -> None:
    """Refused attempts straight into the journal, rejections and conflicts in turn."""
    with hub.exchange.writing() as connection:
        for number in range(count):
            status = (Status.REJECTED, Status.CONFLICT)[number % 2]
            answer = Acceptance(f"r{number:03}", "shipments", status, NOON)
            hub.journal.add_attempt(connection, sender.site, answer, [], None)


def test_refused_attempts_stand_among_the_packets_newest_first(hub: Hub, sender: Sender, client: TestClient) -> None:
    send(hub, sender, "first")
    send(hub, sender, "wrong", b"<no/>")
    send(hub, sender, "first", shipments("first", shipment("РН-2")))
    page = page_of(client, "/")
    assert ids(page) == ["first", "wrong", "first"]
    assert texts(page, "//tbody//td[@class='state']") == ["конфликт", "отклонён", "принят"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (shipments("p", shipment(date="2026-11-31")), ["7701234567", "01–30.11.2026", "Обмен 1"]),
        (shipments("p", "<shipment>"), ["7701234567", "01–30.11.2026", "Обмен 1"]),
        (shipments("p", organization="77", to="2026-11-31"), ["77", "01.11.2026–…", "Обмен 1"]),
        (shipments("other"), ["7701234567", "01–30.11.2026", "Обмен 1"]),
        (b"<packet id='p' organization='77'", []),
        (b"\x1f\x8b no gzip", []),
    ],
)
def test_a_refused_attempt_shows_what_could_be_read_of_its_header(
    hub: Hub, sender: Sender, client: TestClient, content: bytes, said: list[str]
) -> None:
    send(hub, sender, "p", content.replace(b"mode=", 'software="Обмен 1" mode='.encode()))
    shown = facts(page_of(client, "/attempts/1"))
    assert [shown[name] for name in ("Организация", "Окно дат", "Программа отправителя") if name in shown] == said


def test_a_conflict_shows_what_came_not_what_was_there(hub: Hub, sender: Sender, client: TestClient) -> None:
    send(hub, sender, "p")
    send(hub, sender, "p", shipments("p", to="2026-11-29"))
    assert texts(page_of(client, "/"), "//tbody//tr/td[6]") == ["01–29.11.2026", "01–30.11.2026"]


def test_a_held_packets_page_shows_before_and_after_and_a_loaded_ones_what_became(
    hub: Hub, sender: Sender, client: TestClient
) -> None:
    many = [shipment(f"РН-{number:02}") for number in range(20)]
    send(hub, sender, "p-1", shipments("p-1", *many))
    load_all(hub)
    fewer = shipments("p-2", shipment("РН-00", line(1, quantity=3)), *many[1:3], created="2026-11-20T23:30:00+03:00")
    send(hub, sender, "p-2", fewer)
    foreseen = texts(page_of(client, "/packets/2"), "//table[@class='changes']/tbody/tr")
    assert foreseen[0] == "РН-03 отозван 05.11.2026 1 2 20 пакет 1"
    assert foreseen[-1] == "РН-00 изменён 05.11.2026 1 2 → 3 20 пакет 1"
    assert len(foreseen) == 18
    release(hub, sender, "p-2")
    load_all(hub)
    assert sorted(texts(page_of(client, "/packets/2"), "//table[@class='changes']/tbody/tr")) == sorted(foreseen)


def test_a_line_says_who_sent_what_and_how_far_it_came(hub: Hub, sender: Sender, client: TestClient) -> None:
    known, unknown = line(1, product="known"), line(2, product="unknown")
    load_reference(hub, Register.PRODUCT, [{"code": "known", "name": "x", "gtin": "", "unit": ""}])
    send(hub, sender, "p-1", shipments("p-1", shipment("РН-1", known, unknown)))
    load_all(hub)
    cells = texts(page_of(client, "/"), "//tbody//td")
    assert cells[:3] == ["с замечаниями", "21.11.2026 12:00:00", "ООО VOLGA VOLGA · main"]
    assert cells[3:6] == ["Отгрузки 7701234567", "p-1", "01–30.11.2026"]
    assert cells[6:] == ["1", "2", "2", "1", "0", "2"]


def test_filters_find_what_they_say(hub: Hub, clock: Clock) -> None:
    volga, kama = add_site(hub), add_site(hub, "KAMA", login="kama")
    rename(hub, "VOLGA", "ООО Волга")
    send(hub, volga, "Sold-1")
    clock.now += timedelta(days=2)
    send(hub, volga, "stock-1", stock("stock-1", warehouse("MAIN")), "stock")
    load_all(hub)
    send(hub, kama, "wrong", b"<no/>")
    send(hub, volga, "Sold-1", b"<other/>")
    client = signed_in(hub)
    for query, found in FOUND.items():
        assert ids(page_of(client, f"/?{query}")) == found, query


@pytest.mark.parametrize("state", ["", "not-accepted", "rejected"])
def test_paging_shows_every_attempt_once_there_and_back(
    hub: Hub, sender: Sender, client: TestClient, state: str
) -> None:
    refuse(hub, sender, 230 if state == "rejected" else 115)
    pages = [page_of(client, f"/?state={state}")]
    while older := pages[-1].xpath("//nav[@class='pager']/a[contains(., 'Старше')]/@href"):
        pages.append(page_of(client, older[0]))
    seen = [ids(page) for page in pages]
    assert [len(each) for each in seen] == [50, 50, 15]
    flat = [each for page in seen for each in page]
    assert flat == sorted(set(flat), reverse=True)
    for page, expected in zip(reversed(pages[1:]), reversed(seen[:-1]), strict=True):
        (newer,) = page.xpath("//nav[@class='pager']/a[contains(., 'Новее')]/@href")
        assert ids(page_of(client, newer)) == expected


def test_each_number_of_the_last_day_leads_to_as_many_lines(hub: Hub, clock: Clock) -> None:
    volga, kama = add_site(hub), add_site(hub, "KAMA", login="kama")
    refuse(hub, volga, 3)
    clock.now += timedelta(days=2)
    send(hub, kama, "theirs")
    for packet_id in ("a", "b"):
        send(hub, volga, packet_id)
    load_all(hub)
    send(hub, volga, "c", b"<no/>")
    client = signed_in(hub)
    tiles = page_of(client, "/?party=VOLGA").xpath("//nav[@id='tiles']/a")
    numbers = [int(tile.findtext("b")) for tile in tiles]
    assert numbers == [3, 3, 1, 0, 2]
    assert [len(ids(page_of(client, tile.get("href")))) for tile in tiles] == numbers


def test_a_query_that_makes_no_sense_still_shows_a_list(client: TestClient) -> None:
    queries = ["state=no", "days=x", "before=-1", f"before={2**63}", "after=%00", "refresh=x", "party=%ff", "feed=²"]
    for query in queries:
        assert page_of(client, f"/?{query}").xpath("//table[@class='packets']"), query


def test_a_packets_page_says_what_it_is_and_what_became_of_it(hub: Hub, sender: Sender, client: TestClient) -> None:
    content = shipments("p-1", software="1C:УТ 11.5", module="1.0.0")
    send(hub, sender, "p-1", content)
    load_all(hub)
    shown = facts(page_of(client, "/packets/1"))
    assert shown["Контрагент"] == "ООО VOLGA (VOLGA)"
    assert (shown["Площадка"], shown["Поток"], shown["Организация"]) == ("main", "Отгрузки", "7701234567")
    assert (shown["Окно дат"], shown["Создан отправителем"]) == ("01–30.11.2026", "20.11.2026 23:10")
    assert (shown["Программа отправителя"], shown["Модуль обмена"]) == ("1C:УТ 11.5", "1.0.0")
    assert (shown["Ответ"], shown["Состояние"]) == ("принят", "с замечаниями")
    assert shown["SHA-256 содержимого"] == send(hub, sender, "p-1", content).sha256
    assert (shown["Строк загружено"], shown["из них без SKU"], shown["Строк в карантине"]) == ("1", "1", "0")
    assert shown["Замечаний сообщено отправителю"] == "2"


def test_problems_are_told_in_the_readers_language_with_place_and_remedy(
    hub: Hub, sender: Sender, client: TestClient
) -> None:
    send(hub, sender, "bad", shipments("bad", shipment("РН-7", line(quantity="шесть"))))
    client.post("/language", data={"language": "en"})
    (row,) = page_of(client, "/attempts/1?code=NUMBER_INVALID").xpath("//table[@class='problems']/tbody/tr")
    cells = texts(row, "./td")
    assert cells[1:6] == ["error", "РН-7 2026-11-05", "1", "quantity", "шесть"]
    words_of = hub.problems.wording(Problem("NUMBER_INVALID", field="quantity", value="шесть"), "en")
    assert cells[6:] == [f"{words_of.message} NUMBER_INVALID", words_of.remedy]


def test_many_problems_are_paged_and_found_by_their_kind(hub: Hub, sender: Sender, client: TestClient) -> None:
    lines = [line(n, quantity="шесть") for n in range(1, 71)]
    send(hub, sender, "bad", shipments("bad", shipment("РН-7", *lines, line(71, amount=None))))
    first = page_of(client, "/attempts/1")
    (onward,) = first.xpath("//nav[@class='pager']/a/@href")
    numbers = [texts(page, "//table[@class='problems']//td[1]") for page in (first, page_of(client, onward))]
    assert [len(each) for each in numbers] == [50, 21]
    assert [int(each) for each in numbers[0] + numbers[1]] == list(range(1, 72))
    (missing,) = first.xpath("//nav[@class='chips']/a[contains(., 'Нет обязательного')]/@href")
    assert texts(page_of(client, missing), "//table[@class='problems']//td[5]") == ["amount"]
    assert page_of(client, "/attempts/1?page=999").xpath("//table[@class='problems']//td")


def test_a_failed_load_says_why_and_when_it_is_tried_again(hub: Hub, sender: Sender, client: TestClient) -> None:
    send(hub, sender, "p-1")
    with hub.exchange.writing() as connection:
        claim = hub.queue.claim(connection, NOON, timedelta(minutes=2))
        hub.queue.postpone(connection, claim, "DiskError: no room", NOON + timedelta(hours=1))
    page = page_of(client, "/packets/1")
    assert texts(page, "//div[@role='note']") == ["Загрузить не удалось, попытка повторится. DiskError: no room"]
    assert (facts(page)["Попыток загрузки"], facts(page)["Следующая попытка"]) == ("1", "21.11.2026 13:00")


def test_attempts_under_one_id_lead_to_each_other(hub: Hub, sender: Sender, client: TestClient) -> None:
    send(hub, sender, "p-1")
    send(hub, sender, "p-1", b"<other/>")
    send(hub, add_site(hub, "KAMA", login="kama"), "p-1")
    others = "//section[@aria-labelledby='others']//a/@href"
    assert page_of(client, "/packets/1").xpath(others) == ["/attempts/2"]
    assert page_of(client, "/attempts/2").xpath(others) == ["/packets/1"]


def test_an_attempt_that_became_a_packet_is_shown_as_the_packet(hub: Hub, sender: Sender, client: TestClient) -> None:
    send(hub, sender, "wrong", b"<no/>")
    send(hub, sender, "p-1")
    assert client.get("/attempts/2").headers["location"] == "/packets/1"


def test_what_is_not_there_is_said_kindly(client: TestClient) -> None:
    for address in ("/packets/7", "/attempts/7", f"/packets/{10**30}", "/packets/x", "/nothing", "/%00"):
        page = page_of(client, address, 404)
        assert texts(page, "//h1") == ["Здесь ничего нет"]
        assert page.xpath("//nav[@class='sections']/a[@href='/']")
