"""What somebody looks for in the audit log."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Search:
    """All of these must hold; empty ones ask for nothing. `event` is a whole name or the part before the dot; `text`
    stands anywhere in the subject. `since` and `until`: from, and before. `subjects`: about one of these."""

    event: str = ""
    actor: str = ""
    text: str = ""
    subjects: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is asked for: the whole log."""
        return self == Search()
