"""What the keeper says on its lines: a refusal (the stable code, its kind, the text in both languages), a seal."""

from typing import Any

from fangbang.core.errors import FangbangError, Phrase, told_params
from fangbang.keeper.state import Sealed


def refusal(error: FangbangError) -> dict[str, Any]:
    """One JSON object."""
    return {
        "ok": False,
        "code": error.code,
        "kind": error.problem.kind.value,
        "text": {"zh": error.text("zh"), "en": error.text("en")},
        "params": told_params(
            {key: value if isinstance(value, Phrase) else str(value) for key, value in error.params.items()}
        ),
    }


def sealed_answer(known: Sealed) -> dict[str, Any]:
    """What whoever ordered a seal is told of it."""
    return {
        "release": known.release,
        "snapshot": known.snapshot_id,
        "header": known.header_sha256,
        "root": known.merkle_root,
    }
