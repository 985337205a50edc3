"""Run a command in a folder as if it were the root of a container; see `images`.

    unshare --mount [--net] python in_tree.py JSON -- COMMAND [ARGUMENT...]

The JSON has the fields of `images.Run`. The process id stays, so that signals reach the command.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_HOST_FOLDERS = ("bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "usr")
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1


def main() -> None:
    said = json.loads(sys.argv[1])
    root = Path(said["root"])
    _mount("--make-rprivate", "/")
    _mount("--bind", str(root), str(root))
    for name in _HOST_FOLDERS:
        _show(Path("/", name), root / name)
    for inside, outside in said["folders"].items():
        _show(Path(outside), root / inside.lstrip("/"))
    if said["read_only"]:
        _mount("-o", "remount,bind,ro", str(root))
    if said["network"]:
        _set_up_network()
    os.chroot(root)
    os.chdir(said["cwd"])
    if said["user"]:
        os.setgroups([])
        os.setgid(said["user"])
        os.setuid(said["user"])
    os.execvpe(sys.argv[3], sys.argv[3:], said["env"])  # noqa: S606  the process id stays


def _show(outside: Path, inside: Path) -> None:
    """Show a folder of the host in the tree, where nothing can be written to it."""
    if outside.is_symlink():
        if not inside.is_symlink():
            inside.symlink_to(outside.readlink())
    elif outside.exists():
        inside.mkdir(parents=True, exist_ok=True)
        _mount("--rbind", str(outside), str(inside))
        if outside.name not in {"dev", "proc"}:
            _mount("-o", "remount,bind,ro", str(inside))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _set_up_network() -> None:
    """Do what container engines do: loopback is up, and every user may listen on every port."""
    with socket.socket() as sock:
        request = struct.pack("16sH14x", b"lo", _IFF_UP)
        fcntl.ioctl(sock, _SIOCSIFFLAGS, request)
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")


if __name__ == "__main__":
    main()
