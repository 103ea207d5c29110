"""The addresses below /challenge: a salt for work to come, the image and the voice of a riddle."""

import re

from fangbang.lookup.answers import State, plain
from fangbang.lookup.challenge import Salts
from fangbang.lookup.limits import Limits
from fangbang.lookup.replies import ANSWER, PICTURE, VOICE, Reply
from fangbang.lookup.riddles import Riddles

ROOT = "/challenge"
_ROUTE = "node={}; Path=/; Max-Age=600; SameSite=Lax; HttpOnly"
IMAGE = "/challenge/image/"
VOICE_ROOT = "/challenge/voice/"
_RANGE = re.compile(r"bytes=([0-9]{0,9})-([0-9]{0,9})").fullmatch


def way_back(node: str) -> tuple[str, str]:
    """The field that leads a browser back, through a proxy that reads it, to the node whose challenge it holds."""
    return "set-cookie", _ROUTE.format(node)


class Challenges:
    """Serves them in one worker of a node."""

    def __init__(self, salts: Salts, limits: Limits, riddles: Riddles, node: str) -> None:
        self._salts = salts
        self._limits = limits
        self._riddles = riddles
        self._headers = [*ANSWER, way_back(node)]
        self._shut = Reply(200, self._headers, plain(State.CLOSED))
        self.closed = False
        """Whether the authority lets nothing but pages be served."""

    def salt(self, client: str, now: int) -> Reply:
        """A fresh salt at the client's price."""
        if self.closed:
            return self._shut
        bits = self._limits.prefix_bits(client)
        salt = self._salts.issue(now, bits)
        return Reply(200, self._headers, plain(State.CHALLENGE, reason="new", salt=salt, bits=bits))

    def get(self, path: str, now: int, asked: str) -> Reply | None:
        """An image or a voice by its address; `asked` is the request's Range field. None: nothing is there."""
        if path.startswith(IMAGE) and path.endswith(".png"):
            picture = self._riddles.picture(path.removeprefix(IMAGE).removesuffix(".png"), now)
            return Reply(200, PICTURE, picture) if picture else None
        if path.startswith(VOICE_ROOT) and path.endswith(".wav"):
            sound = self._riddles.voice(path.removeprefix(VOICE_ROOT).removesuffix(".wav"), now)
            return part_of(sound, asked) if sound else None
        return None


def part_of(sound: bytes, asked: str) -> Reply:
    """The sound, or the one range of it that was asked for: some browsers play nothing that comes without ranges."""
    match = _RANGE(asked)
    if match is None or match.groups() == ("", ""):
        return Reply(200, VOICE, sound)
    first, last = match.groups()
    start = int(first) if first else max(0, len(sound) - int(last))
    stop = min(int(last) + 1, len(sound)) if first and last else len(sound)
    if start >= stop:
        return Reply(416, [*VOICE, ("content-range", f"bytes */{len(sound)}")], b"")
    told = ("content-range", f"bytes {start}-{stop - 1}/{len(sound)}")
    return Reply(206, [*VOICE, told], sound[start:stop])
