"""The `tcproxy` command."""


def main() -> None:
    """Run the daemon."""
