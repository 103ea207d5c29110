"""An attacker with many addresses of the loopback network, who solves every challenge: one HTTP exchange at a time."""

import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fangbang.lookup.challenge import solve

ROUNDS = 4
"""So often a price that rises meanwhile is paid anew."""


def addresses(prefixes: int, each: int, network: int = 10) -> Iterator[str]:
    """`each` addresses in each of `prefixes` /24 networks, from 127.`network`.0.0 on; the prefixes take turns."""
    for host in range(1, each + 1):
        for prefix in range(prefixes):
            yield f"127.{network + prefix // 256}.{prefix % 256}.{host}"


@dataclass
class Attacker:
    """Asks the sitting of the node at `port`."""

    port: int
    sitting: str

    def ask(self, address: str, *query: str) -> str:
        """The state that this query gets from this address, every challenge paid."""
        text = urlsafe_b64encode(json.dumps(query, ensure_ascii=False).encode()).decode().rstrip("=")
        with socket.socket() as link:
            link.settimeout(30)
            link.bind((address, 0))
            link.connect(("127.0.0.1", self.port))
            said = exchange(link, "GET /challenge HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in range(ROUNDS):
                if "salt" not in said:
                    break
                nonce = solve(self.sitting, said["salt"], text, said["bits"])
                head = f"POST /score/{self.sitting} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                said = exchange(link, f"{head}Fangbang-Query: {said['salt']}.{nonce}.{text}\r\n\r\n")
        return str(said["state"])


def exchange(link: socket.socket, request: str) -> dict[str, Any]:
    """One request and its JSON answer."""
    link.sendall(request.encode())
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += received(link)
    head, _, body = seen.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += received(link)
    said: dict[str, Any] = json.loads(body)
    return said


def received(link: socket.socket) -> bytes:
    part = link.recv(65536)
    if not part:
        raise ConnectionError("the node closed the connection")
    return part
