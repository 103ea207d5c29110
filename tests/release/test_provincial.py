"""Provinces release their own examinations: the scope of a release is held to it when it is opened and when frozen."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from django.db import transaction

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.release import actions
from fangbang.release.problems import NOT_ITS_PROVINCE
from fangbang.release.rules import ReleaseKind, Scope
from tests.release.people import CHEN, FACTS, SITTING

pytestmark = pytest.mark.django_db


def refusal(act: Callable[[], object]) -> Problem:
    """The problem that an act is refused with."""
    with pytest.raises(FangbangError) as caught, transaction.atomic():
        act()
    return caught.value.problem


ZHEJIANG, BEIJING = "330000", "110000"


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        (Scope(), False),
        (Scope(levels=("junior",)), False),
        (Scope((ZHEJIANG, BEIJING), ("junior",)), False),
        (Scope((ZHEJIANG,), ("junior",)), True),
        (Scope((ZHEJIANG,)), True),
        (Scope(levels=("middle",)), True),
    ],
    ids=lambda item: item.key if isinstance(item, Scope) else str(item),
)
def test_an_examination_of_the_provinces_is_released_by_each(clock: ManualClock, scope: Scope, fits: bool) -> None:
    provincial = ["junior"]

    def open_one(provincial: Sequence[str] = ()) -> str:
        return actions.open_release(
            actor=CHEN.actor,
            sitting_id=SITTING,
            scope=scope,
            kind=ReleaseKind.BASE,
            provincial=provincial,
            clock=clock,
        )

    def freeze(release_id: str) -> str:
        facts = replace(FACTS, provincial=provincial)
        return actions.freeze(actor=CHEN.actor, release_id=release_id, facts=facts, clock=clock)

    if fits:
        assert freeze(open_one(provincial))
    else:
        assert refusal(lambda: open_one(provincial)) == NOT_ITS_PROVINCE
        assert refusal(lambda: freeze(open_one())) == NOT_ITS_PROVINCE
