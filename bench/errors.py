"""What goes wrong in a benchmark."""

from __future__ import annotations


class BenchError(Exception):
    """It cannot go on; the text is one line that says why and what to do."""
