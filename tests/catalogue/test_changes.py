"""Changes of the catalogue by two people, and what they void."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM, Actor, decode_details
from fangbang.catalogue import actions, queries
from fangbang.catalogue.models import Change
from fangbang.catalogue.problems import (
    CHANGED_MEANWHILE,
    NO_FOLDER,
    NO_REASON,
    NOT_WAITING,
    NOT_WRITABLE,
    NOT_YOURS,
    SAME_FILE,
    SECOND_PERSON,
    UNKNOWN_CHANGE,
)
from fangbang.catalogue.rules import ChangeState
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.changing import Given, in_force
from fangbang.release import actions as release_actions
from fangbang.release import queries as releases
from fangbang.release.rules import ReleaseKind, ReleaseState, Scope
from tests.exams.own_file import GOOD
from tests.release.people import FACTS, SITTING

pytestmark = pytest.mark.django_db

SUN, WANG = Actor("sun", "孙丽"), Actor("wang", "王芳")
OTHER = GOOD.replace("Own exam", "Our exam")


def proposed(folder: Path | None, clock: ManualClock, text: str = GOOD) -> str:
    return actions.propose(
        actor=SUN, folder=folder, file=Given("own.toml", text.encode()), reason="人社厅发〔2026〕1号", clock=clock
    )


def put(change: str, folder: Path | None, clock: ManualClock, actor: Actor = WANG) -> str:
    return actions.put_change_in_force(actor=actor, change_id=change, folder=folder, clock=clock)


def refused(problem: Problem, act: Callable[[], object]) -> None:
    with pytest.raises(FangbangError) as caught:
        act()
    assert caught.value.problem is problem


def told() -> list[str]:
    return [entry.event for entry in audit.entries() if entry.event.startswith("catalogue.")]


def test_a_change_is_in_force_once_a_second_person_says_so(tmp_path: Path, clock: ManualClock) -> None:
    change = proposed(tmp_path, clock)
    assert [*tmp_path.iterdir()] == []

    version = put(change, tmp_path, clock)

    view = queries.change(change)
    assert (tmp_path / "own.toml").read_text() == GOOD
    assert version == view.version == load_catalogue(tmp_path).version
    assert (view.state, view.decided_by) == (ChangeState.IN_FORCE, "wang")
    assert queries.last_in_force()["own"].id == change
    assert told() == ["catalogue.proposed", "catalogue.put-in-force"]
    details = decode_details([*audit.entries()][-1].details)
    assert (details["version"], details["sha256"]) == (version, view.sha256)


def test_nobody_puts_their_own_change_in_force_or_refuses_it(tmp_path: Path, clock: ManualClock) -> None:
    change = proposed(tmp_path, clock)

    refused(SECOND_PERSON, lambda: put(change, tmp_path, clock, SUN))
    refused(SECOND_PERSON, lambda: actions.refuse(actor=SUN, change_id=change, reason="no", clock=clock))

    assert queries.change(change).state is ChangeState.WAITING
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change).update(state=ChangeState.IN_FORCE, decided_by="sun")


def test_a_change_is_refused_with_a_reason_or_taken_back_by_its_author(tmp_path: Path, clock: ManualClock) -> None:
    one, other = proposed(tmp_path, clock), proposed(tmp_path, clock, OTHER)
    refused(NO_REASON, lambda: actions.refuse(actor=WANG, change_id=one, reason=" ", clock=clock))
    refused(NOT_YOURS, lambda: actions.take_back(actor=WANG, change_id=other, clock=clock))

    actions.refuse(actor=WANG, change_id=one, reason="文号不对", clock=clock)
    actions.take_back(actor=SUN, change_id=other, clock=clock)

    assert (queries.change(one).state, queries.change(one).answer) == (ChangeState.REFUSED, "文号不对")
    assert queries.change(other).state is ChangeState.TAKEN_BACK
    refused(NOT_WAITING, lambda: put(one, tmp_path, clock))
    refused(NOT_WAITING, lambda: put(other, tmp_path, clock))
    assert told() == ["catalogue.proposed"] * 2 + ["catalogue.refused", "catalogue.taken-back"]


def test_what_is_no_change_or_nobody_s_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "own.toml").write_text(GOOD)

    refused(SAME_FILE, lambda: proposed(tmp_path, clock))
    refused(UNKNOWN_CHANGE, lambda: put("cat-none", tmp_path, clock))
    refused(
        NO_REASON,
        lambda: actions.propose(actor=SUN, folder=tmp_path, file=Given("x", b""), reason=" ", clock=clock),
    )
    assert told() == []


def test_a_change_of_what_another_one_replaced_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "own.toml").write_text(GOOD)
    change, rival = proposed(tmp_path, clock, OTHER), proposed(tmp_path, clock, GOOD + "\n# rival\n")
    put(rival, tmp_path, clock)

    refused(CHANGED_MEANWHILE, lambda: put(change, tmp_path, clock))

    assert queries.change(change).state is ChangeState.WAITING
    assert (tmp_path / "own.toml").read_text() == GOOD + "\n# rival\n"


def test_after_a_crash_behind_the_written_file_the_same_act_finishes(tmp_path: Path, clock: ManualClock) -> None:
    change = proposed(tmp_path, clock)
    (tmp_path / "own.toml").write_text(GOOD)  # written, and never committed

    put(change, tmp_path, clock)

    assert queries.change(change).state is ChangeState.IN_FORCE


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path: Path, clock: ManualClock) -> None:
    shipped = in_force(None)["families/professional"].data.decode()
    change = proposed(tmp_path, clock, shipped + "\n# ours\n")
    (tmp_path / "families").write_text("a file stands where the folder belongs")

    refused(NOT_WRITABLE, lambda: put(change, tmp_path, clock))

    assert queries.change(change).state is ChangeState.WAITING
    assert told() == ["catalogue.proposed"]


def test_without_a_folder_nothing_is_put_in_force(clock: ManualClock) -> None:
    change = proposed(None, clock)

    refused(NO_FOLDER, lambda: put(change, None, clock))

    assert queries.change(change).state is ChangeState.WAITING


def test_what_is_frozen_and_not_sealed_is_void_whatever_its_exam(tmp_path: Path, clock: ManualClock) -> None:
    release = release_actions.open_release(
        actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock
    )
    facts = replace(FACTS, seen=audit.head().seq)
    release_actions.freeze(actor=SYSTEM, release_id=release, facts=facts, clock=clock)
    change = proposed(tmp_path, clock)
    assert releases.release(release).state is ReleaseState.ADJUDICATED

    put(change, tmp_path, clock)

    assert releases.release(release).state is ReleaseState.DRAFT
    void = decode_details([*audit.entries()][-1].details)
    assert ([*audit.entries()][-1].event, void["cause"]) == ("release.approvals-voided", "catalogue.put-in-force")
