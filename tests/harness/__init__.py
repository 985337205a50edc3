"""What the tests drive the daemon with: processes, raw sockets, certificates and proxies.

Nothing here knows how the daemon works; everything is a real process, a real socket or a real file.
The servers are threads with blocking sockets, so that a script reads top to bottom and works the
same from a plain and from an async test.
"""
