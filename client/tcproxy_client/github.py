"""The github service: builds, statuses and comments.

One line per method; what a line says is told in `tcproxy_client._table`.
"""
# ruff: noqa: E501  # one line per method

from tcproxy_client._table import service
from tcproxy_client.client import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Github",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Github",
    "github",
    """
badge                  GET     /repository/<owner>/<repo>/<branch>/badge.svg                                     experimental  | Give the build status of a branch as an image.
builds                 GET     /builds?continuationToken&limit&organization&repository&sha&pullRequest     -> {}               | List the builds.
cancelBuilds           POST    /builds/<owner>/<repo>/cancel?sha&pullRequest                               -> {}               | Cancel the task groups of a repository's builds.
createComment          POST    /repository/<owner>/<repo>/issues/<number>/comments                      {}                     | Write a comment on an issue or pull request.
createStatus           POST    /repository/<owner>/<repo>/statuses/<sha>                                {}       experimental  | Set the status of a commit.
githubWebHookConsumer  POST    /github                                                                                         | Take an event from GitHub.
latest                 GET     /repository/<owner>/<repo>/<branch>/latest                                                      | Redirect to the newest task group of a branch.
renderTaskclusterYml   POST    /taskcluster-yml                                                         {} -> {} experimental  | Show the tasks that a .taskcluster.yml would make.
repository             GET     /repository/<owner>/<repo>                                                  -> {} experimental  | Tell whether the service is installed in a repository.
heartbeat              GET     /__heartbeat__                                                                                  | Tell whether the service and what it depends on are healthy.
lbheartbeat            GET     /__lbheartbeat__                                                                                | Tell a load balancer that the service is up.
ping                   GET     /ping                                                                                           | Tell whether the service answers.
version                GET     /__version__                                                                                    | Tell which version of the service runs.
""",
    doc=__doc__,
)

Github = serviceClient(SERVICE, __name__)
