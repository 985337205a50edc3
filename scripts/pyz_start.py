"""What runs first in tcproxy.pyz: it finds a folder to unpack into, and hands over to shiv.

shiv itself unpacks into the home folder, and ends with a traceback where that cannot be written to,
as in many services. Older Pythons run this, too, to be told that they are the wrong ones.
"""

import importlib
import importlib.machinery
import os
import pwd
import stat
import sys
import tempfile
from pathlib import Path

SUFFIX = "@suffix"
REVISION = "@revision"


def main() -> None:
    """Start the daemon."""
    if SUFFIX not in importlib.machinery.EXTENSION_SUFFIXES:
        fail(
            f"this file was built for {SUFFIX}, and this Python ({sys.executable}) takes "
            f"{importlib.machinery.EXTENSION_SUFFIXES[0]}; "
            "start it with the other one, or build it with this one (make pyz)"
        )
    os.environ.setdefault("TCPROXY_REVISION", REVISION)
    given = os.environ.get("SHIV_ROOT")
    if given and not can_write(given):
        fail(f"SHIV_ROOT: cannot unpack into {given}")
    os.environ["SHIV_ROOT"] = given or own_folder()
    importlib.import_module("_bootstrap").bootstrap()


def own_folder() -> str:
    """Return a folder that nobody else can write to: code is loaded from it."""
    places = [str(Path(home()) / ".cache" / "tcproxy")]
    places.append(str(Path(tempfile.gettempdir()) / f"tcproxy-{os.geteuid()}"))
    for place in places:
        if can_write(place) and is_own(place):
            return place
    fail(f"cannot unpack into {' or '.join(places)}; name another folder with SHIV_ROOT")
    return ""


def home() -> str:
    """Return the home folder."""
    try:
        return os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/nonexistent"


def can_write(place: str) -> bool:
    """Make the folder if need be, and tell whether files can be made in it."""
    try:
        Path(place).mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def is_own(place: str) -> bool:
    """Tell whether only this user can put files there."""
    status = os.lstat(place)
    is_folder = stat.S_ISDIR(status.st_mode)
    return is_folder and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def fail(message: str) -> None:
    """End with one line."""
    sys.stderr.write(f"tcproxy.pyz: {message}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
