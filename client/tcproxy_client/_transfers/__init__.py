"""Uploads and downloads as steps, without I/O: what to ask for, what to check, when to go on.

A transfer is a generator. It yields a step of `tcproxy_client._transfers.steps`, a face carries it
out and sends back what came of it; exceptions of the user's readers, writers and services are
thrown into it. No module here opens a file or a connection, waits, or reads a clock that it was not
given. Threads are used for one thing only, to hash beside the transfer.
"""
