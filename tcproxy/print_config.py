"""`tcproxy --print-config`: the settings in effect as TOML, with where each comes from.

What is printed is a settings file that gives the same settings, but for secrets, which are hidden.
"""

from __future__ import annotations

from typing import Any

from tcproxy import __version__
from tcproxy.config_file import kind_of
from tcproxy.names import SECRETS
from tcproxy.settings import Settings
from tcproxy.sources import Effective

_COLUMN = 40
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

_HEAD = f"""\
# The settings in effect (tcproxy {__version__}), and where each comes from.
# Saved to a file, tcproxy --config FILE reads them; secrets are left out.
"""


def config_text(effective: Effective) -> str:
    """Return the settings in effect as TOML."""
    lines = [_line(effective, name) for name in Settings.model_fields]
    return "\n".join([_HEAD, *lines, ""])


def toml_string(text: str) -> str:
    """Return a string as TOML writes it, in ASCII, which every terminal shows."""
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _line(effective: Effective, name: str) -> str:
    value = getattr(effective.settings, name)
    if value is None:
        text = f"# {name} is not set"
    elif name in SECRETS:
        text = f"# {name} is set, and hidden"
    elif name == "config":
        text = f"# {name} is {toml_string(value)}"
    else:
        text = f"{name} = {_value(name, value)}"
    return f"{text.ljust(_COLUMN)} # {effective.origin(name)}"


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml_string, value))}]"
    if isinstance(value, str):
        return toml_string(value)
    if kind_of(Settings.model_fields[name]) == "a string":
        return toml_string(f"{value:04o}")
    return repr(float(value)) if isinstance(value, float) else str(int(value))


def _escaped(char: str) -> str:
    if " " <= char <= "~":
        return char
    code = ord(char)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
