"""Dashboard, alerts and docs/metrics.md name metrics, labels and values that a real proxy tells."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.deploy import promql
from tests.harness import hawk
from tests.harness.daemon import ROOT, Daemon
from tests.harness.scrape import Scrape, scrape
from tests.harness.upstream import OK, Upstream, raw_then_close, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ROOT / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
ALERTS: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.yaml").read_text())
DOCUMENT = (ROOT / "docs" / "metrics.md").read_text()

BY_PROMETHEUS = frozenset({"job", "instance"})
"""Labels that Prometheus adds to what it scrapes."""

_DOCUMENTED = re.compile(r"^\| `((?:tcproxy|process|python)_\w+)` \|", re.MULTILINE)
_VARIABLE = re.compile(r"label_values\((.+), (\w+)\)")
_LEGEND = re.compile(r"\{\{ *(?:\$labels\.)?(\w+) *\}\}")


@pytest.fixture(scope="module")
def found() -> Iterator[Scrape]:
    """A scrape of a daemon that has met with good and bad."""
    with Upstream() as upstream:
        options = ("--metrics", "--retries", "1", "--max-connections", "2")
        temporary = hawk.temporary("a")
        with Daemon(*options, root_url=upstream.url, **temporary.arguments()) as daemon:
            upstream.script(OK, reply(302), reply(404), reply(503), reply(503), reply(429), OK)
            for service in ("queue", "secrets", "index", "auth", "object"):
                daemon.request("GET", f"/{service}/v1/x")
            upstream.script(raw_then_close(b""), raw_then_close(b""))
            daemon.request("POST", "/queue/v1/x", body=b"x" * 100)
            daemon.request("GET", "/queue/v1/x", [("Origin", "https://evil.example.com")])
            with daemon.connect() as first, daemon.connect() as second:
                for caller in (first, second):
                    assert caller.request("GET", "/__version__").status == 200
                with socket.create_connection(daemon.address, 30) as third:
                    assert third.recv(12) == b"HTTP/1.1 503"
                upstream.stop_listening()
                text = first.request("GET", "/__metrics__")
                assert text.status == 200
            yield scrape(daemon)


def codes() -> set[str]:
    """Return all words in the source that may be codes of refusals."""
    source = "\n".join(path.read_text() for path in (ROOT / "tcproxy").glob("*.py"))
    return set(re.findall(r'"([A-Z][A-Za-z]+)"', source))


def panels() -> list[dict[str, Any]]:
    return [each for each in DASHBOARD["panels"] if each["type"] != "row"]


def plain(expression: str) -> str:
    """Put values in place of Grafana's variables."""
    return expression.replace("$__rate_interval", "5m")


def dashboard_queries() -> list[tuple[str, str, str]]:
    """Return title, query and legend of each query."""
    return [
        (panel["title"], plain(target["expr"]), target["legendFormat"])
        for panel in panels()
        for target in panel["targets"]
    ]


def rules() -> list[dict[str, Any]]:
    return [rule for group in ALERTS["groups"] for rule in group["rules"]]


def check(expression: str, found: Scrape) -> promql.Query:
    """Check that a query names what there is; return it."""
    query = promql.parse(expression)
    labels = found.labels()
    assert query.metrics or expression.startswith("time()"), expression
    known = set(BY_PROMETHEUS)
    for metric, matchers in query.metrics.items():
        if metric == "up":
            continue
        assert metric in labels, f"no metric {metric}: {expression}"
        known |= labels[metric]
        for label, _, value in matchers:
            assert label in labels[metric] | BY_PROMETHEUS, f"{metric} has no {label}"
            check_values(metric, label, value, found)
    assert query.grouping <= known, f"{query.grouping - known}: {expression}"
    return query


def check_values(metric: str, label: str, value: str, found: Scrape) -> None:
    if "$" in value or label in BY_PROMETHEUS:
        return
    there = {dict(key)[label] for name, key in found.samples if name == metric}
    there |= codes() if label == "code" else set()
    # Another daemon names other services: those that nothing was asked of have no series.
    there |= {"other", "tcproxy"} if label == "service" else set()
    missing = set(value.split("|")) - there
    assert not missing, f"{metric} never has {label} = {missing}"


@pytest.mark.parametrize(("title", "expression", "legend"), dashboard_queries())
def test_each_query_of_the_dashboard(
    title: str, expression: str, legend: str, found: Scrape
) -> None:
    query = check(expression, found)
    labels = found.labels()
    named = query.grouping | BY_PROMETHEUS
    if not query.grouping:
        named |= {label for metric in query.metrics for label in labels.get(metric, ())}
    assert set(_LEGEND.findall(legend)) <= named, f"{title}: {legend}"


def test_each_variable_of_the_dashboard(found: Scrape) -> None:
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert list(variables) == ["datasource", "job", "instance", "service"]
    for name in ("job", "instance", "service"):
        match = _VARIABLE.fullmatch(variables[name]["definition"])
        assert match is not None
        query = check(match[1], found)
        label = match[2]
        assert all(label in found.labels()[metric] | BY_PROMETHEUS for metric in query.metrics)
        assert variables[name]["query"]["query"] == variables[name]["definition"]


def test_the_dashboard_is_whole() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert DASHBOARD["id"] is None, "Grafana gives the number"
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all(each["datasource"]["uid"] == "${datasource}" for each in panel["targets"])


def test_no_panel_covers_another() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in taken, (panel["title"], taken[x, y])
                taken[x, y] = panel["title"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_each_alert(rule: dict[str, Any], found: Scrape) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    query = check(rule["expr"], found)
    assert rule["labels"]["severity"] in {"warning", "critical"}
    labels = found.labels()
    named = query.grouping or {
        label for metric in query.metrics for label in labels.get(metric, ())
    }
    shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert shown <= named | BY_PROMETHEUS
    assert f"`{rule['alert']}`" in DOCUMENT, "docs/metrics.md says what to do"


def test_each_metric_is_documented_and_each_documented_one_is_there(found: Scrape) -> None:
    suffixes = re.compile(r"_(bucket|sum|count)$")
    there = {suffixes.sub("", name) for name in found.labels() if "duration_seconds" in name} | {
        name for name in found.labels() if "duration_seconds" not in name
    }
    documented = set(_DOCUMENTED.findall(DOCUMENT))
    assert {name for name in there if name.startswith("tcproxy_")} <= documented
    assert documented <= there


def test_the_documented_labels_are_there(found: Scrape) -> None:
    labels = found.labels()
    rows = re.findall(r"^\| `(tcproxy_\w+)` \| ([^|]*) \|", DOCUMENT, re.MULTILINE)
    assert len(rows) > 15
    for name, text in rows:
        there = labels.get(name, set()) | labels.get(f"{name}_bucket", set())
        assert set(re.findall(r"`(\w+)`", text)) == there, name


def test_a_query_that_names_nothing_real_is_found(found: Scrape) -> None:
    for expression in (
        "sum(rate(tcproxy_nothing_total[5m]))",
        'tcproxy_requests_total{colour="red"}',
        'tcproxy_requests_total{status="2x"}',
        "sum by (colour) (tcproxy_requests_total)",
    ):
        with pytest.raises(AssertionError):
            check(expression, found)
    for expression in ("sum(rate(tcproxy_requests_total[5m])", "frob(tcproxy_requests_total)"):
        with pytest.raises(ValueError, match=r"missing|unknown"):
            promql.parse(expression)
