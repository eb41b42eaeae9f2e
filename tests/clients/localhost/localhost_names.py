"""Names below .localhost lead to this machine, also where the C library does not know it.

`demo.py` imports this; into a program of its own it comes by `sitecustomize` on its PYTHONPATH.
"""

import socket

_resolve = socket.getaddrinfo


def _resolve_localhost(host, *arguments, **options):
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if isinstance(name, str) and name.endswith(".localhost"):
        host = "127.0.0.1"
    return _resolve(host, *arguments, **options)


socket.getaddrinfo = _resolve_localhost
