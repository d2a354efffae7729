"""What is written of the REST interface, the ERP's contract and webhooks is what there is."""

import re
from pathlib import Path

from pydantic import BaseModel

from connectors.database.fact_rows import _statement
from gateway.api import fact_records
from gateway.api.app import application
from gateway.api.openapi import COMMAND, text
from gateway.domain.token import Scope
from gateway.domain.webhook import Event
from tests import erp_service

DOCS = Path(__file__).parents[2] / "docs"
API, ERP = ((DOCS / name).read_text("utf-8") for name in ("api.md", "erp.md"))


def test_the_openapi_document_is_what_the_code_makes() -> None:
    assert (DOCS / "openapi.json").read_text("utf-8") == text(application()), f"out of date: {COMMAND}"


def test_every_operation_says_what_it_does_and_every_request_has_an_example() -> None:
    document = application().openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert len(operation["description"]) > 20, (method, path)
    shapes = document["components"]["schemas"]
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]
    for name in bodies:
        items = shapes[name]["properties"].get("items", {}).get("items", {}).get("$ref", "")
        assert "examples" in shapes[items.rpartition("/")[2] or name] or "examples" in shapes[name], name


def test_every_path_scope_and_event_is_in_the_guide() -> None:
    for path in application().openapi()["paths"]:
        plain = path.removeprefix("/api/v1").removesuffix("/history")
        assert f"{plain}`" in API or plain.removeprefix("/facts") in API, path
    assert {Scope(each) for each in re.findall(r"^\| `(\w+:\w+)` \|", API, re.MULTILINE)} == set(Scope)
    events = API.partition("| event | when |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", events, re.MULTILINE)) == {*Event} - {Event.TEST}


def test_every_operation_and_list_of_the_erps_contract_is_in_its_guide() -> None:
    operations = set(re.findall(r"^\| `(\w+)` \|", ERP.partition("**`GetChanges`**")[0], re.MULTILINE))
    assert operations == {"Ping", "GetChanges", "PutPurchaseOrders", "PutOrderStatuses", "PutProblems"}
    rows = [line.split("|")[1:3] for line in ERP.splitlines() if line.startswith("| `")]
    told = {name: words for names, words in rows for name in re.findall(r"`(\w+)`", names)}
    for name, kind in erp_service.KINDS.items():
        for field in kind._type_info:
            assert field == "extra" or re.search(rf"\b{field}\b", told[name]), (name, field)


def test_facts_have_the_columns_of_the_views() -> None:
    views = (DOCS / "views.md").read_text("utf-8")
    shapes: dict[str, type[BaseModel]] = {
        "shipments": fact_records.Shipment,
        "stock": fact_records.StockPosition,
        "receivables": fact_records.Receivable,
    }
    for feed, shape in shapes.items():
        section = views.partition(f"## `v_{feed}`")[2].partition("\n## ")[0]
        columns = re.findall(r"^\| `(\w+)` \| \S", section, re.MULTILINE)
        stored = [each.name for each in _statement(feed).selected_columns if not each.name.startswith("_")]
        assert stored == columns
        assert set(shape.model_fields) == set(columns)
