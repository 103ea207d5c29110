"""What one run of `bench pipeline` is about; every stage is told it on its command line."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

EXAM, YEAR, LEVEL = "social-worker", 2026, "middle"
SITTING = f"{EXAM}-{YEAR}"
SUBJECTS = 3
WORKERS = 2
SEED = 1
FORMS = ("long", "wide")
ENTRIES = (2, 3, 5)
"""Entries a candidate: ticket with document, and document with name; with the archive number; with the tickets of the
second and the third subject."""


@dataclass(frozen=True)
class Job:
    """`home`: a throw-away installation, in which HOME/files is what the centre sent."""

    home: Path
    candidates: int
    form: str = "long"
    entries: int = 2

    def argument(self) -> str:
        """For a command line."""
        return json.dumps({**asdict(self), "home": str(self.home)})

    @classmethod
    def from_argument(cls, text: str) -> "Job":
        """Inverse of `argument`."""
        said: dict[str, Any] = json.loads(text)
        return cls(**{**said, "home": Path(said["home"])})
