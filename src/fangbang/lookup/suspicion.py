"""Sees numbers that are tried one after another: somebody counts through tickets instead of typing one."""

NEAR = 16
"""Several workers share the tries, so that each sees steps of more than one."""
_KNOWN = 1 << 14


class Sequences:
    """The last number that was tried in vain at each key, of the latest few thousand keys."""

    __slots__ = ("_last", "steps")

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self.steps = 0
        """Tries so far that stood a few steps beside the one before."""

    def note(self, key: int, number: str) -> None:
        """A failed try of `number` (its digits count) at a person or from a prefix."""
        digits = "".join(filter(str.isdigit, number))[-9:]
        if not digits:
            return
        value, before = int(digits), self._last.get(key)
        if before is not None and 0 < abs(value - before) <= NEAR:
            self.steps += 1
        if before is None and len(self._last) >= _KNOWN:
            self._last.clear()
        self._last[key] = value
