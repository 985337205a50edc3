"""What `tcproxy --check` found, and its forms: for people, and for programs. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

_SHOWN = 10
"""Scopes that the table shows; JSON has all."""


@dataclass(slots=True)
class Report:
    """What was found so far.

    Attributes:
        facts: lines for people, by what each is about.
        data: the same for programs.
        warnings: what a start would survive, but is not as it should be.
        problems: what has to be mended, one line each.
    """

    facts: list[tuple[str, str]] = field(default_factory=list)
    data: dict[str, object] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code."""
        return 1 if self.problems else 0

    def fact(self, name: str, text: str, **data: object) -> None:
        """Add what is so.

        Args:
            name: what it is about.
            text: for people.
            **data: for programs.
        """
        self.facts.append((name, text))
        self.data.update(data)

    def scopes(self, name: str, scopes: Sequence[str], key: str) -> None:
        """Add scopes: how many, and the first of them.

        Args:
            name: what they are about.
            scopes: all of them.
            key: for programs.
        """
        self.fact(name, str(len(scopes)), **{key: list(scopes)})
        self.facts += [("", f"  {scope}") for scope in scopes[:_SHOWN]]
        if len(scopes) > _SHOWN:
            self.facts.append(("", f"  and {len(scopes) - _SHOWN} more"))

    def text(self) -> str:
        """Return the table."""
        width = max((len(name) for name, _ in self.facts), default=0)
        lines = [f"{name.ljust(width)}  {_plain(text)}".rstrip() for name, text in self.facts]
        count = len(self.problems)
        end = f"{count} problem{'s' if count > 1 else ''}" if count else "a start would succeed"
        return "\n".join([*lines, f"{'result'.ljust(width)}  {end}", ""])

    def advice(self) -> str:
        """Return a line for each problem and warning."""
        told = [*self.problems, *(f"warning: {warning}" for warning in self.warnings)]
        return "".join(f"tcproxy: {_plain(' '.join(line.split()))}\n" for line in told)

    def json(self) -> str:
        """Return everything as JSON."""
        result = {
            "ok": not self.problems,
            "problems": self.problems,
            "warnings": self.warnings,
            **self.data,
        }
        return json.dumps(result, indent=2) + "\n"


def duration(seconds: float) -> str:
    """Return a time in the greatest unit that it has two of."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _plain(text: str) -> str:
    """Hide what a terminal would take for a command: some of it comes from elsewhere."""
    return "".join(char if " " <= char <= "~" else "?" for char in text)
