"""How a refusal is told on every line of the keeper: the stable code, its kind, the text in both languages."""

from typing import Any

from fangbang.core.errors import FangbangError, Phrase, told_params


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
