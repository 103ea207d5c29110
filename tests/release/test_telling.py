"""What is said of a release that is not where somebody thinks it is."""

import pytest

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.release import actions
from tests.release.people import CHEN
from tests.release.test_actions import sealed

pytestmark = pytest.mark.django_db


def test_a_wrong_moment_is_told_in_the_readers_language(clock: ManualClock) -> None:
    release_id = sealed(clock)

    with pytest.raises(FangbangError) as caught:
        actions.mark_published(actor=CHEN.actor, release_id=release_id, clock=clock)

    assert caught.value.text("zh") == f"发布 {release_id} 当前状态为“已封存”，不能公布"
    assert caught.value.text("en") == f"Release {release_id} is sealed and cannot be published"
    assert caught.value.params["state"] == "sealed"
