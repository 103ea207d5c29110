"""One error family. A problem has a stable code and a text for the user in each language; edges map its kind.

Stages declare their problems as module constants::

    BAD_TICKET = Problem("intake.bad-ticket", Kind.INPUT, zh="准考证号格式不对", en="The ticket number is malformed")
    raise FangbangError(BAD_TICKET, row=12)

Identity numbers never go into `params`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What went wrong, in the caller's terms. The CLI's exit codes and HTTP statuses follow from it."""

    INPUT = "input"
    """The caller's data or arguments are wrong."""
    STATE = "state"
    """Right request, wrong moment (not approved yet, already published …)."""
    REFUSED = "refused"
    """The caller may not do this, or a gate is red."""
    INTEGRITY = "integrity"
    """Evidence contradicts itself: a hash, a signature or a count does not match."""
    UNAVAILABLE = "unavailable"
    """A part that is needed does not answer."""

    @property
    def exit_code(self) -> int:
        """Exit code of the CLI (1 is left to crashes, 2 to usage errors, as click has it)."""
        return {"input": 3, "state": 4, "refused": 5, "integrity": 6, "unavailable": 7}[self.value]


@dataclass(frozen=True)
class Problem:
    """A kind of failure: its stable code and its texts, with `{name}` places for parameters."""

    code: str
    kind: Kind
    zh: str
    en: str

    registry: ClassVar[dict[str, "Problem"]] = {}

    def __post_init__(self) -> None:
        known = Problem.registry.setdefault(self.code, self)
        if known != self:
            raise ValueError(f"problem code {self.code} is declared twice")


class Phrase(str):
    """A text in both languages for a place in a problem's texts. As a string it is the English one: machines see one
    spelling, whatever the user's language."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> "Phrase":
        phrase = super().__new__(cls, en)
        phrase.zh = zh
        return phrase

    def __reduce__(self) -> tuple[type["Phrase"], tuple[str, str]]:
        return Phrase, (str(self), self.zh)


def told_params(params: Mapping[str, object]) -> dict[str, object]:
    """Parameters for another process, as JSON: a phrase keeps both languages. Inverse of `heard_params`."""
    return {name: [str(value), value.zh] if isinstance(value, Phrase) else value for name, value in params.items()}


def heard_params(params: Mapping[str, object]) -> dict[str, object]:
    """Parameters as `told_params` sent them."""
    return {
        name: Phrase(value[0], value[1]) if isinstance(value, list) and len(value) == 2 else value
        for name, value in params.items()
    }


class FangbangError(Exception):
    """An expected failure. `params` fill the texts (a `Phrase` in the text's language) and go to machines as they
    are."""

    def __init__(self, problem: Problem, **params: object) -> None:
        self.problem = problem
        self.params = params
        super().__init__(f"{problem.code}: {self.text('en')}")

    @property
    def code(self) -> str:
        return self.problem.code

    def text(self, language: str) -> str:
        """The text for the user; Chinese unless `language` starts with "en"."""
        english = language.startswith("en")
        template = self.problem.en if english else self.problem.zh
        return template.format_map(
            {
                name: value.zh if isinstance(value, Phrase) and not english else str(value)
                for name, value in self.params.items()
            }
        )
