"""`obmen incident …`, `mute …`, `contact …` and `notice …`, as a person uses them."""

from pathlib import Path

import pytest

from gateway import cli_hub
from gateway.domain.errors import Misuse
from gateway.incident_sources import task_failed
from gateway.wiring import now
from tests.hubs import hub_in
from tests.integration.test_cli_access import obmen
from tests.notice_servers import mail_server

BOOK = "people: {anna: {email: anna@hub.example, webhook: 'https://desk.example/s3cret', roles: operations}}\n"
BY = ("--by", "anna")


def said(*words: str) -> list[str]:
    done = obmen(*words)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBMEN_DATABASE", f"sqlite:///{tmp_path}")
    monkeypatch.setenv("OBMEN_LANGUAGE", "en")
    monkeypatch.setattr(cli_hub, "configure", lambda settings: None)  # its log would outlive the runner's streams
    (tmp_path / "book.yaml").write_text(BOOK)
    assert said("contact", "load", str(tmp_path / "book.yaml"), *BY) == ["1 people in the contact book"]
    with hub_in(tmp_path, now) as hub:
        task_failed(hub, "reconcile", "out of luck")
    return tmp_path


def test_an_incident_is_listed_taken_up_and_ended_and_shows_its_whole_story(folder: Path) -> None:
    (line,) = said("incident", "list")
    assert line.split("\t")[:3] == ["1", "error", "open"]
    assert line.split("\t")[5:] == ["reconcile", "TASK_FAILED", "0", "", "A task failed"]
    said("incident", "acknowledge", "1", "--comment", "I look", *BY)
    said("incident", "assign", "1", "anna", "--due", "8h", *BY)
    said("incident", "comment", "1", "a word", *BY)
    said("incident", "close", "1", "--reason", "not ours", *BY)
    shown = said("incident", "show", "1")
    assert shown[:3] == [
        "error\tclosed\tTASK_FAILED\treconcile",
        "A task failed",
        "The task reconcile failed: out of luck",
    ]
    steps = [each.split("\t")[1:] for each in shown if "\t" in each]
    assert ["acknowledged", "anna", "I look"] in steps
    assert ["closed", "anna", "not ours"] in steps
    assert ["assigned", "anna", "webhook"] in steps
    assert said("incident", "list") == []
    assert len(said("incident", "list", "--all", "--rule", "TASK_FAILED")) == 1


def test_mutes_are_listed_and_ended(folder: Path) -> None:
    assert said("incident", "mute", "1", "--until", "3d", "--reason", "known", *BY) == ["mute 1 begins"]
    said("mute", "add", "--rule", "TASK_FAILED", "--until", "2100-01-01 09:00", "--reason", "known", *BY)
    assert [each.split("\t")[2:] for each in said("mute", "list")] == [
        ["one incident", "anna", "known"],
        ["TASK_FAILED", "anna", "known"],
    ]
    assert "open, muted" in said("incident", "list")[0]
    said("mute", "end", "2", *BY)
    assert len(said("mute", "list")) == 1


def test_notices_are_sent_and_what_waits_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as mail:
        monkeypatch.setenv("OBMEN_MAIL_URL", mail.url)
        said("contact", "load", str(_written(folder, "people: {anna: {email: anna@hub.example}}")), *BY)
        assert said("notice", "send") == ["1 messages sent", "0 notices wait, 0 of them for a channel that fails"]
    assert mail.titles == [("anna", "[Error] reconcile: A task failed")]


def test_the_contact_book_is_shown_with_its_history_and_without_secrets(folder: Path) -> None:
    said("contact", "load", str(_written(folder, "people: {}")), *BY)
    assert said("contact", "show") == ["people: {}"]
    assert "\n".join(said("contact", "show", "--version", "1")) + "\n" == BOOK
    assert [each.split("\t")[::2] for each in said("contact", "history")] == [["2", "anna"], ["1", "anna"]]
    said("contact", "load", str(_written(folder, BOOK)), *BY)
    listed = said("contact", "list")
    assert [each.split("\t")[2:] for each in listed] == [
        ["email", "anna@hub.example", ""],
        ["webhook", "https://desk.example/…", ""],
    ]


def _written(folder: Path, text: str) -> Path:
    file = folder / "other.yaml"
    file.write_text(text)
    return file


def test_a_mistake_is_one_clear_line(folder: Path) -> None:
    mistakes = [
        (("incident", "show", "7"), "there is no incident 7"),
        (("incident", "close", "7", "--reason", "x"), "there is no incident 7"),
        (("incident", "mute", "1", "--until", "soon", "--reason", "x"), "is no moment"),
        (("incident", "mute", "1", "--until", "2001-01-01", "--reason", "x"), "is over already"),
        (("mute", "add", "--until", "1d", "--reason", "x"), "name a party"),
        (("mute", "end", "7"), "there is no mute 7"),
        (("contact", "show", "--version", "7"), "there is no version 7"),
        (("contact", "load", "nowhere.yaml"), "nowhere.yaml"),
    ]
    for words, says in mistakes:
        with pytest.raises(Misuse, match=says):
            obmen(*words)
