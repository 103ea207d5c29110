"""Recognises the two requests that a whole country sends in the same minute, by one look at their bytes.

The query is a POST without body whose query travels in the field `Fangbang-Query`. Everything around the query's
value (a browser's fields, the host, the path) is the same for many people: such a frame is read once in the ordinary,
strict way, and remembered. A request is hot if it arrived whole and alone, its frame was taken by the ordinary reader,
and its value consists of the query's alphabet. So whatever is hot would have been taken by the ordinary reader too.
Before it comes the request for a challenge, which is nothing but a frame.
"""

from collections.abc import Callable
from typing import TypeVar

from fangbang.lookup.door.wire import END, Refused, Request, Taken, take

_NAMES = (b"\r\nFangbang-Query: ", b"\r\nfangbang-query: ")
"""As our own page writes it, and as proxies do."""
_LETTERS = bytes.maketrans(b"-_.", b"aaa")
"""Makes the query's alphabet, and the dots in it, letters and digits alone."""
_BEGIN = b"POST /score/"
_CHALLENGE = b"GET /challenge HTTP/1.1\r\n"
FRAMES = 4096
LONGEST_FRAME = 2048
"""Together they bound what a worker remembers of either sort to some 8 MiB."""

Known = tuple[bytes, bool]
"""What is remembered of a frame: its path, and whether to hang up then."""
Key = TypeVar("Key", bytes, tuple[bytes, bytes])


class Frames:
    """The frames that were judged to be hot, with their paths."""

    def __init__(self, suits: Callable[[Request], bool] = lambda _: True) -> None:
        """`suits`: what the application asks of a frame besides."""
        self._known: dict[tuple[bytes, bytes], Known] = {}
        self._challenges: dict[bytes, Known] = {}
        self._suits = suits

    def look(self, data: bytes) -> tuple[bytes, bytes | None, bool] | None:
        """(path, the query's value or None, whether to hang up then) of one whole hot request.

        None sends it the ordinary way.
        """
        before, name, after = data.partition(_NAMES[0])
        if not name:
            before, name, after = data.partition(_NAMES[1])
            if not name:
                return self._challenge(data) if data.startswith(_CHALLENGE) else None
        value, _, rest = after.partition(b"\r")
        known = self._known.get((before, rest))
        if known is None:
            known = self._learn(before, rest)
            if known is None:
                return None
        # What a frame cannot show: the value holds nothing but the alphabet and two dots.
        fits = value.translate(_LETTERS).isalnum() and value.count(b".") == 2
        return (known[0], value, known[1]) if fits else None

    def _learn(self, before: bytes, rest: bytes) -> Known | None:
        """Judge a query's frame: the field was cut out between both parts, and one CR with it."""
        frame = before + b"\r" + rest
        # With a shorter rest the field would stand behind the end of the head.
        whole = frame.startswith(_BEGIN) and len(rest) >= len(END) - 1
        return _remember(self._known, (before, rest), self._judge(frame) if whole else None)

    def _challenge(self, data: bytes) -> tuple[bytes, None, bool] | None:
        known = self._challenges.get(data) or _remember(self._challenges, data, self._judge(data))
        return (known[0], None, known[1]) if known else None

    def _judge(self, frame: bytes) -> Known | None:
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
        return request.path.encode(), taken.close


def _remember(frames: dict[Key, Known], key: Key, known: Known | None) -> Known | None:
    """Keep what was judged to be hot."""
    if known is not None:
        if len(frames) >= FRAMES:
            frames.clear()
        frames[key] = known
    return known
