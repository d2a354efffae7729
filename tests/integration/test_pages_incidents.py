"""The pages about incidents, where the links of notices lead."""

from pathlib import Path

from gateway.domain.incident import Breach, Mute, Severity, Subject
from gateway.incidents import acknowledge, breached, mute
from gateway.incidents import recovered as ended
from tests.hubs import add_site
from tests.integration.visiting import NOON, facts, page_of, signed_in, staffed_hub, texts, visitor

HOSTILE = "<script>alert(1)</script>"


def test_incidents_are_listed_and_one_shows_its_facts_history_and_who_was_told(tmp_path: Path) -> None:
    with staffed_hub(tmp_path) as hub:
        client = signed_in(hub)
        assert texts(page_of(client, "/incidents"), "//tbody//td") == ["Хаб не знает ни о каких нарушениях."]
        sender = add_site(hub)
        subject = Subject(sender.party, sender.site, "stock", "MAIN")
        params = {"lines": "3", "gap": "-2", "worst": HOSTILE}
        with hub.exchange.writing() as connection:
            breaches = [Breach("STOCK_DIFFERS", subject, Severity.CRITICAL, NOON, params)] * 2
            other = Breach("TASK_FAILED", Subject(None, key="x"), Severity.ERROR, NOON, {"task": "x", "failure": "y"})
            breached(hub, connection, [*breaches, other])
            ended(hub, connection, "TASK_FAILED", other.subject, NOON)
        acknowledge(hub, 1, HOSTILE, "смотрю")
        mute(hub, Mute(NOON, NOON.replace(year=2027), rule="STOCK_DIFFERS"), "olga", "x")
        (row,) = [texts(each, "./td") for each in page_of(client, "/incidents").xpath("//tbody/tr")]
        party, title = "ООО VOLGA VOLGA · main", "Остаток не сходится"
        assert (row[0], row[1], row[3], row[5], row[6]) == ("критично", "принят в работу заглушён", party, title, "1")
        assert len(page_of(client, "/incidents?all=1").xpath("//tbody/tr")) == 2
        page = page_of(client, "/incidents/1")
        assert facts(page)["Склад"] == "MAIN"
        steps = [texts(each, "./td")[1:] for each in page.xpath("//tbody[@id='steps']/tr")]
        assert steps == [["открыт", "", ""], ["принят в работу", HOSTILE, "смотрю"], ["заглушён", "olga", "x"]]
        assert page.xpath("//main//script") == []
        page_of(client, "/incidents/3", 404)
        page_of(client, f"/incidents/{10**30}", 404)
        assert visitor(hub).get("/incidents/1").status_code == 303
