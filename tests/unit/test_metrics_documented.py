"""docs/metrics.md lists every metric, and what stands in deploy/ names only metrics, labels and values that exist."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from gateway.domain.delivery import SlotState
from gateway.domain.feeds import FEEDS
from gateway.domain.incident import Severity
from gateway.domain.receipt import State, Status
from gateway.metrics import OF_THE_GATEWAY, OF_THE_STORE, OTHER, Metrics
from gateway.soap.service import OPERATIONS

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "obmen.json"
RULES = ROOT / "deploy" / "prometheus" / "obmen.rules.yml"
SCRAPING = ROOT / "deploy" / "prometheus" / "prometheus.yml"
OURS = {told.name: told for told in (*OF_THE_GATEWAY, *OF_THE_STORE)}
BY_PROMETHEUS = {"job", "instance"}
KNOWN = {
    "feed": {*FEEDS, OTHER},
    "status": {*Status},
    "operation": {*OPERATIONS, "WSDL", "unknown"},
    "state": {*State, *SlotState},
    "severity": {*Severity},
    "job": {"obmen"},
}
"""Values of labels that are a closed set."""


def collected() -> dict[str, str]:
    """Name and kind of every metric, as a scrape would bring it."""
    families = Metrics(dict, lambda: datetime.now(UTC)).registry.collect()
    return {each.name + ("_total" if each.type == "counter" else ""): each.type for each in families}


def queries_of_the_dashboard() -> list[str]:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


QUERIES = [*queries_of_the_dashboard(), *(rule["expr"] for rule in rules())]


def nodes(node: Any) -> Iterator[Any]:
    """An expression and all within it."""
    yield node
    inner = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "param", "vector_selector")]
    for each in (*inner, *(getattr(node, "args", None) or [])):
        if type(each).__module__.startswith("promql_parser"):
            yield from nodes(each)


def strange_words(query: str) -> list[str]:
    """What the query names and the gateway does not tell. Raises ValueError where it is no PromQL."""
    tree = list(nodes(promql_parser.parse(query.replace("$__rate_interval", "5m"))))
    selectors = [each for each in tree if isinstance(each, promql_parser.VectorSelector)]
    assert selectors, query
    found = [word for each in selectors for word in _of_selector(each)]
    labels = {label for each in selectors for label in labels_of(each.name or "")}
    grouped = [label for each in tree for label in getattr(getattr(each, "modifier", None), "labels", None) or []]
    return [*found, *(label for label in grouped if label not in labels)]


def labels_of(metric: str) -> set[str]:
    if metric in OURS:
        return {*OURS[metric].labels, *BY_PROMETHEUS} if OURS[metric].kind != "histogram" else set()
    base = re.sub(r"_(bucket|sum|count)$", "", metric)
    if base != metric and base in OURS and OURS[base].kind == "histogram":
        return {*OURS[base].labels, *BY_PROMETHEUS, *({"le"} if metric.endswith("_bucket") else ())}
    return BY_PROMETHEUS if metric in collected() or metric == "up" else set()


def _of_selector(selector: promql_parser.VectorSelector) -> Iterator[str]:
    labels = labels_of(selector.name or "")
    if not labels:
        yield f"metric {selector.name}"
    for matcher in selector.matchers.matchers:
        if matcher.name not in labels:
            yield f"label {matcher.name}"
        is_list = re.fullmatch(r"[\w|-]+", matcher.value)
        known = KNOWN.get(matcher.name, set()) if is_list else set()
        yield from (f"value {each}" for each in matcher.value.split("|") if known and each not in known)


def test_every_metric_is_documented_as_it_is() -> None:
    page = (ROOT / "docs/metrics.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ?(.*?) ?\| (.*) \|$", page, re.MULTILINE)
    told = {name: (kind, re.findall(r"`(\w+)`", labels), words) for name, kind, labels, words in rows}
    assert {name: kind for name, (kind, _, _) in told.items()} == collected()
    assert {name: told[name] for name in OURS} == {
        each.name: (each.kind, list(each.labels), each.help) for each in OURS.values()
    }


def test_every_label_is_explained() -> None:
    page = (ROOT / "docs/metrics.md").read_text("utf-8").partition("The labels:")[2]
    explained = {name for cell in re.findall(r"^\| (`.*?`) \|", page, re.M) for name in re.findall(r"`(\w+)`", cell)}
    assert explained == {label for told in OURS.values() for label in told.labels} - {"version"}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_names_only_what_exists(query: str) -> None:
    assert strange_words(query) == []


@pytest.mark.parametrize(
    ("query", "strange"),
    [
        ("sum(obmen_packages_total)", ["metric obmen_packages_total"]),
        ("sum by (party) (obmen_packets_total)", ["party"]),
        ('rate(obmen_packets_total{stat="held"}[5m])', ["label stat"]),
        ('1 - obmen_day_packets{state=~"loaded|gone"} / 2', ["value gone"]),
        ("rate(obmen_request_seconds[5m])", ["metric obmen_request_seconds"]),
        ("obmen_store_up_count", ["metric obmen_store_up_count"]),
        ("obmen_request_seconds_sum{le='1'}", ["label le"]),
    ],
)
def test_what_does_not_exist_is_noticed(query: str, strange: list[str]) -> None:
    assert strange_words(query) == strange


def test_what_is_no_promql_is_noticed() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        strange_words("sum(obmen_store_up")


def test_every_metric_of_ours_is_watched() -> None:
    """On the dashboard or by an alert; the build's version is for people who ask."""
    words = " ".join(QUERIES)
    assert [name for name in OURS if name not in words] == ["obmen_build_info"]


def test_every_alert_says_what_to_do() -> None:
    for rule in rules():
        assert rule["alert"].startswith("Obmen")
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert set(rule["annotations"]) == {"summary", "remedy"}
        for page in re.findall(r"docs/\S+\.md", rule["annotations"]["remedy"]):
            assert (ROOT / page).is_file()


def test_gauges_of_the_store_are_never_added_up_over_gateways() -> None:
    """Each gateway tells the same: `sum` of them would count a packet as often as there are gateways."""
    of_the_store = {told.name for told in OF_THE_STORE}
    for query in QUERIES:
        tree = nodes(promql_parser.parse(query.replace("$__rate_interval", "5m")))
        added = [each.expr for each in tree if isinstance(each, promql_parser.AggregateExpr) and str(each.op) == "sum"]
        assert [each for each in added if getattr(each, "name", "") in of_the_store] == [], query


def test_the_scrape_configuration_reads_the_rules_that_stand_beside_it() -> None:
    config = yaml.safe_load(SCRAPING.read_text("utf-8"))
    assert [(SCRAPING.parent / name).is_file() for name in config["rule_files"]] == [True]
    (job,) = config["scrape_configs"]
    assert (job["job_name"], job["metrics_path"]) == ("obmen", "/metrics")
