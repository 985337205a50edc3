"""Connections to origins: open, reuse, retire; TLS; outbound HTTP proxies.

Nothing in this package knows Taskcluster or Hawk.
"""
