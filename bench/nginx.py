"""nginx's configuration, as an upstream and as a reverse proxy; both run one worker."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bench.processes import HOST, Command

# Connections stay open, so that every round measures the same, and not now and then a new one.
_MAIN = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type application/json;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""

_UPSTREAM = """
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    server {{
        listen {host}:{plain};
        listen {host}:{tls} ssl;
        {http2}
        location {small_path} {{ return 200 '{answer}'; }}
        location / {{ root {root}; }}
    }}
"""

_FILES = """
    server {{
        listen {host}:{port};
        location / {{ root {root}; }}
    }}
"""

_REVERSE_PROXY = """
    upstream deployment {{
        server {address};
        keepalive 256;
        keepalive_timeout 300s;
        keepalive_requests 1000000000;
    }}
    server {{
        listen {host}:{port};
        location / {{
            proxy_pass {scheme}://deployment;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host {address};
            proxy_max_temp_file_size 0;
            proxy_ssl_verify on;
            proxy_ssl_verify_depth 2;
            proxy_ssl_trusted_certificate {authorities};
            proxy_ssl_name localhost;
        }}
    }}
"""


def upstream(
    program: str,
    folder: Path,
    ports: Mapping[str, int],
    *,
    certificate: Path,
    small: tuple[str, str],
) -> Command:
    """Return the command of a server of one small answer, and of the files below `folder`/files.

    Args:
        program: nginx.
        folder: its own.
        ports: to listen on, for `plain`, `tls` and perhaps `http2`, which is TLS, too.
        certificate: file with its certificate and key.
        small: path and body of the small answer.
    """
    http2 = f"listen {HOST}:{ports['http2']} ssl http2;" if "http2" in ports else ""
    return _command(
        program,
        folder,
        _UPSTREAM.format(
            host=HOST,
            plain=ports["plain"],
            tls=ports["tls"],
            http2=http2,
            certificate=certificate,
            small_path=small[0],
            answer=small[1],
            root=folder / "files",
        ),
    )


def file_server(program: str, folder: Path, port: int) -> Command:
    """Return the command of a server of the files below `folder`/files.

    Args:
        program: nginx.
        folder: its own.
        port: to listen on.
    """
    return _command(program, folder, _FILES.format(host=HOST, port=port, root=folder / "files"))


def reverse_proxy(
    program: str, folder: Path, port: int, upstream_url: str, authorities: Path
) -> Command:
    """Return the command of a reverse proxy: nothing but forwarding, on kept connections.

    Args:
        program: nginx.
        folder: its own.
        port: to listen on.
        upstream_url: where to forward to.
        authorities: file with the certificates that it trusts.
    """
    scheme, _, address = upstream_url.partition("://")
    text = _REVERSE_PROXY.format(
        host=HOST, port=port, scheme=scheme, address=address, authorities=authorities
    )
    return _command(program, folder, text)


def _command(program: str, folder: Path, http: str) -> Command:
    # A worker of root's nginx would be another user, who may not read our files.
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(_MAIN.format(folder=folder, user=user, http=http))
    arguments = [program, "-p", str(folder), "-c", str(file), "-e", "stderr"]
    return Command(arguments, {})
