"""States of a proposed change, and who decides it. Pure."""

from enum import StrEnum

from fangbang.catalogue.problems import SECOND_PERSON
from fangbang.core.errors import FangbangError


class ChangeState(StrEnum):
    """How far a changed file has come."""

    WAITING = "waiting"
    IN_FORCE = "in-force"
    """A second person put it in force; a later change of the same file may have replaced it."""
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"
    """Its author did not want it any more."""


def check_second_person(author: str, operator: str) -> None:
    """REFUSED when the author of a change would decide it."""
    if author == operator:
        raise FangbangError(SECOND_PERSON)
