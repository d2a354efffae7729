"""Every command in an empty folder, as the README tells a stranger: what it says, and how it ends."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.database.facts import sku
from gateway import __version__
from gateway.intake import Submission, submit
from gateway.wiring import now
from tests.acceptance.commands import Up, obmen, said, up
from tests.hubs import client_of, hub_in
from tests.packets import INN, line, long_ago, shipment, shipments

pytestmark = pytest.mark.sqlite  # each test works in a copy of a prepared folder
SITE = ("site", "add", "VOLGA", "main", "--login", "volga", "--organization", INN)
GOOD = "code,name\n000123,Молоко\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store in which the site `volga` may send; tests work in copies."""
    folder = tmp_path_factory.mktemp("prepared")
    said(folder, "party", "add", "VOLGA", "--name", "ООО «Волга»")
    said(folder, *SITE, "--password", "пароль")
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def running(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("running")
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    with up(folder) as found:
        yield found


def written(folder: Path, name: str, content: str | bytes) -> str:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def sending(gateway: Up, file: str, *more: str, feed: str = "shipments") -> list[str]:
    return ["send", file, "--url", gateway.service, "--login", "volga", "--feed", feed, *more]


def test_the_store_is_made_in_the_working_folder_and_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    assert "newest revision" in said(tmp_path, "db", "upgrade")
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["exchange.db", "warehouse.db"]
    assert "newest revision" in said(tmp_path, "db", "upgrade")


def test_the_store_may_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    said(tmp_path / "a", "db", "upgrade", OBMEN_DATABASE=f"sqlite:///{tmp_path}/b")
    assert sorted(path.name for path in tmp_path.rglob("*.db")) == ["exchange.db", "warehouse.db"]
    assert list((tmp_path / "a").iterdir()) == []


def test_the_version_is_told_and_help_names_every_command(tmp_path: Path) -> None:
    assert said(tmp_path, "--version").strip() == __version__
    told = said(tmp_path, "--help")
    assert [name for name in ("db", "party", "site", "person", "reference", "up", "work", "send", "demo")
            if name not in told] == []  # fmt: skip


def test_parties_sites_and_people_are_added_once(folder: Path) -> None:
    assert "URAL" in said(folder, "party", "add", "URAL", "--language", "en")
    assert "URAL" in obmen(folder, "party", "add", "URAL").misuse
    assert "ann" in said(folder, "person", "add", "ann", "--password", "x")
    assert "ann" in obmen(folder, "person", "add", "ann", "--password", "x").misuse
    assert "volga" in obmen(folder, *SITE, "--password", "x").misuse
    ural = ("site", "add", "URAL", "main", "--password", "x", "--time-zone", "Asia/Yekaterinburg")
    assert "ural" in said(folder, *ural, "--login", "ural")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("party", "add", "X", "--language", "de"), "ru, en"),
        (("site", "add", "NOBODY", "main", "--login", "x", "--password", "x"), "NOBODY"),
        (("site", "add", "VOLGA", "2", "--login", "a:b", "--password", "x"), "colon"),
        (("site", "add", "VOLGA", "2", "--login", "", "--password", "x"), "empty"),
        (("site", "add", "VOLGA", "2", "--login", "x", "--password", "x", "--time-zone", "Mars"), "TIME_ZONE"),
        (("reference", "load", "weather", "file.csv"), "products, outlets, warehouses"),
        (("reference", "load", "products", "none.csv"), "none.csv"),
        (("send", "none.xml", "--url", "http://x", "--login", "x", "--feed", "x", "--password", "x"), "none.xml"),
    ],
)
def test_what_a_person_gets_wrong_is_one_line(folder: Path, words: tuple[str, ...], told: str) -> None:
    assert told in obmen(folder, *words).misuse


def test_a_reference_is_loaded_from_utf_8_and_windows_1251_and_again(folder: Path) -> None:
    written(folder, "utf-8.csv", GOOD)
    written(folder, "excel.csv", "code;name\r\n000124;Чай\r\n".encode("cp1251"))
    assert "1 loaded" in said(folder, "reference", "load", "products", "utf-8.csv")
    assert "1 loaded" in said(folder, "reference", "load", "products", "excel.csv")
    assert "1 loaded" in said(folder, "reference", "load", "products", "excel.csv")
    with hub_in(folder) as hub, hub.warehouse.reading() as connection:
        products = connection.execute(select(sku.c.code, sku.c.name).order_by(sku.c.code)).all()
    assert [tuple(product) for product in products] == [("000123", "Молоко"), ("000124", "Чай")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("code,nme\n1,A\n", "no column name"),
        ("code,name\n1,A\n2,B,C\n", "line 3"),
        ("code,name\n1,A\n,B\n", "line 3: code is empty"),
        ('code,name\n1,A\n2,"B\n3,C\n', "line 3"),
    ],
)
def test_a_bad_reference_is_one_line_that_names_file_and_line_and_loads_nothing(
    folder: Path, content: str, told: str
) -> None:
    line_told = obmen(folder, "reference", "load", "products", written(folder, "bad.csv", content)).misuse
    assert ("bad.csv" in line_told, told in line_told) == (True, True)
    assert "1 loaded" in said(folder, "reference", "load", "products", written(folder, "good.csv", GOOD))


def test_a_packet_is_sent_from_a_file_and_waited_for(running: Up, tmp_path: Path) -> None:
    written(tmp_path, "packet.xml", long_ago(shipments("wait-1")))
    receipt = json.loads(said(tmp_path, *sending(running, "packet.xml", "--wait"), OBMEN_CLIENT_PASSWORD="пароль"))
    assert (receipt["state"], receipt["rowsLoaded"], receipt["rowsUnmapped"]) == ("loaded-with-problems", 1, 1)
    with client_of(running.address, "volga", "пароль") as client:
        assert sorted(each.code for each in client.problems("wait-1")) == ["CODE_UNKNOWN", "CONTROL_MISSING"]


def test_a_packet_with_errors_is_told_and_ends_with_status_1(running: Up, tmp_path: Path) -> None:
    written(tmp_path, "packet.xml", shipments("bad-1", shipment("РН-1", line(1, quantity="1,5"))))
    done = obmen(tmp_path, *sending(running, "packet.xml", "--wait", "--password", "пароль"))
    answer = json.loads(done.out)
    assert (done.status, answer["status"], done.told) == (1, "rejected", "")
    assert [(each["code"], each["row"], each["field"]) for each in answer["problems"]] == [
        ("NUMBER_INVALID", 1, "quantity")
    ]


def test_a_dry_run_keeps_nothing(running: Up, tmp_path: Path) -> None:
    written(tmp_path, "packet.xml", long_ago(shipments("dry-1")))
    for _ in range(2):
        told = said(tmp_path, *sending(running, "packet.xml", "--dry-run", "--password", "пароль"))
        assert json.loads(told)["status"] == "dry-run-ok"


def test_a_file_without_an_id_of_its_own_needs_one(running: Up, tmp_path: Path) -> None:
    written(tmp_path, "packet.xml", "no packet at all")
    words = sending(running, "packet.xml", "--password", "пароль")
    assert "--packet-id" in obmen(tmp_path, *words).misuse
    assert json.loads(obmen(tmp_path, *words, "--packet-id", "own-1").out)["problems"][0]["code"] == "XML_MALFORMED"


def test_what_keeps_a_client_from_sending_is_one_line(running: Up, tmp_path: Path) -> None:
    written(tmp_path, "packet.xml", long_ago(shipments("p-1")))
    right = sending(running, "packet.xml", "--password", "пароль")
    assert "Client.Authentication" in obmen(tmp_path, *right[:-1], "wrong").misuse
    for url in (running.address + "/", "http://127.0.0.1:9/ws/exchange", "nonsense", str(tmp_path / "packet.xml")):
        words = [url if word == running.service else word for word in right]
        assert url in obmen(tmp_path, *words).misuse


def test_work_once_loads_everything_that_is_due_and_ends(folder: Path) -> None:
    with hub_in(folder, now) as hub:
        with hub.exchange.reading() as connection:
            login = hub.parties.find_login(connection, "volga")
        assert login
        for packet_id in ("p-1", "p-2"):
            sent = Submission("shipments", packet_id, long_ago(shipments(packet_id)))
            assert submit(hub, login.sender, sent).status == "accepted"
    done = obmen(folder, "work", "--once")
    assert (done.status, done.out) == (0, "2 packets taken\n")
    assert said(folder, "work", "--once") == "0 packets taken\n"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OBMEN_PORT": "http"}, "OBMEN_PORT"),
        ({"OBMEN_PROT": "80"}, "OBMEN_PROT"),
        ({"OBMEN_LOG": "xml", "OBMEN_TRIES": "0"}, "OBMEN_TRIES"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path, variables: dict[str, str], named: str) -> None:
    assert named in obmen(tmp_path, "up", **variables).misuse
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("work", "--once"), ("db", "upgrade"), ("party", "add", "X")])
def test_and_every_other_command(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "OBMEN_DATABASE" in obmen(tmp_path, *words, OBMEN_DATABASE="oracle://x").misuse
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in obmen(tmp_path, "up", "--port", port).misuse
    assert "no.such.host.invalid" in obmen(tmp_path, "up", "--port", "0", "--host", "no.such.host.invalid").misuse


def test_a_folder_that_can_t_be_made_is_one_line(tmp_path: Path) -> None:
    written(tmp_path, "file", "")
    obmen(tmp_path, "db", "upgrade", OBMEN_DATABASE=f"sqlite:///{tmp_path}/file").misuse  # noqa: B018


def test_what_is_old_is_pruned_by_hand_and_the_dags_are_found(tmp_path: Path) -> None:
    assert obmen(tmp_path, "prune").out == "0 contents and 0 unfinished transfers are gone\n"
    assert (Path(said(tmp_path, "airflow", "--dags").strip()) / "load_packets.py").exists()
    assert "OBMEN_LANES is 0" in obmen(tmp_path, "work", OBMEN_LANES="0").misuse
