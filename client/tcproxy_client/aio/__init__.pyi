# Written by scripts/client_stubs.py from the tables of the service modules.

from tcproxy_client.aio import asyncclient as asyncclient
from tcproxy_client.aio import asyncutils as asyncutils
from tcproxy_client.aio import auth as auth
from tcproxy_client.aio import authevents as authevents
from tcproxy_client.aio import download as download
from tcproxy_client.aio import github as github
from tcproxy_client.aio import githubevents as githubevents
from tcproxy_client.aio import hooks as hooks
from tcproxy_client.aio import hooksevents as hooksevents
from tcproxy_client.aio import index as index
from tcproxy_client.aio import notify as notify
from tcproxy_client.aio import notifyevents as notifyevents
from tcproxy_client.aio import object as object
from tcproxy_client.aio import purgecache as purgecache
from tcproxy_client.aio import queue as queue
from tcproxy_client.aio import queueevents as queueevents
from tcproxy_client.aio import reader_writer as reader_writer
from tcproxy_client.aio import retry as retry
from tcproxy_client.aio import secrets as secrets
from tcproxy_client.aio import upload as upload
from tcproxy_client.aio import webserver as webserver
from tcproxy_client.aio import workermanager as workermanager
from tcproxy_client.aio import workermanagerevents as workermanagerevents
from tcproxy_client.aio._log import log as log
from tcproxy_client.aio.asyncclient import createSession as createSession
from tcproxy_client.aio.auth import Auth as Auth
from tcproxy_client.aio.authevents import AuthEvents as AuthEvents
from tcproxy_client.aio.github import Github as Github
from tcproxy_client.aio.githubevents import GithubEvents as GithubEvents
from tcproxy_client.aio.hooks import Hooks as Hooks
from tcproxy_client.aio.hooksevents import HooksEvents as HooksEvents
from tcproxy_client.aio.index import Index as Index
from tcproxy_client.aio.notify import Notify as Notify
from tcproxy_client.aio.notifyevents import NotifyEvents as NotifyEvents
from tcproxy_client.aio.object import Object as Object
from tcproxy_client.aio.purgecache import PurgeCache as PurgeCache
from tcproxy_client.aio.queue import Queue as Queue
from tcproxy_client.aio.queueevents import QueueEvents as QueueEvents
from tcproxy_client.aio.secrets import Secrets as Secrets
from tcproxy_client.aio.webserver import WebServer as WebServer
from tcproxy_client.aio.workermanager import WorkerManager as WorkerManager
from tcproxy_client.aio.workermanagerevents import WorkerManagerEvents as WorkerManagerEvents
from tcproxy_client.exceptions import ObjectHashVerificationError as ObjectHashVerificationError
from tcproxy_client.exceptions import TaskclusterArtifactError as TaskclusterArtifactError
from tcproxy_client.exceptions import TaskclusterAuthFailure as TaskclusterAuthFailure
from tcproxy_client.exceptions import TaskclusterConnectionError as TaskclusterConnectionError
from tcproxy_client.exceptions import TaskclusterFailure as TaskclusterFailure
from tcproxy_client.exceptions import TaskclusterRestFailure as TaskclusterRestFailure
from tcproxy_client.exceptions import (
    TaskclusterTopicExchangeFailure as TaskclusterTopicExchangeFailure,
)
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
    "calculateSleepTime",
    "createSession",
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
