"""The status page as HTML: one document without a single outer resource. No I/O but its own files.

All text passes `_text`, which escapes it; the policy lets nothing run or load that is not in it.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from typing import Any

_FILES = files("tcproxy") / "page"
_STYLE = (_FILES / "status.css").read_text("utf-8")
_SCRIPT = (_FILES / "status.js").read_text("utf-8")
_HTML = (_FILES / "status.html").read_text("utf-8")

_FEW_SCOPES = 12
"""Scopes up to which the list is open at first."""


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src {_hash(_SCRIPT)}",
        f"style-src {_hash(_STYLE)}",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The value of `Content-Security-Policy`."""


def render(facts: dict[str, Any]) -> str:
    """Return the page.

    Args:
        facts: what `/__status__` tells as JSON.
    """
    parts = {
        "STYLE": _STYLE,
        "SCRIPT": _SCRIPT,
        "LAST": _text(facts["last"]),
        "DEPLOYMENT": _text(facts["deployment"]),
        "CLIENT": _text(facts["client_id"]),
        "KIND": _text(facts["credentials"]),
        "EXPIRY": _expiry(facts),
        "SCOPES": _scopes(facts),
        "CLOCK": _clock(facts),
        "VERSION": _text(_version(facts)),
        "STARTED": _time(facts["started"]),
        "UPTIME": _text(duration(facts["uptime_seconds"])),
        "UPTIME_SECONDS": _text(facts["uptime_seconds"]),
        "NOW": _time(facts["time"]),
        "ROWS": "".join(_row(each) for each in reversed(facts["requests"])),
        "EMPTY": " hidden" if facts["requests"] else "",
    }
    return _filled(parts)


def duration(seconds: float) -> str:
    """Return a time span as people say it, in its two greatest units."""
    left = int(abs(seconds))
    parts: list[str] = []
    for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def _filled(parts: dict[str, str]) -> str:
    """Put the parts into the document; what they contain is not looked at again."""
    pieces: list[str] = _HTML.split("@@")
    pieces[1::2] = [parts[name] for name in pieces[1::2]]
    return "".join(pieces)


def _text(value: object) -> str:
    return escape(str(value), quote=True)


def _time(iso: str) -> str:
    shown = iso.replace("T", " ").replace("Z", " UTC")
    return f'<time datetime="{_text(iso)}">{_text(shown)}</time>'


def _version(facts: dict[str, Any]) -> str:
    version, revision = facts["version"], facts["revision"]
    return f"{version}" if revision == "unknown" else f"{version} (revision {revision})"


def _expiry(facts: dict[str, Any]) -> str:
    if facts["expires"] is None:
        return '<span id="expiry">never: these are permanent credentials</span>'
    remaining = facts["remaining_seconds"]
    span = duration(remaining)
    words = f"in {span}" if remaining > 0 else f"expired {span} ago"
    kind = "good" if remaining > 300 else "soon" if remaining > 0 else "bad"
    return (
        f'<span id="expiry"><strong id="remaining" class="{kind}" '
        f'data-remaining="{_text(remaining)}">{_text(words)}</strong>, '
        f"{_time(facts['expires'])}</span>"
    )


def _scopes(facts: dict[str, Any]) -> str:
    authorized, certified = facts["authorized_scopes"], facts["certificate_scopes"]
    parts = []
    if authorized is not None:
        parts.append(_scope_list("Requests are restricted to {}", authorized))
    if certified is not None:
        parts.append(_scope_list("The temporary credentials carry {}", certified))
    if not parts:
        parts.append("All that the client has at the deployment")
    return "".join(parts)


def _scope_list(sentence: str, scopes: list[str]) -> str:
    count = "1 scope" if len(scopes) == 1 else f"{len(scopes)} scopes"
    is_open = " open" if len(scopes) <= _FEW_SCOPES else ""
    items = "".join(f"<li><code>{_text(scope)}</code></li>" for scope in scopes)
    return (
        f"<details{is_open}><summary>{_text(sentence.format(count))}</summary>"
        f"<ul>{items}</ul></details>"
    )


def _clock(facts: dict[str, Any]) -> str:
    offset = facts["clock_offset_seconds"]
    if not offset:
        return ""
    side = "behind" if offset > 0 else "ahead of"
    return (
        f'<p class="warning">The clock of this machine is {_text(duration(offset))} {side} that '
        "of the deployment; requests are signed with the deployment's time.</p>"
    )


def _row(request: dict[str, Any]) -> str:
    status = request["status"]
    if request["missing_scopes"]:
        note = f"Missing: <code>{_text(request['missing_scopes'])}</code>"
    else:
        note = _text(request["note"])
    cells = (
        ("Time", _text(request["time"][11:19])),
        ("Method", _text(request["method"])),
        ("Path", f"<code>{_text(request['path'])}</code>"),
        ("Status", f'<span class="status s{status // 100}">{status}</span>'),
        ("Duration", _text(milliseconds(request["duration_ms"]))),
        ("Attempts", _text(request["attempts"])),
        ("Note", note),
    )
    inner = "".join(
        f'<td role="cell" class="{label.lower()}" data-label="{label}">{cell}</td>'
        for label, cell in cells
    )
    return f'<tr role="row">{inner}</tr>\n'


def milliseconds(value: float) -> str:
    """Return a duration as the table shows it."""
    if value < 1000:
        return f"{value:.1f} ms"
    return f"{value / 1000:.2f} s"
