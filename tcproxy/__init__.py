"""tcproxy: a local sidecar that signs requests to a Taskcluster deployment."""

__version__ = "0.1.0"
