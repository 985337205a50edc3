"""The deployment's stand-in that all contenders forward to: an nginx with fixed answers."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme

from bench import nginx
from bench.exchange import first_connection
from bench.processes import HOST, Server, free_ports, running
from bench.tools import Tools

SMALL_SIZE = 450
SMALL_PATH = "/api/bench/v1/small"
SMALL_BODY = json.dumps({"text": "x" * (SMALL_SIZE - len(json.dumps({"text": ""})))})

MIB = 1 << 20
LARGE_MIB = 100
MEDIUM_MIB = 10
LARGE_PATH = "/api/bench/v1/large"
MEDIUM_PATH = "/api/bench/v1/medium"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A running upstream.

    Attributes:
        server: its process.
        plain: URL without a path.
        tls: the same over TLS, where only HTTP/1.1 is spoken.
        http2: the same over TLS, where HTTP/2 is offered; empty unless asked for.
        authorities: file with the certificates to trust: the system's and the one behind `tls`.
    """

    server: Server
    plain: str
    tls: str
    http2: str
    authorities: Path

    def url(self, transport: str) -> str:
        """Return the URL for `plain` or `tls`."""
        return self.tls if transport == "tls" else self.plain


@contextlib.contextmanager
def serving(tools: Tools, folder: Path, *, http2: bool) -> Iterator[Upstream]:
    """Run an upstream for a block.

    Args:
        tools: the programs.
        folder: its own, which must not be there yet.
        http2: whether to offer HTTP/2 on a further port.
    """
    folder.mkdir()
    _write_files(folder / "files")
    authorities, certificate = folder / "authorities.pem", folder / "certificate.pem"
    _write_certificates(authorities, certificate)
    names = ["plain", "tls", "http2"] if http2 else ["plain", "tls"]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    command = nginx.upstream(
        tools.nginx, folder, ports, certificate=certificate, small=(SMALL_PATH, SMALL_BODY)
    )
    plain = f"http://{HOST}:{ports['plain']}"
    with running("upstream", command, folder) as server:
        first_connection(server, plain, authorities).close()
        yield Upstream(
            server,
            plain,
            f"https://{HOST}:{ports['tls']}",
            f"https://{HOST}:{ports['http2']}" if http2 else "",
            authorities,
        )


def _write_files(root: Path) -> None:
    for path, size in ((MEDIUM_PATH, MEDIUM_MIB), (LARGE_PATH, LARGE_MIB)):
        file = root / path.removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            # A file of holes: it reads as zeros, and neither fills nor waits for a disk.
            stream.truncate(size * MIB)


def _write_certificates(authorities: Path, certificate: Path) -> None:
    """Write a new certificate for HOST (and the name that nginx can verify), and who is trusted.

    The system's authorities are among them, since every real sidecar loads them at start.
    """
    authority = trustme.CA()
    system = Path(ssl.get_default_verify_paths().openssl_cafile)
    known = system.read_bytes() if system.is_file() else b""
    authorities.write_bytes(known + authority.cert_pem.bytes())
    certificate.touch(0o600)
    authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(
        str(certificate)
    )
