"""How workers tell their supervisor which keys they touched: datagrams of 64-bit numbers."""

import socket
from collections.abc import Iterable
from pathlib import Path
from struct import Struct

KEY = Struct(">Q")
AT_ONCE = 4096
"""Keys of one datagram."""


def name_keys(path: Path, keys: Iterable[int]) -> set[int]:
    """Tell the exchange which keys a worker touched; returns those that could not be told now. Never waits."""
    left = list(keys)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.connect(str(path))
            while left:
                sender.send(b"".join(map(KEY.pack, left[:AT_ONCE])))
                del left[:AT_ONCE]
        except OSError:
            pass
    return set(left)
