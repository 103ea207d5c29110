"""What a session is worth at a moment. No Django, no IO."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fangbang.accounts.rules.permissions import Staff
from fangbang.accounts.rules.policy import HALFWAY, SignInPolicy


class Stage(StrEnum):
    """How far a session has come."""

    ENROLLING = "enrolling"
    """An invitation was shown: a password and a second factor may be set, nothing else."""
    HALFWAY = "halfway"
    """The password was right; without the second factor this opens nothing."""
    FULL = "full"


@dataclass(frozen=True)
class Visit:
    """A session that counts now, with whom it belongs to."""

    id: str
    staff: Staff
    stage: Stage
    started_at: datetime
    seen_at: datetime
    strong_at: datetime | None
    """When the second factor was shown last."""


def counts(stage: Stage, started_at: datetime, seen_at: datetime, now: datetime, policy: SignInPolicy) -> bool:
    """Whether a session that nobody ended is within its limits."""
    if stage is Stage.HALFWAY:
        return now - started_at < HALFWAY
    return now - seen_at < policy.idle and now - started_at < policy.absolute


def is_strong(visit: Visit, now: datetime, policy: SignInPolicy) -> bool:
    """Whether the second factor was shown so lately that a grave act needs no other."""
    return visit.stage is Stage.FULL and visit.strong_at is not None and now - visit.strong_at < policy.step_up


def token_hash(token: str) -> str:
    """What is stored of a secret with 256 random bits (a session's cookie, a code): its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()
