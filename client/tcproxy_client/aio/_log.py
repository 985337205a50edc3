"""The async face's logger."""

from tcproxy_client._log import log as _root_log

log = _root_log.getChild("aio")
