"""Names below .localhost lead to this machine, also where the C library does not know it; so do those that end in
LANYARD_LOCAL_NAMES.

`demo.py` imports this; into a program of its own it comes by `sitecustomize` on its PYTHONPATH.
"""

import os
import socket

_resolve = socket.getaddrinfo


def _resolve_localhost(host, *arguments, **options):
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    local = (".localhost", os.environ.get("LANYARD_LOCAL_NAMES") or ".localhost")
    if isinstance(name, str) and name.endswith(local):
        host = "127.0.0.1"
    return _resolve(host, *arguments, **options)


socket.getaddrinfo = _resolve_localhost
