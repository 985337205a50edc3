# Written by scripts/client_stubs.py from the tables of the service modules.

from tcproxy_client import aio as aio
from tcproxy_client import auth as auth
from tcproxy_client import authevents as authevents
from tcproxy_client import client as client
from tcproxy_client import download as download
from tcproxy_client import exceptions as exceptions
from tcproxy_client import github as github
from tcproxy_client import githubevents as githubevents
from tcproxy_client import helper as helper
from tcproxy_client import hooks as hooks
from tcproxy_client import hooksevents as hooksevents
from tcproxy_client import index as index
from tcproxy_client import notify as notify
from tcproxy_client import notifyevents as notifyevents
from tcproxy_client import object as object
from tcproxy_client import purgecache as purgecache
from tcproxy_client import queue as queue
from tcproxy_client import queueevents as queueevents
from tcproxy_client import retry as retry
from tcproxy_client import secrets as secrets
from tcproxy_client import upload as upload
from tcproxy_client import utils as utils
from tcproxy_client import webserver as webserver
from tcproxy_client import workermanager as workermanager
from tcproxy_client import workermanagerevents as workermanagerevents
from tcproxy_client._log import log as log
from tcproxy_client._version import __version__ as __version__
from tcproxy_client.auth import Auth as Auth
from tcproxy_client.authevents import AuthEvents as AuthEvents
from tcproxy_client.client import createSession as createSession
from tcproxy_client.client import createTemporaryCredentials as createTemporaryCredentials
from tcproxy_client.exceptions import ObjectHashVerificationError as ObjectHashVerificationError
from tcproxy_client.exceptions import TaskclusterArtifactError as TaskclusterArtifactError
from tcproxy_client.exceptions import TaskclusterAuthFailure as TaskclusterAuthFailure
from tcproxy_client.exceptions import TaskclusterConnectionError as TaskclusterConnectionError
from tcproxy_client.exceptions import TaskclusterFailure as TaskclusterFailure
from tcproxy_client.exceptions import TaskclusterRestFailure as TaskclusterRestFailure
from tcproxy_client.exceptions import (
    TaskclusterTopicExchangeFailure as TaskclusterTopicExchangeFailure,
)
from tcproxy_client.github import Github as Github
from tcproxy_client.githubevents import GithubEvents as GithubEvents
from tcproxy_client.hooks import Hooks as Hooks
from tcproxy_client.hooksevents import HooksEvents as HooksEvents
from tcproxy_client.index import Index as Index
from tcproxy_client.notify import Notify as Notify
from tcproxy_client.notifyevents import NotifyEvents as NotifyEvents
from tcproxy_client.object import Object as Object
from tcproxy_client.purgecache import PurgeCache as PurgeCache
from tcproxy_client.queue import Queue as Queue
from tcproxy_client.queueevents import QueueEvents as QueueEvents
from tcproxy_client.secrets import Secrets as Secrets
from tcproxy_client.utils import DELAY_FACTOR as DELAY_FACTOR
from tcproxy_client.utils import MAX_DELAY as MAX_DELAY
from tcproxy_client.utils import MAX_RETRIES as MAX_RETRIES
from tcproxy_client.utils import RANDOMIZATION_FACTOR as RANDOMIZATION_FACTOR
from tcproxy_client.utils import calculateSleepTime as calculateSleepTime
from tcproxy_client.utils import dumpJson as dumpJson
from tcproxy_client.utils import encodeStringForB64Header as encodeStringForB64Header
from tcproxy_client.utils import fromNow as fromNow
from tcproxy_client.utils import fromNowJSON as fromNowJSON
from tcproxy_client.utils import isExpired as isExpired
from tcproxy_client.utils import makeB64UrlSafe as makeB64UrlSafe
from tcproxy_client.utils import makeB64UrlUnsafe as makeB64UrlUnsafe
from tcproxy_client.utils import makeHttpRequest as makeHttpRequest
from tcproxy_client.utils import makeSingleHttpRequest as makeSingleHttpRequest
from tcproxy_client.utils import optionsFromEnvironment as optionsFromEnvironment
from tcproxy_client.utils import putFile as putFile
from tcproxy_client.utils import r as r
from tcproxy_client.utils import scope_match as scope_match
from tcproxy_client.utils import scopeMatch as scopeMatch
from tcproxy_client.utils import slugId as slugId
from tcproxy_client.utils import stableSlugId as stableSlugId
from tcproxy_client.utils import stringDate as stringDate
from tcproxy_client.utils import toStr as toStr
from tcproxy_client.webserver import WebServer as WebServer
from tcproxy_client.workermanager import WorkerManager as WorkerManager
from tcproxy_client.workermanagerevents import WorkerManagerEvents as WorkerManagerEvents

__all__ = [
    "DELAY_FACTOR",
    "MAX_DELAY",
    "MAX_RETRIES",
    "RANDOMIZATION_FACTOR",
    "Auth",
    "AuthEvents",
    "Github",
    "GithubEvents",
    "Hooks",
    "HooksEvents",
    "Index",
    "Notify",
    "NotifyEvents",
    "Object",
    "ObjectHashVerificationError",
    "PurgeCache",
    "Queue",
    "QueueEvents",
    "Secrets",
    "TaskclusterArtifactError",
    "TaskclusterAuthFailure",
    "TaskclusterConnectionError",
    "TaskclusterFailure",
    "TaskclusterRestFailure",
    "TaskclusterTopicExchangeFailure",
    "WebServer",
    "WorkerManager",
    "WorkerManagerEvents",
    "__version__",
    "calculateSleepTime",
    "createSession",
    "createTemporaryCredentials",
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
