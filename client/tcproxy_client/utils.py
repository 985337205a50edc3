"""The helpers of the official client, under its names; each is defined in a module of its own."""

import random

from tcproxy_client._credentials import isExpired
from tcproxy_client._environment import optionsFromEnvironment
from tcproxy_client._http import makeHttpRequest, makeSingleHttpRequest, putFile
from tcproxy_client._log import log as _root_log
from tcproxy_client._retry import (
    DELAY_FACTOR,
    MAX_DELAY,
    MAX_RETRIES,
    RANDOMIZATION_FACTOR,
    RetryPolicy,
)
from tcproxy_client._scopes import scope_match, scopeMatch
from tcproxy_client._slugs import slugId, stableSlugId
from tcproxy_client._text import (
    dumpJson,
    encodeStringForB64Header,
    makeB64UrlSafe,
    makeB64UrlUnsafe,
    toStr,
)
from tcproxy_client._times import fromNow, fromNowJSON, r, stringDate

__all__ = [
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
    "log",
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
]

log = _root_log.getChild("utils")


def calculateSleepTime(attempt: int) -> float:
    """Give the pause before a retry, in seconds, with some chance in it.

    Args:
        attempt: which retry it is, from 1; below that there is no pause.
    """
    return RetryPolicy().delay(attempt, random.random())  # noqa: S311  # no secret is drawn
