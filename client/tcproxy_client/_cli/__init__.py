"""The command line ``tcproxy-client``. This module starts it, or says what to install for it."""

import signal
import sys
from importlib.util import find_spec

_NEEDED = ("click", "tqdm")


def main() -> None:
    """Run the command line with the arguments of this process, and end the process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C shows no traceback
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        names = " and ".join(missing)
        sys.stderr.write(f"tcproxy-client needs {names}: pip install 'tcproxy-client[cli]'\n")
        sys.exit(2)
    from tcproxy_client._cli.program import run  # here: it imports what may be missing

    sys.exit(run(sys.argv[1:]))
