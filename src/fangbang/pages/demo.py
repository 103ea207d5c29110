"""The demonstration's banner and people, given to a node with `--demo FILE`; without it no page knows of them.

The file is JSON::

    {"banner": {"zh": "…", "en": "…"},
     "sitting": "social-worker-2026",
     "people": [{"label": {"zh": "合格", "en": "Passed"}, "kind": "ticket-document", "fields": ["…", "…"]}]}

`fields` are in the order of the kind (`lookup.formats.FIELDS`): ticket, document · document, name · …
"""

from pathlib import Path

import msgspec


class Label(msgspec.Struct, frozen=True):
    """A text in both languages."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        return self.en if language == "en" else self.zh


class Person(msgspec.Struct, frozen=True):
    """Somebody to try: synthetic, never real."""

    label: Label
    kind: str
    fields: tuple[str, ...]


class Demo(msgspec.Struct, frozen=True):
    """What only a demonstration shows."""

    banner: Label
    sitting: str
    people: tuple[Person, ...]


def load_demo(path: Path) -> Demo:
    """Read the file; a malformed one raises `msgspec.ValidationError` or `OSError`."""
    return msgspec.json.decode(path.read_bytes(), type=Demo)
