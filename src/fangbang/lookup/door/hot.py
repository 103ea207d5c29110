"""Recognises the two requests that a whole country sends in the same minute, by one look at their bytes.

The query is a POST without body whose query travels in the field `Fangbang-Query`. Everything around the query's
value (a browser's fields, the host, the path) is the same for many people: such a frame is read once in the ordinary,
strict way, and remembered. A request is hot if it arrived whole and alone, its frame was taken by the ordinary reader,
and its value consists of the query's alphabet. So whatever is hot would have been taken by the ordinary reader too.
Before it comes the request for a challenge, which is nothing but a frame.
"""

import string
from collections.abc import Callable

from fangbang.lookup.door.wire import END, Refused, Request, Taken, take

_NAMES = (b"\r\nFangbang-Query: ", b"\r\nfangbang-query: ")
"""As our own page writes it, and as proxies do."""
_SKIP = len(_NAMES[0])
_ALPHABET = (string.ascii_letters + string.digits + "-_").encode()
_DOTS = b".."
_BEGIN = b"POST /score/"
_CHALLENGE = b"GET /challenge HTTP/1.1\r\n"
FRAMES = 4096
LONGEST_FRAME = 2048
"""Together they bound what a worker remembers of either sort to some 8 MiB."""


class Frames:
    """The frames that were judged to be hot, with their paths."""

    def __init__(self, suits: Callable[[Request], bool] = lambda _: True) -> None:
        """`suits`: what the application asks of a frame besides."""
        self._known: dict[bytes, tuple[bytes, bool]] = {}
        self._challenges: dict[bytes, tuple[bytes, bool]] = {}
        self._suits = suits

    def look(self, data: bytes) -> tuple[bytes, bytes | None, bool] | None:
        """(path, the query's value or None, whether to hang up then) of one whole hot request.

        None sends it the ordinary way.
        """
        at = data.find(_NAMES[0])
        if at < 0:
            at = data.find(_NAMES[1])
            if at < 0:
                return self._challenge(data) if data.startswith(_CHALLENGE) else None
        stop = data.find(b"\r", at + _SKIP)
        frame = data[:at] + data[stop:]
        known = self._known.get(frame)
        if known is None:
            known = self._judge(frame, self._known) if frame.startswith(_BEGIN) else None
            if known is None:
                return None
        value = data[at + _SKIP : stop]
        # Two things a frame cannot show: the value holds nothing but the alphabet and two dots, and the field stood
        # before the end of the head, not behind it.
        if value.translate(None, _ALPHABET) != _DOTS or not data.endswith(END):
            return None
        return known[0], value, known[1]

    def _challenge(self, data: bytes) -> tuple[bytes, None, bool] | None:
        known = self._challenges.get(data) or self._judge(data, self._challenges)
        return (known[0], None, known[1]) if known else None

    def _judge(self, frame: bytes, remembered: dict[bytes, tuple[bytes, bool]]) -> tuple[bytes, bool] | None:
        """(path, whether to hang up then) of a whole request without body, query string and oddities."""
        if len(frame) > LONGEST_FRAME:
            return None
        try:
            taken = take(frame, "")
        except Refused:
            return None
        if not isinstance(taken, Taken) or taken.size != len(frame):
            return None
        request = taken.request
        if taken.close and request.headers.get("connection") != "close":
            return None
        odd = {"fangbang-query", "expect", "upgrade"} & request.headers.keys()
        if request.body or request.query_string or odd or not self._suits(request):
            return None
        if len(remembered) >= FRAMES:
            remembered.clear()
        known = remembered[frame] = request.path.encode(), taken.close
        return known
