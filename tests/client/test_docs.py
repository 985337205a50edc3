"""The README and the page on the client: their programs run, and their tables say what is so."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import tcproxy_client
from tcproxy_client._retry import Timeouts

from tests.harness.daemon import ROOT, environment
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from tests.harness.upstream import Upstream

README = (ROOT / "client" / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")


def programs(text: str) -> list[str]:
    """The Python programs in a page."""
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_programs_of_the_readme_run(upstream: Upstream) -> None:
    upstream.default = reply(
        200, [], b'{"tasks": [{"status": {"taskId": "T", "state": "pending"}}]}'
    )
    program = "\n".join(programs(README)).replace("http://127.0.0.1:8080", upstream.url)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 3
    assert done.stdout.endswith("T pending\n")


def test_the_calls_of_the_page_are_right(upstream: Upstream) -> None:
    names = {
        "queue": tcproxy_client.Queue({"rootUrl": upstream.url}),
        "taskId": "T",
        "runId": 0,
        "name": "n",
        "payload": {"a": 1},
        "taskGroupId": "G",
        "handle": print,
    }
    first, second, *_ = programs(PAGE)
    exec(first, names)  # noqa: S102 - the page's own text
    assert len({(each.target, each.body) for each in upstream.requests[:5]}) == 1
    assert len(upstream.requests) == 7
    upstream.default = reply(200, [], b'{"tasks": [1]}')
    exec(second.replace("handle", "lambda page: None"), names)  # noqa: S102 - as above
    assert len(upstream.requests) == 10


def test_the_options_have_the_defaults_that_are_told() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE))
    timeouts = Timeouts()
    assert {name: int(value) for name, value in rows.items()} == {
        "maxRetries": tcproxy_client.client.config["maxRetries"],
        "signedUrlExpiration": tcproxy_client.client.config["signedUrlExpiration"],
        "connectTimeout": timeouts.connect,
        "readTimeout": timeouts.read,
        "totalTimeout": timeouts.total,
    }
    for number in ("10 s", "180 s", "600 s"):
        assert number in README
