"""A real browser: Debian's Chromium, headless, in a profile of its own."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHROMIUM = Path("/usr/bin/chromium")
_CHROMEDRIVER = Path("/usr/bin/chromedriver")
_SECONDS = 30


@contextlib.contextmanager
def chromium(folder: Path, *arguments: str) -> Iterator[webdriver.Chrome]:
    """Run a browser, or skip the test where there is none.

    Args:
        folder: for its profile and whatever else it writes.
        *arguments: of the command line, beside the usual ones.
    """
    if sys.platform != "linux" or not (_CHROMIUM.exists() and _CHROMEDRIVER.exists()):
        pytest.skip("Debian's chromium and chromium-driver are not installed; see scripts/browser")
    options = webdriver.ChromeOptions()
    options.binary_location = str(_CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'profile'}",
        *arguments,
    ):
        options.add_argument(argument)
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)}
    driver = webdriver.Chrome(options=options, service=Service(str(_CHROMEDRIVER), env=env))
    try:
        driver.set_script_timeout(_SECONDS)
        driver.set_page_load_timeout(_SECONDS)
        yield driver
    finally:
        driver.quit()
