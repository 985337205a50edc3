"""Secrets, artifacts and services for programs that run in tasks, as the official client has them.

Only the sync face is used here, except where a caller asks for an async service.
"""

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urljoin

from tcproxy_client._arguments import nearest
from tcproxy_client._environment import proxy_url, refuse_credentials
from tcproxy_client._http import put
from tcproxy_client._log import log as _root_log
from tcproxy_client._names import EVENTS, SERVICES
from tcproxy_client._times import stringDate
from tcproxy_client.exceptions import TaskclusterFailure

__all__ = ["TaskclusterConfig", "load_secrets", "logger", "stringDate", "upload_artifact"]

logger = _root_log.getChild("helper")

_SERVICES = {name.lower(): name for name in SERVICES + EVENTS}


class TaskclusterConfig:
    """Where a deployment is, and how to reach its services.

    Args:
        url: the deployment's public root URL; without it, ``TASKCLUSTER_ROOT_URL``.

    Attributes:
        default_url: that URL. Links that go into task definitions must begin with it, and
            never with the proxy's address, which means nothing elsewhere.
        options: what clients are made with, once `auth` has decided.
        secrets: what `load_secrets` has read.

    Raises:
        AssertionError: if there is no URL.
    """

    def __init__(self, url: str | None = None) -> None:
        self.options: dict[str, Any] | None = None
        self.secrets: dict[str, Any] | None = None
        default_url = os.environ.get("TASKCLUSTER_ROOT_URL") if url is None else url
        if default_url is None:
            raise AssertionError("You must specify a Taskcluster deployment url")
        self.default_url = default_url

    def auth(
        self,
        client_id: str | None = None,
        access_token: str | None = None,
        max_retries: int = 12,
    ) -> None:
        """Decide where requests go: to the proxy if there is one, else to the deployment, unsigned.

        There is a proxy if ``TASKCLUSTER_PROXY_URL`` is set, or ``TASK_ID``, as in a task.

        Args:
            client_id: not to be given.
            access_token: not to be given.
            max_retries: how often clients try again.

        Raises:
            TaskclusterAuthFailure: if credentials are given, or the environment has some and no
                proxy: this client does not sign.
        """
        refuse_credentials({"credentials": {"clientId": client_id, "accessToken": access_token}})
        self.options = {"maxRetries": max_retries}
        if os.environ.get("TASKCLUSTER_PROXY_URL") or "TASK_ID" in os.environ:
            logger.info("Taskcluster Proxy enabled")
            self.options["rootUrl"] = proxy_url()
            if self.default_url:
                self.options["publicRootUrl"] = self.default_url
            return
        refuse_credentials({"credentials": _credentials_in_environment()})
        logger.info("No Taskcluster authentication.")
        self.options["rootUrl"] = self.default_url

    def get_service(self, service_name: str, use_async: bool = False) -> Any:
        """Make a client of a service.

        Args:
            service_name: its name, as ``purgecache``, ``PurgeCache`` or ``purge-cache``.
            use_async: whether its methods are to be coroutines.

        Raises:
            AssertionError: if there is no such service.
        """
        name = _SERVICES.get(service_name.lower().replace("-", "").replace("_", ""))
        if name is None:
            hint = nearest(service_name.lower(), tuple(_SERVICES))
            raise AssertionError(f"Invalid Taskcluster service {service_name}{hint}")
        if self.options is None:
            self.auth()
        clients = import_module("tcproxy_client.aio" if use_async else "tcproxy_client")
        return getattr(clients, name)(self.options)

    def build_url(self, service_name: str, method_name: str, *args: Any, **kwargs: Any) -> str:
        """Build the URL of a method at the deployment itself, for links in task definitions.

        Args:
            service_name: as in `get_service`.
            method_name: the method.
            args: the arguments of the call.
            kwargs: the same by name.

        Raises:
            TaskclusterFailure: if there is no such method, or the arguments are wrong.
        """
        public = TaskclusterConfig(self.default_url)
        public.options = {"rootUrl": self.default_url}
        url: str = public.get_service(service_name).buildUrl(method_name, *args, **kwargs)
        return url

    def load_secrets(
        self,
        secret_name: str | None,
        prefixes: Iterable[str] = (),
        required: Iterable[str] = (),
        existing: Mapping[str, Any] | None = None,
        local_secrets: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Do what the function `load_secrets` does, and keep the result in ``secrets``."""
        self.secrets = load_secrets(
            self.get_service("secrets"), secret_name, prefixes, required, existing, local_secrets
        )
        return self.secrets

    def upload_artifact(
        self,
        artifact_path: str,
        content: str | bytes,
        content_type: str,
        ttl: dt.timedelta,
    ) -> str:
        """Do what the function `upload_artifact` does; gives the artifact's public URL."""
        queue = self.get_service("queue")
        path = upload_artifact(queue, artifact_path, content, content_type, ttl)
        return urljoin(self.default_url, path)


def load_secrets(
    secrets_service: Any,
    secret_name: str | None,
    prefixes: Iterable[str] = (),
    required: Iterable[str] = (),
    existing: Mapping[str, Any] | None = None,
    local_secrets: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Read a secret and check that it has what is needed.

    Args:
        secrets_service: a sync client of the secrets service.
        secret_name: the name of the secret.
        prefixes: keys of the secret; if given, only the dicts under them are taken, later ones
            over earlier ones.
        required: the keys that the result must have.
        existing: values to start from; those of the secret are taken over them.
        local_secrets: values to use instead of the secret; the service is not called then.

    Raises:
        AssertionError: if there is no name and no local secrets.
        TaskclusterFailure: if a required key is missing.
    """
    secrets = dict(existing or {})
    if isinstance(local_secrets, Mapping):
        found = local_secrets
        logger.info("Using provided local secrets")
    else:
        if secret_name is None:
            raise AssertionError("Missing Taskcluster secret secret_name")
        found = secrets_service.get(secret_name).get("secret", {})
        logger.info("Loaded Taskcluster secret %s", secret_name)
    prefixes = list(prefixes or ())
    for part in [found.get(prefix, {}) for prefix in prefixes] if prefixes else [found]:
        secrets.update(part)
    for name in required or ():
        if name not in secrets:
            raise TaskclusterFailure(f"Missing value {name} in secrets.")
    return secrets


def upload_artifact(
    queue_service: Any,
    artifact_path: str,
    content: str | bytes,
    content_type: str,
    ttl: dt.timedelta,
) -> str:
    """Make an artifact of the task that this runs in.

    Args:
        queue_service: a sync client of the queue.
        artifact_path: the artifact's name.
        content: what is in it.
        content_type: its media type.
        ttl: how long it is kept.

    Returns:
        The artifact's path below the deployment's root URL, its name not encoded.

    Raises:
        AssertionError: outside of a task with a proxy, if content or ttl have wrong types, or if
            something is missing in the queue's answer.
        TaskclusterFailure: if the queue or the storage did not take it.
    """
    task_id, run_id = os.environ.get("TASK_ID"), os.environ.get("RUN_ID")
    if not (task_id and run_id and os.environ.get("TASKCLUSTER_PROXY_URL")):
        raise AssertionError("Can only run in Taskcluster tasks with proxy")
    _require("content", content, str | bytes)
    _require("ttl", ttl, dt.timedelta)
    data = content.encode() if isinstance(content, str) else content
    expires = stringDate(dt.datetime.now(dt.UTC) + ttl)
    wanted = {"storageType": "s3", "expires": expires, "contentType": content_type}
    made = queue_service.createArtifact(task_id, run_id, artifact_path, wanted)
    match made.get("storageType"):
        case "s3":
            _require_keys(made, "putUrl")
            put(made["putUrl"], {"Content-Type": made.get("contentType", content_type)}, data)
        case "object":
            _require_keys(made, "projectId", "name", "expires", "uploadId")
            _upload_object(queue_service, made, data, content_type)
            queue_service.finishArtifact(
                task_id, run_id, artifact_path, {"uploadId": made["uploadId"]}
            )
        case other:
            raise TaskclusterFailure(
                f"The queue answered with storage type {other!r}, which takes no content"
            )
    return f"/api/queue/v1/task/{task_id}/runs/{run_id}/artifacts/{artifact_path}"


def _upload_object(
    queue_service: Any, made: Mapping[str, Any], data: bytes, content_type: str
) -> None:
    """Upload what the queue has made an object for, with the proxy's own credentials."""
    from tcproxy_client.upload import uploadFromBuf  # here: few need it, and urllib3 loads slowly

    uploadFromBuf(
        data=data,
        projectId=made["projectId"],
        name=made["name"],
        contentType=content_type,
        contentLength=len(data),
        expires=made["expires"],
        objectService=import_module("tcproxy_client.object").Object(queue_service.options),
        uploadId=made["uploadId"],
    )


def _credentials_in_environment() -> dict[str, str | None]:
    return {
        "clientId": os.environ.get("TASKCLUSTER_CLIENT_ID"),
        "accessToken": os.environ.get("TASKCLUSTER_ACCESS_TOKEN"),
    }


def _require_keys(answer: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if name not in answer:
            raise AssertionError(f"Missing {name}")


def _require(name: str, value: object, kind: Any) -> None:
    if not isinstance(value, kind):
        raise AssertionError(f"{name} must be {kind}, not {value!r}")  # noqa: TRY004  # as there
