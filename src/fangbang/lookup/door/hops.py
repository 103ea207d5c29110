"""Whose request it is: the peer's, or what a trusted proxy in front says of it.

Behind a proxy every request carries one field that differs from candidate to candidate. It is taken out before a
request is recognised (`door.hot`), or no two of them would look alike.
"""

from ipaddress import ip_address, ip_network

from fangbang.lookup.door.wire import END, Request

_NAME = b"\r\nX-Forwarded-For: "
"""As nginx and the others write it; in another spelling a request goes the ordinary way."""
_ADDRESS = b"0123456789abcdefABCDEF.:"
LONGEST = 45
"""Characters of an address."""
KNOWN = 65_536
"""Addresses that a worker remembers having read."""


class Hops:
    """The proxies whose word about a client's address counts."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        """`trusted`: networks; ValueError for one that is none."""
        self._trusted = tuple(ip_network(item) for item in trusted)
        self._read: dict[bytes, str] = {}

    def trusts(self, peer: str) -> bool:
        """Whether a peer's `X-Forwarded-For` counts."""
        try:
            return any(ip_address(peer) in network for network in self._trusted)
        except ValueError:
            return False

    def client_of(self, request: Request) -> str:
        """The client's address: the peer's, or what a trusted proxy says last."""
        if self._trusted and self.trusts(request.client):
            last = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
            try:
                return str(ip_address(last)) if last else request.client
            except ValueError:
                pass
        return request.client

    def cut(self, data: bytes) -> tuple[str, bytes] | None:
        """(the client's address, the request without the field) of what a trusted proxy sent.

        None if the field is absent or not one plain address: the ordinary reader decides then.
        """
        before, name, after = data.partition(_NAME)
        value, _, rest = after.partition(b"\r")
        # The rest is judged as a request; that the field stood in its head, this end shows.
        if not name or data[-4:] != END or len(value) > LONGEST:
            return None
        client = self._read.get(value) or self._learn(value)
        return (client, before + b"\r" + rest) if client else None

    def _learn(self, value: bytes) -> str:
        if value.translate(None, _ADDRESS):
            return ""
        try:
            client = str(ip_address(value.decode()))
        except ValueError:
            return ""
        if len(self._read) >= KNOWN:
            self._read.clear()
        self._read[value] = client
        return client
