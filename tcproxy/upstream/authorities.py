"""Which certificate authorities are trusted, and what is wrong with where they are looked for.

OpenSSL looks into one file and some directories, and says nothing where they are missing: then no
deployment is trusted, and the reason of each failure names only its certificate.
"""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path
from typing import NamedTuple

from tcproxy.errors import SettingError

_BY_HASH = re.compile(r"[0-9a-f]{8}\.\d+")
"""What a certificate in a directory must be called (openssl-rehash(1))."""


class Trust(NamedTuple):
    """What connections are encrypted with.

    Attributes:
        context: the TLS settings for all connections.
        faults: what is wrong with where authorities were looked for, in one line each. Others may
            have been found all the same.
    """

    context: ssl.SSLContext
    faults: tuple[str, ...]


def load_trust(ca_file: str | None) -> Trust:
    """Trust the system's authorities, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.

    Args:
        ca_file: PEM file of authorities that are trusted beside them.

    Raises:
        SettingError: the CA file cannot be read.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    # Certificates in directories are not counted: they are read when they are needed.
    faults = _faults(has_file=context.cert_store_stats()["x509"] > 0, has_more=ca_file is not None)
    if ca_file is not None and (reason := _load(context, ca_file)) is not None:
        raise SettingError(f"cannot read {ca_file}: {reason}")
    return Trust(context, faults)


def _load(context: ssl.SSLContext, file: str) -> str | None:
    """Trust the certificates in a file; return why that cannot be done."""
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        if error.reason == "NO_CERTIFICATE_OR_CRL_FOUND":
            return "it holds no certificate"
        return "it holds something that is no certificate, or a broken one"
    except OSError as error:
        return error.strerror or str(error)
    if context.cert_store_stats()["x509"] == 0:
        return "it holds no certificate"
    return None


def _faults(*, has_file: bool, has_more: bool) -> tuple[str, ...]:
    """Say what is wrong with the places.

    Args:
        has_file: the file had certificates.
        has_more: there are authorities beside the system's.
    """
    if has_file:
        return ()
    places = ssl.get_default_verify_paths()
    file = os.environ.get(places.openssl_cafile_env, places.openssl_cafile)
    folders = os.environ.get(places.openssl_capath_env, places.openssl_capath)
    is_in_folder = _has_certificates(folders)
    found = []
    # The null device is how one says that there shall be none.
    if places.openssl_cafile_env in os.environ and file != os.devnull:
        found.append(_file_fault(places.openssl_cafile_env, file))
    if places.openssl_capath_env in os.environ and folders != os.devnull and not is_in_folder:
        found.append(_folders_fault(places.openssl_capath_env, folders))
    if not (found or is_in_folder or has_more):
        found.append(f"there are no certificate authorities: {file} and {folders} hold none")
    return tuple(found)


def _file_fault(variable: str, file: str) -> str:
    if not file:
        return f"{variable} is empty: unset it to have the system's authorities"
    reason = _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), file)
    return f"{variable}: cannot read {file}: {reason}"


def _folders_fault(variable: str, folders: str) -> str:
    if not folders:
        return f"{variable} is empty: unset it to have the system's authorities"
    if not any(Path(folder).is_dir() for folder in _split(folders)):
        return f"{variable}: {folders} is no directory"
    return f"{variable}: {folders} holds no certificate under the name of its hash (openssl rehash)"


def _has_certificates(folders: str) -> bool:
    return any(_holds_certificates(Path(folder)) for folder in _split(folders))


def _holds_certificates(folder: Path) -> bool:
    try:
        return any(_BY_HASH.fullmatch(each.name) for each in folder.iterdir())
    except OSError:
        return False


def _split(folders: str) -> list[str]:
    return [folder for folder in folders.split(os.pathsep) if folder]
