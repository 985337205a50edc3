"""What the queue's payloads must look like."""

from __future__ import annotations

from typing import Any

from tcproxy.sandbox import scopes
from tcproxy.sandbox.schemas import Schema
from tcproxy.sandbox.services import shapes
from tcproxy.sandbox.services.queue.states import PRIORITIES

_NAME: dict[str, Any] = {"type": "string", "pattern": shapes.NAME}
_SLUG: dict[str, Any] = {"type": "string", "pattern": shapes.SLUG}
_OBJECT: dict[str, Any] = {"type": "object"}


def _limited(most: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "maxLength": most, **more}


TASK = Schema(
    "queue/v1/create-task-request.json",
    shapes.closed(
        {
            "taskQueueId": {"type": "string", "pattern": shapes.TASK_QUEUE_ID},
            "provisionerId": _NAME,
            "workerType": _NAME,
            "schedulerId": {**_NAME, "default": "-"},
            "projectId": _limited(500, minLength=1, pattern=shapes.PROJECT_ID, default="none"),
            "taskGroupId": _SLUG,
            "dependencies": {
                "type": "array",
                "items": _SLUG,
                "maxItems": 10000,
                "uniqueItems": True,
                "default": [],
            },
            "requires": {"enum": ["all-completed", "all-resolved"], "default": "all-completed"},
            "routes": {
                "type": "array",
                "items": _limited(249, minLength=1, pattern=scopes.PATTERN),
                "maxItems": 64,
                "uniqueItems": True,
                "default": [],
            },
            "priority": {"type": "string", "enum": list(PRIORITIES), "default": "lowest"},
            "retries": {"type": "integer", "minimum": 0, "maximum": 49, "default": 5},
            "created": shapes.DATE_TIME,
            "deadline": shapes.DATE_TIME,
            "expires": shapes.DATE_TIME,
            "scopes": {
                "type": "array",
                "items": {"type": "string", "pattern": scopes.PATTERN},
                "default": [],
            },
            "payload": _OBJECT,
            "metadata": shapes.closed(
                {
                    "name": _limited(255),
                    "description": _limited(32768),
                    "owner": _limited(255),
                    "source": _limited(4096, pattern="^(https?://|ssh://|git@)"),
                }
            ),
            "tags": {"type": "object", "additionalProperties": _limited(4096), "default": {}},
            "extra": {**_OBJECT, "default": {}},
        },
        optional=("taskQueueId", "provisionerId", "workerType", "taskGroupId", "expires"),
    ),
)

CLAIM = Schema(
    "queue/v1/claim-work-request.json",
    shapes.closed(
        {
            "workerGroup": _NAME,
            "workerId": _NAME,
            "tasks": {"type": "integer", "minimum": 1, "maximum": 32, "default": 1},
        }
    ),
)

EXCEPTION = Schema(
    "queue/v1/task-exception-request.json",
    shapes.closed(
        {
            "reason": {
                "type": "string",
                "enum": [
                    "worker-shutdown",
                    "malformed-payload",
                    "resource-unavailable",
                    "internal-error",
                    "superseded",
                    "intermittent-task",
                ],
            }
        }
    ),
)


def _artifact(kind: str, optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return shapes.closed(
        {
            "storageType": {"type": "string", "enum": [kind]},
            "expires": shapes.DATE_TIME,
            **properties,
        },
        optional,
    )


_CONTENT = {"contentType": _limited(255), "contentLength": {"type": "integer", "minimum": 0}}

ARTIFACT = Schema(
    "queue/v1/post-artifact-request.json",
    {
        "oneOf": [
            _artifact("s3", ("contentLength",), **_CONTENT),
            _artifact("object", ("contentLength",), **_CONTENT),
            _artifact("reference", contentType=_limited(255), url=shapes.URI),
            _artifact(
                "link",
                ("contentType",),
                contentType=_limited(255),
                artifact=_limited(1024, pattern=shapes.PRINTABLE),
            ),
            _artifact(
                "error",
                reason={
                    "type": "string",
                    "enum": [
                        "file-missing-on-worker",
                        "invalid-resource-on-worker",
                        "too-large-file-on-worker",
                        "file-not-readable-on-worker",
                    ],
                },
                message=_limited(4096),
            ),
        ]
    },
)

FINISH = Schema("queue/v1/finish-artifact-request.json", shapes.closed({"uploadId": _SLUG}))
