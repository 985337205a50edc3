"""The status page in a real browser: live, in light and dark, without JavaScript, and hostile."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.harness import hawk
from tests.harness.browser import chromium
from tests.harness.daemon import CLIENT_ID, ROOT, Daemon
from tests.harness.upstream import OK, Upstream, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium import webdriver

SECONDS = 30
HOSTILE = "/queue/v1/<script>document.title='owned'</script><img%20src=x%20onerror=alert(1)>&lt;"
STYLE = (ROOT / "tcproxy" / "page" / "status.css").read_text()
DENIED = reply(
    403,
    [("Content-Type", "application/json")],
    json.dumps(
        {
            "code": "InsufficientScopes",
            "message": "Client ID x does not have sufficient scopes and is missing the following "
            "scopes:\n\n```\nsecrets:get:<b>a</b>\n```\n",
        }
    ).encode(),
)


@pytest.fixture(scope="module")
def shared_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def browser(shared_browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """A browser as it starts: any log is of this test."""
    complaints(shared_browser)
    yield shared_browser
    script(shared_browser, is_on=True)
    shared_browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    shared_browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    shared_browser.get("about:blank")


@pytest.fixture
def deployment() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def proxy(deployment: Upstream) -> Iterator[Daemon]:
    """A daemon that has seen nothing yet."""
    credentials = hawk.temporary("queue:*", "secrets:get:project/example/*", name="worker/one")
    with Daemon(root_url=deployment.url, **credentials.arguments()) as daemon:
        yield daemon


def script(browser: webdriver.Chrome, *, is_on: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_on})


def emulate(browser: webdriver.Chrome, **features: str) -> None:
    """Set what the person prefers, such as `prefers_color_scheme="dark"`."""
    listed = [{"name": name.replace("_", "-"), "value": each} for name, each in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})


def show(browser: webdriver.Chrome, proxy: Daemon) -> None:
    browser.get(proxy.url + "/__status__")


def wait(browser: webdriver.Chrome, condition: Callable[[], object]) -> None:
    WebDriverWait(browser, SECONDS, 0.05).until(lambda _: condition())


def text_of(browser: webdriver.Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def wait_until_live(browser: webdriver.Chrome) -> None:
    wait(browser, lambda: text_of(browser, "#live") == "Live")


def rows(browser: webdriver.Chrome) -> list[dict[str, str]]:
    """Return the table as it is shown, by the labels of its columns."""
    found: Any = browser.execute_script(
        "return [...document.querySelectorAll('#rows tr')].map(row => Object.fromEntries("
        "[...row.cells].map(cell => [cell.dataset.label, cell.innerText])));"
    )
    return list(found)


def is_longer(browser: webdriver.Chrome, before: int) -> bool:
    return len(rows(browser)) > before


def complaints(browser: webdriver.Chrome) -> list[str]:
    """Return what the browser's console says since the last call."""
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium has it untyped
    return [each["message"] for each in log]


def assert_quiet(browser: webdriver.Chrome) -> None:
    """Check that the browser had nothing to complain about: no error, nothing blocked."""
    assert complaints(browser) == []


def test_rows_come_as_they_happen(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream
) -> None:
    show(browser, proxy)
    wait_until_live(browser)
    assert text_of(browser, "#empty") == "None yet."
    deployment.script(reply(503), OK, DENIED)
    proxy.request("GET", "/queue/v1/task/a?zebra=1")
    proxy.request("DELETE", "/secrets/v1/secret/a")
    wait(browser, lambda: len(rows(browser)) == 2)
    last, first = rows(browser)
    assert (first["Method"], first["Path"], first["Status"]) == ("GET", "/queue/v1/task/a", "200")
    assert first["Attempts"] == "2"
    assert re.fullmatch(r"[\d.]+ (ms|s)", first["Duration"])
    assert (last["Method"], last["Status"]) == ("DELETE", "403")
    assert last["Note"] == "Missing: secrets:get:<b>a</b>"
    assert not browser.find_element(By.ID, "empty").is_displayed()
    assert "zebra" not in browser.page_source
    assert_quiet(browser)


def test_live_rows_look_as_those_of_the_page(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream
) -> None:
    """What the script makes, and what the daemon made, is the same."""
    show(browser, proxy)
    wait_until_live(browser)
    deployment.script(OK, DENIED, OK)
    for target in ("/queue/v1/a", "/queue/v1/b", HOSTILE, "/nothing"):
        proxy.request("GET", target)
    wait(browser, lambda: len(rows(browser)) == 4)
    inner = "return document.getElementById('rows').innerHTML.replace(/ class=\"new\"/g, '')"
    live = browser.execute_script(inner)
    scopes = browser.execute_script("return document.getElementById('scopes').innerHTML")
    expiry = text_of(browser, "#expiry").partition(",")[2]
    show(browser, proxy)
    assert browser.execute_script(inner).replace("\n", "") == live.replace("\n", "")
    assert browser.execute_script("return document.getElementById('scopes').innerHTML") == scopes
    assert text_of(browser, "#expiry").partition(",")[2] == expiry


def test_without_javascript(browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream) -> None:
    deployment.script(DENIED)
    proxy.request("GET", "/secrets/v1/secret/a")
    script(browser, is_on=False)
    show(browser, proxy)
    assert re.search(r"As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; reload", text_of(browser, "#live"))
    assert re.match(r"in (59 min|1 h)", text_of(browser, "#expiry"))
    assert text_of(browser, "#client") == "worker/one"
    assert "secrets:get:project/example/*" in text_of(browser, "#scopes")
    row = text_of(browser, "#rows tr")
    assert "/secrets/v1/secret/a" in row
    assert "Missing: secrets:get:<b>a</b>" in row


def test_hostile_paths_are_text(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream
) -> None:
    deployment.script(DENIED)
    proxy.request("GET", HOSTILE)
    show(browser, proxy)
    wait_until_live(browser)
    proxy.request("GET", HOSTILE)
    wait(browser, lambda: len(rows(browser)) == 2)
    assert [each["Path"] for each in rows(browser)] == [HOSTILE, HOSTILE]
    assert browser.title == "tcproxy: status"
    for tag in ("img", "b", "main script"):
        assert browser.find_elements(By.CSS_SELECTOR, tag) == []
    assert_quiet(browser)


def test_the_policy_holds(browser: webdriver.Chrome, proxy: Daemon) -> None:
    """Even what got into the page by some fault would not run, load or send."""
    show(browser, proxy)
    wait_until_live(browser)
    browser.execute_script(
        "const script = document.createElement('script');"
        "script.textContent = 'document.title = `owned`';"
        "document.body.append(script);"
        "const image = new Image(); image.src = '/__version__'; document.body.append(image);"
    )
    wait(browser, lambda: len(browser.find_elements(By.TAG_NAME, "img")) == 1)
    assert browser.title == "tcproxy: status"
    blocked = " ".join(complaints(browser))
    assert "script-src" in blocked
    assert "img-src" in blocked


def test_it_asks_for_nothing_but_itself(browser: webdriver.Chrome, proxy: Daemon) -> None:
    since = proxy.mark()
    show(browser, proxy)
    wait_until_live(browser)
    proxy.request("GET", "/queue/v1/mark")
    proxy.request_event("/queue/v1/mark", since=since)
    targets = {each["target"] for each in proxy.events[since:] if each["event"] == "request"}
    assert targets == {"/__status__", "/queue/v1/mark"}


def test_other_credentials_show_at_once(browser: webdriver.Chrome, proxy: Daemon) -> None:
    show(browser, proxy)
    wait_until_live(browser)
    other = hawk.temporary("other:scope", name="worker/<i>two", ends=dt.timedelta(minutes=4))
    assert proxy.request("PUT", "/credentials", body=other.body()).status == 200
    wait(browser, lambda: text_of(browser, "#client") == "worker/<i>two")
    assert text_of(browser, "#scopes code") == "other:scope"
    assert re.match(r"in 3 min \d+ s", text_of(browser, "#expiry"))
    assert browser.find_element(By.ID, "remaining").get_attribute("class") == "soon"
    assert proxy.request("PUT", "/credentials", body=hawk.Credentials().body()).status == 200
    wait(browser, lambda: text_of(browser, "#client") == CLIENT_ID)
    assert text_of(browser, "#expiry") == "never: these are permanent credentials"
    assert text_of(browser, "#scopes") == "All that the client has at the deployment"
    assert_quiet(browser)


def test_expiry_counts_down_to_the_end(browser: webdriver.Chrome, deployment: Upstream) -> None:
    brief = hawk.temporary("a", ends=dt.timedelta(seconds=8))
    with Daemon(root_url=deployment.url, **brief.arguments()) as daemon:
        show(browser, daemon)
        wait(browser, lambda: re.match(r"expired \d+ s ago", text_of(browser, "#expiry")))
        assert browser.find_element(By.ID, "remaining").get_attribute("class") == "bad"


def test_it_says_when_the_proxy_is_gone(browser: webdriver.Chrome, deployment: Upstream) -> None:
    with Daemon(root_url=deployment.url) as daemon:
        show(browser, daemon)
        wait_until_live(browser)
        daemon.stop()
        wait(browser, lambda: text_of(browser, "#live") == "Connection lost; trying again.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_readable(browser: webdriver.Chrome, proxy: Daemon, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: text has a contrast of 4.5 at least, on each ground that it stands on."""
    emulate(browser, prefers_color_scheme=scheme)
    show(browser, proxy)
    names = "paper band news ink quiet link good soon bad"
    colours = browser.execute_script(
        "const style = getComputedStyle(document.documentElement);"
        "return arguments[0].map(name => [name, style.getPropertyValue('--' + name).trim()])",
        names.split(),
    )
    of = {name: luminance(value) for name, value in colours}
    assert (of["paper"] > 0.5) is (scheme == "light")
    shown = browser.execute_script("return getComputedStyle(document.documentElement).background")
    assert shown.startswith("rgb(255, 255, 255)" if scheme == "light" else "rgb(13, 17, 23)")
    for ground in ("paper", "band", "news"):
        for ink in ("ink", "quiet", "link", "good", "soon", "bad"):
            lighter, darker = sorted((of[ground], of[ink]), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, ground)


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` or `#rgb` (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_nothing_moves_for_those_who_prefer_that(browser: webdriver.Chrome, proxy: Daemon) -> None:
    name = "return getComputedStyle(document.querySelector('#rows tr')).animationName"
    for preference, animation in (("no-preference", "news"), ("reduce", "none")):
        emulate(browser, prefers_reduced_motion=preference)
        show(browser, proxy)
        wait_until_live(browser)
        before = len(rows(browser))
        proxy.request("GET", "/queue/v1/a")
        wait(browser, functools.partial(is_longer, browser, before))
        assert browser.execute_script(name) == animation


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_it_fits(
    browser: webdriver.Chrome, proxy: Daemon, deployment: Upstream, width: int
) -> None:
    """WCAG 2.2, 1.4.10: nobody has to scroll sideways, down to 320 pixels."""
    deployment.script(DENIED)
    for target in ("/secrets/v1/secret/a", f"/queue/v1/{'long-' * 100}", f"/queue/v1/{'x' * 600}"):
        proxy.request("GET", target)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    show(browser, proxy)
    wait_until_live(browser)
    widths = "return [document.documentElement.scrollWidth, innerWidth]"
    content, window = browser.execute_script(widths)
    assert content <= window == width
    assert all(each.is_displayed() for each in browser.find_elements(By.CSS_SELECTOR, "td.path"))


def test_by_keyboard(browser: webdriver.Chrome, proxy: Daemon) -> None:
    """The first key leads past the credentials, and one sees where one is."""
    show(browser, proxy)
    browser.find_element(By.TAG_NAME, "body").send_keys("\ue004")
    link = browser.switch_to.active_element
    assert link.text == "Skip to the requests"
    assert link.rect["x"] >= 0
    link.send_keys("\ue007")
    wait(browser, lambda: browser.switch_to.active_element.get_attribute("id") == "requests")


def test_the_style_names_each_state() -> None:
    for word in ("good", "soon", "bad", "s2", "s4", "s5"):
        assert f".{word} {{" in STYLE
