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
CHALLENGE = b"/challenge"
_CHALLENGE = b"GET /challenge HTTP/1.1\r\n"
FRAMES = 4096
LONGEST_FRAME = 2048
"""Together they bound what a worker remembers of either sort to some 8 MiB."""


class Frames:
    """The frames that were judged to be hot, with their paths."""

    def __init__(self, suits: Callable[[Request], bool] = lambda _: True) -> None:
        """`suits`: what the application asks of a frame besides."""
        self._known: dict[bytes, bytes] = {}
        self._challenges: set[bytes] = set()
        self._suits = suits

    def look(self, data: bytes) -> tuple[bytes, bytes | None] | None:
        """(path, the query's value or None) if `data` is one whole hot request; None sends it the ordinary way."""
        at = data.find(_NAMES[0])
        if at < 0:
            at = data.find(_NAMES[1])
            if at < 0:
                return self._challenge(data) if data.startswith(_CHALLENGE) else None
        stop = data.find(b"\r", at + _SKIP)
        frame = data[:at] + data[stop:]
        path = self._known.get(frame)
        if path is None:
            path = self._judge(frame)
            if path is None:
                return None
        value = data[at + _SKIP : stop]
        # Two things a frame cannot show: the value holds nothing but the alphabet and two dots, and the field stood
        # before the end of the head, not behind it.
        if value.translate(None, _ALPHABET) != _DOTS or not data.endswith(END):
            return None
        return path, value

    def _challenge(self, data: bytes) -> tuple[bytes, None] | None:
        if data not in self._challenges:
            if self._path_of(data) is None:
                return None
            if len(self._challenges) >= FRAMES:
                self._challenges.clear()
            self._challenges.add(data)
        return CHALLENGE, None

    def _judge(self, frame: bytes) -> bytes | None:
        path = self._path_of(frame) if frame.startswith(_BEGIN) else None
        if path is not None:
            if len(self._known) >= FRAMES:
                self._known.clear()
            self._known[frame] = path
        return path

    def _path_of(self, frame: bytes) -> bytes | None:
        """The path of a whole request without body, query string and oddities."""
        if len(frame) > LONGEST_FRAME:
            return None
        try:
            taken = take(frame, "")
        except Refused:
            return None
        if not isinstance(taken, Taken) or taken.size != len(frame) or taken.close:
            return None
        request = taken.request
        odd = {"fangbang-query", "expect", "upgrade"} & request.headers.keys()
        if request.body or request.query_string or odd or not self._suits(request):
            return None
        return request.path.encode()
