"""A real browser: what a page of another origin, or under a rebound name, reaches.

Each attack reports how it went; what counts is what reached the deployment. The same attacks
against a daemon that allows everything show that they would.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.browser import chromium
from tests.harness.daemon import Daemon
from tests.harness.upstream import Upstream, reply
from tests.security.callers import assert_untouched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium import webdriver

REBOUND = "rebound.example.com"
SINGLE = "taskcluster"

SECRET = reply(
    200,
    [("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")],
    b'{"secret": "the-secret-of-the-deployment"}',
)
PAGE = reply(200, [("Content-Type", "text/html")], b"<!doctype html><title>evil</title><p>evil")

PREPARE = """
const [base, done] = arguments;
const settle = work => work.then(String, error => `failed: ${error}`);
const read = (path, options) =>
    fetch(base + path, options).then(async answer => `${answer.type} ${await answer.text()}`);
const load = (tag, set) => new Promise(resolve => {
    const element = document.createElement(tag);
    element.onload = () => resolve("loaded");
    element.onerror = () => resolve("failed");
    set(element);
    document.body.append(element);
});
const submit = (method, path) => new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.name = "frame" + Math.random();
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, {method, action: base + path, target: frame.name});
    const field = document.createElement("input");
    Object.assign(field, {name: "a", value: "b"});
    form.append(field);
    document.body.append(form);
    frame.onload = () => resolve("submitted");
    form.submit();
});
"""
ATTACK = (
    PREPARE
    + """
const json = {"Content-Type": "application/json"};
Promise.all([
    settle(read("/queue/v1/fetch-get")),
    settle(read("/queue/v1/fetch-same", {mode: "same-origin"})),
    settle(read("/queue/v1/fetch-post", {method: "POST", body: "x"})),
    settle(read("/queue/v1/fetch-put", {method: "PUT", body: "{}", headers: json})),
    settle(read("/queue/v1/fetch-delete", {method: "DELETE"})),
    settle(read("/queue/v1/nocors-get", {mode: "no-cors"})),
    settle(read("/queue/v1/nocors-post", {mode: "no-cors", method: "POST", body: "x"})),
    settle(read("/queue/v1/no-referrer", {mode: "no-cors", referrerPolicy: "no-referrer"})),
    settle(read("/bewit", {mode: "no-cors", method: "POST", body: "https://tc.example.com/"})),
    settle(read("/credentials", {method: "PUT", body: '{"clientId": "e", "accessToken": "e"}'})),
    settle(submit("post", "/queue/v1/form-post")),
    settle(submit("get", "/queue/v1/form-get")),
    settle(load("img", element => { element.src = base + "/queue/v1/image"; })),
    settle(load("script", element => { element.src = base + "/queue/v1/script"; })),
    settle(load("iframe", element => { element.src = base + "/queue/v1/frame"; })),
    settle(load("link", element => {
        element.rel = "stylesheet"; element.href = base + "/queue/v1/style";
    })),
    settle(Promise.resolve(navigator.sendBeacon(base + "/queue/v1/beacon", "x"))),
    settle(new Promise(resolve => {
        const socket = new WebSocket(base.replace("http", "ws") + "/queue/v1/socket");
        socket.onopen = () => resolve("opened");
        socket.onerror = () => resolve("failed");
    })),
]).then(done);
"""
)
BLIND = PREPARE + (
    'settle(load("img", each => { each.src = base + "/queue/v1/image"; })).then(done);'
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    rules = f"MAP {REBOUND} 127.0.0.1, MAP {SINGLE} 127.0.0.1"
    folder = tmp_path_factory.mktemp("browser")
    with chromium(folder, f"--host-resolver-rules={rules}") as driver:
        yield driver


@pytest.fixture(scope="module")
def pages() -> Iterator[Upstream]:
    """The attacker's web server."""
    with Upstream() as pages:
        pages.default = PAGE
        yield pages


@pytest.fixture(scope="module")
def shared_deployment() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def deployment(shared_deployment: Upstream) -> Iterator[Upstream]:
    """A deployment whose answers every page may read, as deployments say."""
    shared_deployment.reset()
    shared_deployment.default = SECRET
    yield shared_deployment
    shared_deployment.check()


@pytest.fixture(scope="module")
def shared_proxy(shared_deployment: Upstream) -> Iterator[Daemon]:
    with Daemon(root_url=shared_deployment.url) as daemon:
        yield daemon


@pytest.fixture
def proxy(shared_proxy: Daemon, deployment: Upstream) -> Daemon:
    """A daemon with default settings in front of `deployment`."""
    del deployment  # it must be clean before the daemon is used
    return shared_proxy


@pytest.fixture(scope="module")
def careless_proxy(shared_deployment: Upstream) -> Iterator[Daemon]:
    """A daemon that every page may use."""
    everyone = ("--allowed-origin", "*", "--allowed-host-header", "*")
    with Daemon(*everyone, root_url=shared_deployment.url) as daemon:
        yield daemon


def attack(browser: webdriver.Chrome, page: str, base: str, script: str = ATTACK) -> list[str]:
    """Open a page, let it attack, and return how each attack went."""
    browser.get(page)
    results = browser.execute_async_script(script, base)
    results = [results] if isinstance(results, str) else results
    assert all(isinstance(each, str) for each in results)
    return list(results)


def wait_for_refusals(proxy: Daemon, since: int, count: int) -> None:
    """Wait until so many requests came, and check that each was refused."""

    def requests() -> list[dict[str, Any]]:
        return [each for each in proxy.events[since:] if each["event"] == "request"]

    proxy.wait_until(lambda: len(requests()) >= count, 20, f"see {count} requests of the browser")
    assert {each["status"] for each in requests()} == {403}


def paths(deployment: Upstream) -> set[str]:
    return {request.target.decode().partition("?")[0] for request in deployment.requests}


def test_the_attacks_succeed_where_pages_are_allowed(
    browser: webdriver.Chrome, careless_proxy: Daemon, deployment: Upstream, pages: Upstream
) -> None:
    """Else the other tests would show nothing."""
    results = attack(browser, pages.url, careless_proxy.url)
    assert "the-secret-of-the-deployment" in results[0]
    names = "fetch-get fetch-post fetch-put nocors-get nocors-post form-post form-get image script"
    names += " frame style beacon"
    for name in names.split():
        assert f"/api/queue/v1/{name}" in paths(deployment), name


def test_a_page_of_another_origin_reaches_nothing(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream, pages: Upstream
) -> None:
    since = proxy.mark()
    for host in ("127.0.0.1", "localhost"):
        base = f"http://{host}:{proxy.address[1]}"
        results = attack(browser, pages.url, base)
        assert "the-secret-of-the-deployment" not in json.dumps(results)
    assert_untouched(deployment)
    wait_for_refusals(proxy, since, 20)
    check_credentials(proxy, deployment)


def check_credentials(proxy: Daemon, deployment: Upstream) -> None:
    """Check that nobody has replaced them."""
    since = proxy.mark()
    assert proxy.request("GET", "/queue/v1/after").status == 200
    proxy.request_event("/queue/v1/after", since=since)
    assert b'id="tester"' in (deployment.requests[-1].value("Authorization") or b"")


def test_a_page_under_a_rebound_name_reaches_nothing(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream
) -> None:
    """The page's own origin is the proxy, by a name that the attacker has pointed at it."""
    own = f"http://{REBOUND}:{proxy.address[1]}"
    since = proxy.mark()
    results = attack(browser, own + "/queue/v1/page", own)
    assert "HostHeaderNotAllowed" in browser.page_source
    assert "the-secret-of-the-deployment" not in json.dumps(results)
    assert_untouched(deployment)
    wait_for_refusals(proxy, since, 10)
    check_credentials(proxy, deployment)


def test_a_rebound_page_would_read_secrets_otherwise(
    browser: webdriver.Chrome, careless_proxy: Daemon, deployment: Upstream
) -> None:
    own = f"http://{REBOUND}:{careless_proxy.address[1]}"
    results = attack(browser, own + "/queue/v1/page", own)
    assert "the-secret-of-the-deployment" in results[0]
    assert "/api/queue/v1/fetch-same" in paths(deployment)


def test_a_link_to_the_proxy_reaches_nothing(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream, pages: Upstream
) -> None:
    browser.get(pages.url)
    browser.execute_script(f"location.href = '{proxy.url}/queue/v1/link'")
    proxy.request_event("/queue/v1/link")
    assert_untouched(deployment)


def test_an_address_that_a_person_types_is_served(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream
) -> None:
    browser.get(proxy.url + "/queue/v1/typed")
    assert "the-secret-of-the-deployment" in browser.page_source
    assert paths(deployment) == {"/api/queue/v1/typed"}


def test_a_page_sends_blind_requests_to_a_name_that_no_browser_trusts(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream, pages: Upstream
) -> None:
    """A limit, which docs/security.md states.

    Browsers tell of the page in Sec-Fetch-Site only where they trust the address (https, loopback),
    and in Origin only if the page wants to read the answer or sends a body.
    """
    base = f"http://{SINGLE}:{proxy.address[1]}"
    attack(browser, pages.url, base, BLIND)
    assert paths(deployment) == {"/api/queue/v1/image"}
    deployment.requests.clear()
    results = attack(browser, pages.url, base)
    assert "the-secret-of-the-deployment" not in json.dumps(results)
    assert {request.method for request in deployment.requests} == {"GET"}
    check_credentials(proxy, deployment)
