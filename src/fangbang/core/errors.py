"""One error family. A problem has a stable code and a text for the user in each language; edges map its kind.

Stages declare their problems as module constants::

    BAD_TICKET = Problem("intake.bad-ticket", Kind.INPUT, zh="准考证号格式不对", en="The ticket number is malformed")
    raise FangbangError(BAD_TICKET, row=12)

Identity numbers never go into `params`.
"""

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


class FangbangError(Exception):
    """An expected failure. `params` fill the texts and go to machines as they are."""

    def __init__(self, problem: Problem, **params: object) -> None:
        self.problem = problem
        self.params = params
        super().__init__(f"{problem.code}: {self.text('en')}")

    @property
    def code(self) -> str:
        return self.problem.code

    def text(self, language: str) -> str:
        """The text for the user; Chinese unless `language` starts with "en"."""
        template = self.problem.en if language.startswith("en") else self.problem.zh
        return template.format_map({name: str(value) for name, value in self.params.items()})
