"""What a second person signs at the command line, where no sign-in says who they are. No Django, no IO."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from fangbang.core.canonical import content_hash

DECISION_FORMAT = "fangbang-decision/1"


class Matter(StrEnum):
    """What is decided: which proposals the subject's id names."""

    EXAM_FILE = "exam-file"
    LINE = "line"
    PERSON = "person"
    RETENTION = "retention"
    WITHHOLDING = "withholding"


def decision(matter: Matter, subject: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """The document that says yes to one proposal. `content`: what it proposes, so that the signature holds for no other
    wording. The document has its hash alone: an audit entry that tells hash, key and signature can be checked by it."""
    hashed = content_hash(dict(content))
    return {"format": DECISION_FORMAT, "matter": matter.value, "subject": subject, "content": hashed}
