"""Which targets there are, and where the inputs are that were worth keeping."""

from __future__ import annotations

from pathlib import Path

TARGETS = ("credentials", "destinations", "peers", "requests", "responses")
"""Modules of this package that have `check` and `WORDS`."""

CORPUS = Path(__file__).parent / "corpus"
"""A folder for each target: seeds, and what was found."""
