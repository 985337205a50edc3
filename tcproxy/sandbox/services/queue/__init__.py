"""The queue service: tasks, their runs, and the artifacts of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcproxy.sandbox.api import Service
from tcproxy.sandbox.services import common, shapes
from tcproxy.sandbox.services.queue.artifact_methods import ArtifactMethods
from tcproxy.sandbox.services.queue.artifacts import Artifacts
from tcproxy.sandbox.services.queue.states import Tasks
from tcproxy.sandbox.services.queue.tasks import TaskMethods

if TYPE_CHECKING:
    from tcproxy.sandbox.clients import Client
    from tcproxy.sandbox.services.objects import Objects
    from tcproxy.sandbox.storage import Storage


class Queue:
    """The queue service.

    Args:
        issuer: The client that lends temporary credentials.
        storage: Where s3 artifacts are.
        objects: Where object artifacts are.
        claim_wait: How long claimWork waits for a task, in seconds.

    Attributes:
        tasks: All tasks.
        artifacts: All artifacts.
    """

    def __init__(
        self, issuer: Client, storage: Storage, objects: Objects, claim_wait: float
    ) -> None:
        self.tasks = Tasks()
        self.artifacts = Artifacts(storage, objects)
        self._about_artifacts = ArtifactMethods(self.tasks, self.artifacts, issuer, storage)
        self._about_tasks = TaskMethods(self.tasks, issuer, claim_wait)

    def service(self) -> Service:
        """Return the table of its methods."""
        return Service(
            "queue",
            "v1",
            (
                *common.methods(),
                *self._about_artifacts.methods(),
                *self._about_tasks.methods(),
            ),
            {
                "taskId": shapes.SLUG,
                "taskGroupId": shapes.SLUG,
                "taskQueueId": shapes.TASK_QUEUE_ID,
                "runId": shapes.RUN_ID,
                "name": shapes.PRINTABLE,
            },
        )
