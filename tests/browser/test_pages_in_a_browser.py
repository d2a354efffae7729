"""The operations pages as a person meets them: a real Chromium against the real gateway."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from connectors.database.tables import visit
from gateway.domain.party import Sender
from gateway.loading import load_all
from gateway.wiring import Hub
from tests.browser.chromium import CONTRASTS, chromium, opened, overflow
from tests.hubs import add_site, serving
from tests.integration.visiting import NAME, PASSWORD, send, staffed_hub
from tests.packets import line, shipment, shipments

pytestmark = pytest.mark.browser
GUID = "0f6e5f1c-9d1b-4a3e-8f5a-2b7c1d9e0a00"
WIDE, NARROW = {"width": 1366, "height": 800}, {"width": 390, "height": 800}


@dataclass(frozen=True)
class Desk:
    """A hub at work with something to show, and a site that can send more."""

    hub: Hub
    sender: Sender
    address: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_hub(tmp_path) as hub, serving(hub) as address:
        sender = add_site(hub)
        send(hub, sender, GUID)
        load_all(hub)
        send(hub, sender, GUID, shipments(GUID, shipment("РН-2")))
        send(hub, sender, "bad", shipments("bad", shipment("РН-7", line(quantity="шесть"))))
        send(hub, sender, "waits")
        yield Desk(hub, sender, address)


def sign_in(page: Page, address: str = "/") -> None:
    page.goto(address)
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("table.packets")).to_be_visible()
    page.wait_for_load_state()  # a table is seen before the deferred script has set its timer


def test_a_person_signs_in_changes_the_language_and_signs_out(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        sign_in(page, "/?state=rejected")
        expect(page.get_by_role("link", name="bad")).to_be_visible()
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Packets")
        expect(page.get_by_role("row")).to_have_count(2)
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("[name=password]")).to_be_visible()
        page.goto("/packets/1")
        expect(page).to_have_url(f"{desk.address}/login?next=%2Fpackets%2F1")


def test_everything_works_without_scripts(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address, java_script_enabled=False) as page:
        sign_in(page)
        assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "30"
        page.get_by_label("Состояние").select_option("conflict")
        page.get_by_label("Контрагент").fill("volga")
        page.get_by_role("button", name="Показать").click()
        page.get_by_role("link", name=GUID).click()
        expect(page.get_by_text("ID_CONFLICT")).to_be_visible()
        page.locator("section[aria-labelledby=others] a").click()
        expect(page).to_have_url(f"{desk.address}/packets/1")


def test_the_list_renews_itself_and_leaves_the_person_in_peace(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        page.clock.install()
        sign_in(page)
        page.evaluate("window.same = true")
        page.get_by_label("Идентификатор пакета").fill("half typed")
        page.get_by_role("link", name="bad").focus()
        send(desk.hub, desk.sender, "brand-new")
        page.clock.run_for(10_500)
        expect(page.locator("tbody td.code").first).to_have_text("brand-new")
        expect(page.locator("#tiles b").first).to_have_text("5")
        expect(page.get_by_label("Идентификатор пакета")).to_have_value("half typed")
        expect(page.get_by_role("link", name="bad")).to_be_focused()
        assert page.evaluate("window.same")


def test_a_list_that_is_told_to_stand_still_does(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        page.clock.install()
        sign_in(page)
        page.get_by_role("link", name="Не обновлять").click()
        expect(page).to_have_url(f"{desk.address}/?refresh=0")
        send(desk.hub, desk.sender, "brand-new")
        page.clock.run_for(60_000)
        expect(page.locator("tbody td.code").first).to_have_text("waits")
        assert page.locator("script").count() == 0


def test_a_packet_under_way_is_watched_to_its_end(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        page.clock.install()
        sign_in(page)
        page.get_by_role("link", name="waits").click()
        expect(page.locator(".heading .badge")).to_have_text("принят")
        page.wait_for_load_state()
        load_all(desk.hub)
        page.clock.run_for(5_500)
        expect(page.locator(".heading .badge")).to_have_text("с замечаниями")


def test_when_the_visit_is_over_the_list_leads_to_the_login(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        page.clock.install()
        sign_in(page)
        with desk.hub.exchange.writing() as connection:
            connection.execute(delete(visit))
        page.clock.run_for(10_500)
        expect(page).to_have_url(f"{desk.address}/login?next=%2F")


def test_a_hub_that_does_not_answer_is_said_and_forgotten_when_it_does(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        page.clock.install()
        sign_in(page)
        page.evaluate("() => { window.asked = fetch; window.fetch = () => Promise.reject(new TypeError()) }")
        page.clock.run_for(10_500)
        expect(page.get_by_role("status")).to_have_text("Хаб не отвечает; показано последнее, что от него известно.")
        page.evaluate("() => { window.fetch = window.asked }")
        page.clock.run_for(10_500)
        expect(page.locator("#unreachable")).to_be_hidden()


def test_what_senders_write_never_runs(browser: Browser, desk: Desk) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    send(desk.hub, desk.sender, hostile, b"<no/>", feed=hostile)
    with opened(browser, desk.address) as page:
        sign_in(page)
        page.get_by_role("link", name=hostile).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
        assert page.locator("main img, main script").count() == 0


def test_a_narrow_screen_scrolls_the_table_and_not_the_page(browser: Browser, desk: Desk) -> None:
    send(desk.hub, desk.sender, "x" * 100, b"<no/>", feed="y" * 100)
    with opened(browser, desk.address, viewport=NARROW) as page:
        sign_in(page)
        assert overflow(page, "html") == 0
        assert overflow(page, ".scroll") > 100
        page.goto("/packets/1")
        assert overflow(page, "html") == 0


@pytest.mark.parametrize("language", ["Русский", "English"])
def test_an_ordinary_screen_shows_the_whole_table_under_a_head_that_stays(
    browser: Browser, desk: Desk, language: str
) -> None:
    for number in range(40):
        send(desk.hub, desk.sender, f"{GUID}-{'x' * 60}-{number}", b"<no/>", feed="y" * 100)
    with opened(browser, desk.address, viewport=WIDE) as page:
        sign_in(page)
        with page.expect_navigation():
            page.get_by_role("button", name=language).click()
        assert overflow(page, "html") == 0
        page.evaluate("scrollTo(0, 900)")
        expect(page.get_by_role("columnheader").first).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(browser: Browser, desk: Desk, scheme: str) -> None:
    with opened(browser, desk.address, color_scheme=scheme) as page:
        page.goto("/login")
        measured = page.evaluate(CONTRASTS)
        sign_in(page)
        for address in ("/", "/?state=not-accepted&days=1", "/packets/1", "/attempts/3"):
            page.goto(address)
            measured += page.evaluate(CONTRASTS)
    assert len(measured) > 150
    assert [each for each in measured if each[0] < 4.5] == []


def test_the_keyboard_reaches_the_content_first_and_every_field_has_its_name(browser: Browser, desk: Desk) -> None:
    with opened(browser, desk.address) as page:
        sign_in(page)
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="К содержанию")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        fields = page.locator("input:not([type=hidden]), select")
        assert fields.evaluate_all("all => all.filter(each => !each.labels.length).map(each => each.name)") == []
