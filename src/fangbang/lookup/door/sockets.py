"""Listening sockets: each worker has one of its own at the same address (SO_REUSEPORT), so that the kernel spreads
connections evenly and gives none to a worker that is still opening its snapshots."""

import socket
import ssl
from pathlib import Path


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def reserve(host: str, port: int) -> socket.socket:
    """Hold an address for the workers (port 0: a free one) without taking connections; OSError if it is in use."""
    # Alone first: two nodes that share a port by mistake would each get half of the people.
    alone = _bound(host, port, shared=False)
    try:
        if port:
            alone.listen(1)
        found = int(alone.getsockname()[1])
    finally:
        alone.close()
    return _bound(host, found, shared=True)


def worker_socket(host: str, port: int) -> socket.socket:
    """One worker's socket at a reserved address, not listening yet."""
    return _bound(host, port, shared=True)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and later, HTTP/1.1. OSError (ssl.SSLError is one) if the files cannot be used.

    No session tickets: their keys are a worker's own, so that the next connection would seldom meet them; issuing two
    costs more than resuming saves, and they would let who listens recognise a candidate.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key)
    return context
