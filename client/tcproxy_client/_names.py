"""The public names of the package and where they are defined. Plain data, cheap to import."""

SERVICES = (
    "Auth",
    "Github",
    "Hooks",
    "Index",
    "Notify",
    "Object",
    "PurgeCache",
    "Queue",
    "Secrets",
    "WebServer",
    "WorkerManager",
)

EVENTS = (
    "AuthEvents",
    "GithubEvents",
    "HooksEvents",
    "NotifyEvents",
    "QueueEvents",
    "WorkerManagerEvents",
)

EXCEPTIONS = (
    "ObjectHashVerificationError",
    "TaskclusterArtifactError",
    "TaskclusterAuthFailure",
    "TaskclusterConnectionError",
    "TaskclusterFailure",
    "TaskclusterRestFailure",
    "TaskclusterTopicExchangeFailure",
)

UTILS = (
    "DELAY_FACTOR",
    "MAX_DELAY",
    "MAX_RETRIES",
    "RANDOMIZATION_FACTOR",
    "calculateSleepTime",
    "dumpJson",
    "encodeStringForB64Header",
    "fromNow",
    "fromNowJSON",
    "isExpired",
    "makeB64UrlSafe",
    "makeB64UrlUnsafe",
    "makeHttpRequest",
    "makeSingleHttpRequest",
    "optionsFromEnvironment",
    "putFile",
    "r",
    "scopeMatch",
    "scope_match",
    "slugId",
    "stableSlugId",
    "stringDate",
    "toStr",
)

CLIENT = ("createSession", "createTemporaryCredentials")

_SHARED = dict.fromkeys(EXCEPTIONS, "tcproxy_client.exceptions") | dict.fromkeys(
    UTILS, "tcproxy_client.utils"
)


def sync_homes() -> dict[str, str]:
    """Give the names of `tcproxy_client`, each with the module that defines it."""
    return (
        {name: f"tcproxy_client.{name.lower()}" for name in SERVICES + EVENTS}
        | _SHARED
        | dict.fromkeys(CLIENT, "tcproxy_client.client")
        | {"__version__": "tcproxy_client._version", "log": "tcproxy_client._log"}
    )


def async_homes() -> dict[str, str]:
    """Give the names of `tcproxy_client.aio`, each with the module that defines it."""
    return (
        {name: f"tcproxy_client.aio.{name.lower()}" for name in SERVICES + EVENTS}
        | _SHARED
        | {"createSession": "tcproxy_client.aio.asyncclient", "log": "tcproxy_client.aio._log"}
    )
