"""The loggers, set up as the official client does: silent unless asked, and never with secrets."""

import logging
import os

log = logging.getLogger("tcproxy_client")
log.addHandler(logging.NullHandler())

if os.environ.get("DEBUG_TASKCLUSTER_CLIENT"):
    log.setLevel(logging.DEBUG)
    if len(log.handlers) == 1:  # its own, which says nothing
        log.addHandler(logging.StreamHandler())
